// The job in Kafka Streams' own idiom: a processor with a persistent, logged key-value store.

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.processor.api.FixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyProcessorContext;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;

public class StreamsPeer {
  static final int HOURS = 24;

  static class Count implements FixedKeyProcessor<String, byte[], byte[]> {
    private final ObjectMapper json = new ObjectMapper();
    private FixedKeyProcessorContext<String, byte[]> context;
    private KeyValueStore<String, byte[]> senders;

    @Override
    public void init(FixedKeyProcessorContext<String, byte[]> context) {
      this.context = context;
      this.senders = context.getStateStore("senders");
    }

    @Override
    public void process(FixedKeyRecord<String, byte[]> record) {
      try {
        ObjectNode message = (ObjectNode) json.readTree(record.value());
        String sender = message.get("sender").asText();
        long hour = message.get("at").asLong() / 3_600_000L;
        byte[] stored = senders.get(sender);
        ByteBuffer row = stored == null ? ByteBuffer.allocate(8 + 4 * HOURS) : ByteBuffer.wrap(stored);
        long newest = stored == null ? hour : row.getLong(0);
        if (hour > newest) {
          for (long stale = Math.max(newest + 1, hour - HOURS + 1); stale <= hour; stale++) {
            row.putInt(8 + 4 * (int) (stale % HOURS), 0);
          }
          newest = hour;
        }
        row.putLong(0, newest);
        if (hour > newest - HOURS) {
          int slot = 8 + 4 * (int) (hour % HOURS);
          row.putInt(slot, row.getInt(slot) + 1);
        }
        int total = 0;
        for (int slot = 0; slot < HOURS; slot++) {
          total += row.getInt(8 + 4 * slot);
        }
        senders.put(sender, row.array());
        ObjectNode projected = json.createObjectNode();
        projected.put("sender", sender);
        projected.put("at", message.get("at").asLong());
        projected.put("count", total);
        context.forward(record.withValue(json.writeValueAsBytes(projected)));
      } catch (java.io.IOException error) {
        throw new RuntimeException(error);
      }
    }
  }

  public static void main(String[] arguments) {
    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "streams-peer");
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, arguments[0]);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, arguments[1]);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 2000);
    settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.String().getClass());
    settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArray().getClass());
    settings.put("auto.offset.reset", "earliest");
    settings.put("producer.linger.ms", 5);
    settings.put("producer.batch.size", 262144);
    StreamsBuilder builder = new StreamsBuilder();
    builder.addStateStore(
        Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore("senders"), Serdes.String(), Serdes.ByteArray())
            .withCachingEnabled());
    builder
        .<String, byte[]>stream("peers-input")
        .processValues(Count::new, "senders")
        .to("streams-output");
    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    Runtime.getRuntime().addShutdownHook(new Thread(streams::close));
    streams.start();
  }
}

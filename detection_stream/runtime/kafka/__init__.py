"""Stream workers on Apache Kafka: the changelog is the commit, marks make hops exact."""

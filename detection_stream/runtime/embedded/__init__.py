"""A Faust transport without a broker: topic logs, state and offsets in one RocksDB directory."""

"""State of stages in RocksDB: tables with an overlay, transactions of one batch, progress."""

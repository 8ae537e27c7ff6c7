"""Stream workers on Apache Kafka: the changelog is the commit, hops are exact by marks."""

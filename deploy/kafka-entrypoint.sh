#!/usr/bin/env bash
# Starts Kafka with KAFKA_SOME_SETTING as some.setting, as the official image does.
set -euo pipefail
logs=/var/lib/kafka/data
env | sed -n 's/^KAFKA_//p' | while IFS='=' read -r name value; do
    echo "$(echo "$name" | tr '[:upper:]_' '[:lower:].')=$value"
done >/tmp/server.properties
echo "log.dirs=$logs" >>/tmp/server.properties
java -Xmx256m -cp '/opt/kafka/*' kafka.tools.StorageTool format --ignore-formatted \
    -t ZGV0ZWN0aW9uLXN0cmVhbQ -c /tmp/server.properties
exec java -Xmx768m -cp '/opt/kafka/*' kafka.Kafka /tmp/server.properties

#!/usr/bin/env bash
# Builds substitutes for the base images of Dockerfile and docker-compose.yml where no registry
# can be reached: Debian by debootstrap, with Python, or with Java and the Kafka used in tests.
# Needs root, debootstrap, docker and, for Kafka's jars, Maven.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

base() { # NAME PACKAGES: an image of Debian bookworm with these packages
    if docker image inspect "$1" >/dev/null 2>&1; then
        return
    fi
    debootstrap --variant=minbase --include="ca-certificates,$2" bookworm "$work/root" >"$work/log" \
        || { tail "$work/log"; exit 1; }
    # Builds must trust the same package-registry authorities as this host.
    rm -rf "$work/root/etc/ssl/certs" && cp -rL /etc/ssl/certs "$work/root/etc/ssl/certs"
    for file in /etc/pip.conf; do
        [ -f "$file" ] && cp "$file" "$work/root/etc/"
    done
    tar -C "$work/root" -c . | docker import - "$1" >/dev/null
    rm -rf "$work/root"
}

base "$(sed -n 's/^ARG BASE=//p' Dockerfile)" python3,python3-venv

kafka=$(sed -n 's/.*image: \(apache\/kafka:.*\)/\1/p' docker-compose.yml)
if ! docker image inspect "$kafka" >/dev/null 2>&1; then
    base kafka-base:local openjdk-17-jre-headless
    jars=$(.venv/bin/python -c 'from tests.integration.local_broker import fetch_jars; print(fetch_jars())')
    mkdir "$work/kafka"
    cp -r "$jars" "$work/kafka/jars"
    cp deploy/kafka-entrypoint.sh "$work/kafka/"
    printf '%s\n' 'FROM kafka-base:local' 'COPY jars /opt/kafka' \
        'COPY kafka-entrypoint.sh /' 'ENTRYPOINT ["bash", "/kafka-entrypoint.sh"]' \
        >"$work/kafka/Dockerfile"
    docker build -q -t "$kafka" "$work/kafka"
fi

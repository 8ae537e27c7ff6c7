# The base can be replaced, for example by a mirror: docker build --build-arg BASE=...
ARG BASE=python:3.11.13-slim-bookworm

FROM ${BASE} AS build
WORKDIR /src
RUN python3 -m venv /opt/detection-stream
COPY pyproject.toml README.md LICENSE ./
COPY detection_stream detection_stream
COPY topologies topologies
RUN /opt/detection-stream/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM ${BASE}
RUN useradd --system --uid 10001 --home-dir /data detection && mkdir /data && chown detection /data
COPY --from=build /opt/detection-stream /opt/detection-stream
ENV PATH=/opt/detection-stream/bin:$PATH PYTHONUNBUFFERED=1
USER detection
WORKDIR /data
VOLUME /data
ENTRYPOINT ["detection-stream"]
CMD ["--help"]

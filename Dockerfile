# The base can be replaced, for example by a mirror: docker build --build-arg BASE=...
ARG BASE=python:3.11.13-slim-bookworm

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ONLY_BINARY=:all:
WORKDIR /src
COPY requirements requirements
RUN python3 -m venv /opt/detection-stream \
    && /opt/detection-stream/bin/pip install --require-hashes -r requirements/run.txt
RUN python3 -m venv /opt/build && /opt/build/bin/pip install --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY detection_stream detection_stream
COPY topologies topologies
RUN /opt/build/bin/python -m build --wheel --no-isolation --outdir /wheels \
    && /opt/detection-stream/bin/pip install --no-deps --no-index /wheels/*.whl

FROM ${BASE}
RUN useradd --system --uid 10001 --home-dir /data detection && mkdir /data && chown detection /data
COPY --from=build /opt/detection-stream /opt/detection-stream
ENV PATH=/opt/detection-stream/bin:$PATH PYTHONUNBUFFERED=1
USER detection
WORKDIR /data
VOLUME /data
ENTRYPOINT ["detection-stream"]
CMD ["--help"]

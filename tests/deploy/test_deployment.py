"""Deployment files: commands that the command line takes, metrics that exist, pinned versions."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from detection_stream.cli.main import cli
from detection_stream.runtime.kafka.metrics import Metrics
from detection_stream.web.security.access import read_access

ROOT = Path(__file__).parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
MANIFESTS = [
    document
    for file in sorted((ROOT / "deploy/kubernetes").glob("*.yaml"))
    for document in yaml.safe_load_all(file.read_text())
]


WEB = [
    change
    for file in ("workers.yaml", "service.yaml")
    for change in yaml.safe_load((ROOT / "deploy/kubernetes/web" / file).read_text())
]
"""What the component of the web view adds to lists of the workers and their service."""


def _added(path: str) -> list[Any]:
    return [change["value"] for change in WEB if change["path"] == f"{path}/-"]


def _commands() -> Iterator[list[str]]:
    for service in COMPOSE["services"].values():
        if "build" in service and "entrypoint" not in service:
            yield service["command"].split()
    for manifest in MANIFESTS:
        pod = manifest.get("spec", {}).get("template", {}).get("spec", {})
        for container in pod.get("containers", ()):
            words = [word.replace("$(BROKERS)", "kafka:9092") for word in container["args"]]
            yield words
            if "worker" in words:
                yield words + _added("/spec/template/spec/containers/0/args")


@pytest.mark.parametrize("words", list(_commands()), ids=" ".join)
def test_commands_are_understood(words: list[str]) -> None:
    command: click.Command = cli
    context = click.Context(command)
    while isinstance(command, click.Group):
        found = command.get_command(context, words[0])
        assert found is not None, words
        command, words = found, words[1:]
    assert command.make_context("test", words).params["broker"] == "kafka:9092"


def test_images_are_pinned() -> None:
    images = [service["image"] for service in COMPOSE["services"].values()]
    images += re.findall(r"ARG BASE=(\S+)", (ROOT / "Dockerfile").read_text())
    assert all(re.search(r":(v?\d+\.\d+|local$)", image) for image in images), images


def test_the_dashboard_asks_for_metrics_that_exist() -> None:
    board: dict[str, Any] = json.loads(
        (ROOT / "deploy/grafana/dashboards/detection-stream.json").read_text()
    )
    asked = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in re.findall(r"detection_stream_\w+", target["expr"])
    }
    known = {
        name
        for metric in Metrics().registry.collect()
        for name in (metric.name, f"{metric.name}_total", f"{metric.name}_bucket")
    }
    assert len(asked) >= 8
    assert asked <= known


def test_state_volumes_and_probes() -> None:
    (workers,) = [m for m in MANIFESTS if m["kind"] == "StatefulSet"]
    (container,) = workers["spec"]["template"]["spec"]["containers"]
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    (claim,) = workers["spec"]["volumeClaimTemplates"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert f"--data={mounts[claim['metadata']['name']]}" in container["args"]


def test_the_access_file_of_the_compose_file_is_made_once(tmp_path: Path) -> None:
    (script,) = COMPOSE["services"]["access"]["command"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for _ in range(2):
        done = subprocess.run(
            ["sh", "-c", script],
            cwd=tmp_path,
            env={"PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        access = read_access(tmp_path / "access.toml")
        assert access.secret
        if done.stderr:
            token = done.stderr.split()[-1]
    who = access.of_token(token)
    assert who is not None
    assert who.operates


def test_the_web_view_in_kubernetes_finds_its_access_file() -> None:
    (mount,) = _added("/spec/template/spec/containers/0/volumeMounts")
    (volume,) = _added("/spec/template/spec/volumes")
    arguments = _added("/spec/template/spec/containers/0/args")
    assert f"--access={mount['mountPath']}/access.toml" in arguments
    assert volume["name"] == mount["name"]
    component = yaml.safe_load((ROOT / "deploy/kubernetes/web/kustomization.yaml").read_text())
    (secret,) = component["secretGenerator"]
    assert secret == {"name": volume["secret"]["secretName"], "files": ["access.toml"]}

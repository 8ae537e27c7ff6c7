"""The OpenAPI document, generated from the views."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from detection_stream import __version__
from detection_stream.web.actions import Retried, RetryRequest
from detection_stream.web.view import API, View
from detection_stream.web.views import VIEWS

_REFERENCES = "#/components/schemas/{name}"
_PROBLEMS = {
    400: "a parameter is unknown or invalid",
    401: "a token is required",
    403: "the token may not do that",
    404: "not found, or not visible to the token",
    429: "too many requests; see Retry-After",
    503: "a stage has stopped or a broker does not answer",
}


def document() -> dict[str, Any]:
    """OpenAPI 3.1 of everything below ``/api/v1``."""
    types = [view.result for view in VIEWS.values()] + [RetryRequest, Retried]
    _, schemas = msgspec.json.schema_components(types, ref_template=_REFERENCES)
    schemas["Problem"] = _problem_schema()
    paths: dict[str, Any] = {
        f"{API}{view.path}".rstrip("/"): {"get": _operation(view)} for view in VIEWS.values()
    }
    paths[f"{API}/dead-letters/retry"] = {"post": _retry()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "detection-stream",
            "version": __version__,
            "description": "The data behind the web view's pages. Empty parameters are treated as "
            "omitted. Times are milliseconds since 1970 unless text. `notes` say what is "
            "missing from a response, such as a worker that does not answer.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}, {}],
    }


def _operation(view: View) -> dict[str, Any]:
    return {
        "operationId": view.function.__name__,
        "summary": view.summary,
        "parameters": _parameters(view),
        "responses": _responses(view.result.__name__),
    }


def _parameters(view: View) -> list[dict[str, Any]]:
    in_path = re.findall(r"{(\w+)}", view.path)
    schema = msgspec.json.schema(view.parameters)
    (found,) = schema["$defs"].values()
    parameters = []
    for name, described in found["properties"].items():
        parameters.append(
            {
                "name": name,
                "in": "path" if name in in_path else "query",
                "required": name in found.get("required", ()),
                "schema": _without_null(described),
            }
        )
    return parameters


def _without_null(described: dict[str, Any]) -> dict[str, Any]:
    """Query strings have no null."""
    options = [one for one in described.get("anyOf", ()) if one.get("type") != "null"]
    return options[0] if options else {k: v for k, v in described.items() if k != "default"}


def _responses(result: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{result}"}}}
    found: dict[str, Any] = {"200": {"description": "the result", "content": content}}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, text in _PROBLEMS.items():
        found[str(status)] = {"description": text, "content": problem}
    return found


def _retry() -> dict[str, Any]:
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/RetryRequest"}}}
    responses = _responses("Retried")
    problem = responses["400"]["content"]
    responses["409"] = {"description": "it cannot be retried", "content": problem}
    responses["413"] = {"description": "the body is too large", "content": problem}
    responses["415"] = {"description": "the body is not JSON", "content": problem}
    return {
        "operationId": "retry",
        "summary": "Retry a dead letter",
        "requestBody": {"required": True, "content": body},
        "responses": responses,
    }


def _problem_schema() -> dict[str, Any]:
    names = {"type": "string", "title": "string", "status": "integer", "detail": "string"}
    return {
        "description": "A problem document, RFC 9457.",
        "type": "object",
        "required": [*names, "instance"],
        "properties": {
            **{name: {"type": kind} for name, kind in names.items()},
            "instance": {"type": "string"},
        },
    }

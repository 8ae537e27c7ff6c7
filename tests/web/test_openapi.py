"""The API matches its OpenAPI document for any request."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from detection_stream.web.openapi import document
from detection_stream.web.view import API
from detection_stream.web.views import VIEWS
from tests.web.site import Site

pytestmark = pytest.mark.slow


def test_answers_are_as_documented(site: Site) -> None:
    schema = schemathesis.openapi.from_url(f"{site.url}{API}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations) == len(VIEWS) + 1
    for operation in operations:

        @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
        @given(operation.as_strategy())
        def check(case: Any) -> None:
            # A valid name may not exist, and cursors only come from lists.
            case.call_and_validate(excluded_checks=[positive_data_acceptance])

        check()


def test_every_view_is_documented() -> None:
    described = document()
    paths = {f"{API}{path}".rstrip("/") for path in VIEWS} | {f"{API}/dead-letters/retry"}
    assert described["paths"].keys() == paths
    operations = [o for path in described["paths"].values() for o in path.values()]
    assert all(operation["summary"] for operation in operations)
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)

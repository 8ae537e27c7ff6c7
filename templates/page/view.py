"""What this page answers."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from detection_stream.web.members import queries as q
from detection_stream.web.view import Parameters, Result, Visit, newest_verdicts, view


class MyParameters(Parameters):
    """What can be chosen, in the query string."""

    tenant: str = ""
    limit: Annotated[int, Meta(ge=1, le=200)] = 20


class MyResult(Result):
    """What the page and the API say."""

    verdicts: list[q.VerdictRow]


@view("/my-page", "my_page.html", MyParameters, MyResult)
async def my_page(visit: Visit, asked: MyParameters) -> MyResult:
    """The latest verdicts of a tenant."""
    wanted = q.VerdictFilter(tenants=visit.tenants(asked.tenant))
    return MyResult(verdicts=await newest_verdicts(visit, wanted, asked.limit))

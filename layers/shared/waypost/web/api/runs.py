"""GET /api/v1/runs/{id}: how a run of the hourly job that somebody asked for is getting on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waypost.errors import NotFound

if TYPE_CHECKING:  # the module of the runs brings DuckDB along, of which nothing is needed here
    from waypost.insights.ports import RunReader
    from waypost.lake.runs import RunRecord


def run(tenant: str, id: str, runs: RunReader) -> RunRecord:
    """The record of a run. Raises `NotFound`."""
    record = runs.get(tenant, id)
    if record is None:
        raise NotFound("there is no such run", code="unknown_run")
    return record

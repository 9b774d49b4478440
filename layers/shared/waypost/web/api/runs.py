"""GET /api/v1/runs/{id}: how a run of the hourly job that somebody asked for is getting on."""

from waypost.errors import NotFound
from waypost.insights.ports import RunReader
from waypost.lake.runs import RunRecord


def run(tenant: str, id: str, runs: RunReader) -> RunRecord:
    """The record of a run. Raises `NotFound`."""
    record = runs.get(tenant, id)
    if record is None:
        raise NotFound("there is no such run", code="unknown_run")
    return record

"""GET /api/v1/runs/{id}: how a run of the hourly job that somebody asked for is getting on."""

from waypost.errors import NotFound
from waypost.insights.ports import RunReader
from waypost.lake.runs import RunRecord
from waypost.profiles.directory import is_name


def run(tenant: str, id: str, runs: RunReader) -> RunRecord:
    """The record of a run. Raises `NotFound`."""
    record = runs.get(tenant, id) if is_name(id) else None
    if record is None:
        raise NotFound("there is no such run", code="unknown_run")
    return record

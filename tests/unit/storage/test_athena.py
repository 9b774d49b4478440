"""Athena's side of a job: what is started, waited for, fetched, and what is said where it fails."""

from pathlib import Path
from typing import Any

import pytest

from tests.fakes import FakeLake
from waypost.errors import TooLong, Unavailable
from waypost.storage.athena import Athena


class Bucket(FakeLake):
    def keys(self, prefix: str) -> list[str]:
        return [key for key in sorted(self.objects) if key.startswith(prefix)]


class Client:
    """Athena, which goes through some states and then has written two files."""

    def __init__(self, bucket: Bucket, *states: str) -> None:
        self.bucket, self.states = bucket, list(states)
        self.started: list[dict[str, Any]] = []

    def start_query_execution(self, **request: Any) -> dict[str, Any]:
        self.started.append(request)
        return {"QueryExecutionId": "q1"}

    def get_query_execution(self, QueryExecutionId: str) -> dict[str, Any]:
        assert QueryExecutionId == "q1"
        state = self.states.pop(0)
        if state == "SUCCEEDED":
            prefix = self.started[0]["QueryString"].partition("s3://lake/")[2].partition("'")[0]
            self.bucket.objects |= {f"{prefix}a": b"1", f"{prefix}b": b"2"}
        return {"QueryExecution": {"Status": {"State": state, "StateChangeReason": "why"}}}


def athena(client: Client, waited: list[float]) -> Athena:
    return Athena(
        client,
        client.bucket,
        workgroup="w",
        database="d",
        name="lake",
        sleep=waited.append,
    )


def test_the_rows_are_files_here_once_athena_is_done(tmp_path: Path) -> None:
    client, waited = Client(Bucket(), "QUEUED", "RUNNING", "SUCCEEDED"), list[float]()

    paths = athena(client, waited).rows("t1", "SELECT 'it''s'", tmp_path)

    assert [path.read_bytes() for path in paths] == [b"1", b"2"]
    ((request,), (first, second)) = client.started, waited
    assert first < second
    assert request["QueryString"].startswith(
        "UNLOAD (SELECT 'it''s') TO 's3://lake/answers/tenant_id=t1/athena/"
    )
    assert request["QueryString"].endswith("/' WITH (format = 'PARQUET')")
    assert (request["WorkGroup"], request["QueryExecutionContext"]) == ("w", {"Database": "d"})


def test_two_statements_never_write_to_the_same_place(tmp_path: Path) -> None:
    client = Client(Bucket(), "SUCCEEDED", "SUCCEEDED")
    engine = athena(client, [])

    for _ in range(2):
        engine.rows("t1", "SELECT 1", tmp_path)

    first, second = (request["QueryString"] for request in client.started)
    assert first != second


@pytest.mark.parametrize(("state", "raised"), [("CANCELLED", TooLong), ("FAILED", Unavailable)])
def test_what_athena_does_not_do_is_told(
    tmp_path: Path, state: str, raised: type[Exception]
) -> None:
    """It cancels what reads more than the workgroup allows; what failed may work later."""
    with pytest.raises(raised):
        athena(Client(Bucket(), "RUNNING", state), []).rows("t1", "SELECT 1", tmp_path)

"""Following a file on its way, and telling a person what became of it."""

from pathlib import Path
from typing import Any

import pytest

from waypost.cli import outcome, sending, transfer
from waypost.cli.output import Failure

ERROR = {"index": 4, "code": "invalid_email", "message": "no", "field": "email", "line": 6}


def batch(status: str = "done", **fields: Any) -> dict[str, Any]:
    counts = {"received": 10, "rejected": 0, "matched": 10, "stored": 9, "duplicate": 1}
    parts = {"announced": 1, "matched": 1}
    size = {"bytes": 100, "bytes_read": 100, "errors": [], "parts": parts}
    return {"id": "b", "status": status, **counts, **size, **fields}


class Api:
    """Answers with the states of a batch, one after the other; the last one for ever."""

    def __init__(self, *states: dict[str, Any]) -> None:
        self._states = list(states)

    def batch(self) -> dict[str, Any]:
        return self._states.pop(0) if len(self._states) > 1 else self._states[0]


def follow(*states: dict[str, Any]) -> tuple[dict[str, Any], list[tuple[int, int]]]:
    told: list[tuple[int, int]] = []
    state = transfer.follow(
        Api(*states).batch,
        lambda *now: told.append(now),
        sleep=lambda _: None,
    )
    return state, told


def test_rows_to_come_are_reckoned_from_bytes_until_the_file_is_read() -> None:
    loading = batch("loading", received=20, matched=5, bytes_read=25)
    matching = batch("matching", received=90, matched=60)

    _, told = follow(batch("awaiting_upload", received=0, matched=0), loading, matching, batch())

    assert told == [(0, 0), (5, 80), (60, 90), (10, 10)]


@pytest.mark.parametrize("status", ["done", "failed"])
def test_following_ends_with_the_batch(status: str) -> None:
    state, _ = follow(batch("loading"), batch(status))

    assert state["status"] == status


def test_a_batch_that_does_not_move_for_15_minutes_is_given_up() -> None:
    with pytest.raises(Failure, match="has been matching for 15 minutes"):
        follow(batch("matching"))


def test_errors_and_parts_that_come_late_are_waited_for() -> None:
    early = batch(rejected=1)
    failed = batch("failed", rejected=1, errors=[ERROR], parts={"announced": 2, "matched": 1})
    whole = batch("failed", rejected=1, errors=[ERROR])

    state = transfer.settled(Api(failed, whole).batch, early, sleep=lambda _: None)

    assert state is whole


def test_a_summary_has_one_number_to_a_line() -> None:
    counts = outcome.summary(batch(received=90389, rejected=2), 7.44, Path("r.csv"))

    assert outcome.as_text(counts).splitlines() == [
        "rows              90,389",
        "matched               10",
        "stored                 9",
        "duplicate              1  so far",
        "rejected               2",
        "seconds              7.4",
    ]
    assert (counts["batch"], counts["status"], counts["rejects"]) == ("b", "done", "r.csv")


def test_refused_rows_are_explained_by_line_file_and_remedy() -> None:
    item = {**ERROR, "line": None, "message": "not an object"}
    refused = batch(rejected=5, errors=[ERROR, item, ERROR, ERROR])

    lines = list(outcome.explanation(refused, 4, Path("rejects.csv")))

    assert lines == [
        "line 6: no",
        "item 5: not an object",
        "line 6: no",
        "… and 2 more",
        "rejects.csv holds 4 refused rows; fix what is wrong, then: waypost load rejects.csv",
        "1 refused row more can only be fixed in the source; load it again, no row counts twice",
    ]


def test_where_nothing_was_refused_nothing_is_said() -> None:
    assert list(outcome.explanation(batch(), 0, Path("rejects.csv"))) == []


def test_rejects_of_json_are_json() -> None:
    assert sending.rejects_file(None, csv=False) == Path("rejects.ndjson")


def test_a_folder_that_is_not_there_is_said_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="can be written"):
        sending.rejects_file(tmp_path / "missing" / "r.csv", csv=True)


def test_a_file_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with (
        pytest.raises(Failure, match="No such file") as failure,
        sending.opened(str(tmp_path / "x")),
    ):
        pass

    assert failure.value.code == 2

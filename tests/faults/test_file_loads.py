"""A file ends the same whoever loads it: in one call or several, dying anywhere, told of twice."""

import pytest

from tests.faults.killers import Killer, every_point
from tests.faults.loads import FRAME, Loads, Meeting
from waypost.ingest import file_loader


@pytest.fixture(autouse=True)
def small_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_loader, "FRAME_EVENTS", FRAME)


@pytest.fixture
def at_once(small_stretches: None) -> dict[str, object]:
    """How a file ends that one call loads."""
    loads = Loads()
    loads.load()
    return loads.match_each().outcome()


def test_an_undisturbed_file_is_matched_row_by_row() -> None:
    loads = Loads()

    calls = loads.load()

    loads.match_each()
    (batch,) = loads.batches.records
    progress = loads.batches.progress(*batch) or {}
    assert calls == 1
    assert [len(message.events) for message in loads.messages()] == [FRAME, FRAME, 1]
    assert (progress["status"], progress["stored"], progress["rejected"]) == ("done", 61, 1)
    assert len(loads.rows) == 61


@pytest.mark.parametrize("stretches", [1, 2])
def test_a_file_that_several_calls_load_ends_as_in_one_go(
    at_once: dict[str, object], stretches: int
) -> None:
    loads = Loads()

    calls = loads.load(stretches=stretches)

    assert calls == {1: 4, 2: 2}[stretches]
    assert loads.match_each().outcome() == at_once


@pytest.mark.parametrize("stretches", [1, 2, 9])
def test_a_load_may_die_anywhere(at_once: dict[str, object], stretches: int) -> None:
    points = every_point(lambda killer: Loads().load(killer, stretches=stretches))

    harm = [point for point in points if _dying(point, stretches) != at_once]

    assert len(points) >= 2 * 5
    assert harm == []


def _dying(point: Killer, stretches: int) -> dict[str, object]:
    loads = Loads()
    loads.load(point, stretches=stretches)
    return loads.match_each().outcome()


@pytest.mark.parametrize("stretches", [1, 9])
def test_a_file_told_of_twice_is_one_batch(at_once: dict[str, object], stretches: int) -> None:
    loads = Loads()

    loads.load(stretches=stretches, times=2)

    assert loads.match_each().outcome() == at_once


@pytest.mark.parametrize("stretches", [1, 9])
def test_two_loaders_may_meet_on_one_file_anywhere(
    at_once: dict[str, object], stretches: int
) -> None:
    counting = Killer()
    Loads().load(counting, stretches=stretches)

    ends = [_meeting(at, stretches) for at in range(counting.calls)]

    assert ends == [at_once] * counting.calls


def _meeting(at: int, stretches: int) -> dict[str, object]:
    loads = Loads()
    loads.load(Meeting(at, loads.load), stretches=stretches)
    return loads.match_each().outcome()

"""Everything that is derived can be derived anew."""

from typing import Any

import pytest

from tests.unit.lake.folding import NOW, Lake, landed
from waypost.lake import runs, units
from waypost.lake.derived import DERIVED
from waypost.times import DAY_MS

pytestmark = pytest.mark.slow

TABLES = ("events", "others", *DERIVED)


def history() -> Lake:
    """Three months of events, with copies, a reject, and what was overwritten."""
    lake = Lake({"plan": "string"})
    for number in range(12):
        lake.land(
            landed(
                f"e{number}", f"r{number}", time=NOW - number * 7 * DAY_MS, user_id=f"u{number % 3}"
            ),
            landed(f"e{number}", f"copy{number}", time=NOW - number * 7 * DAY_MS, received=NOW + 9),
            landed("", f"bad{number}", verdict="rejected", code="bad"),
            landed("over", f"o{number}", overwrites=True, count=number, received=NOW + number),
        )
        if number % 3 == 0:
            lake.run()
    lake.run()
    return lake


def everything(lake: Lake) -> dict[str, list[Any]]:
    return {table: sorted(map(repr, lake.rows(table))) for table in TABLES}


def test_a_replay_of_a_sound_lake_changes_no_cell() -> None:
    lake = history()
    before, totals = everything(lake), lake.totals()

    report = lake.run(anew=[runs.EVERYTHING])

    assert (report.anew, report.left) == ([], 0)
    assert report.days > 0
    assert (everything(lake), lake.totals()) == (before, totals)


def test_tables_that_were_damaged_are_mended() -> None:
    lake = history()
    before = everything(lake)
    empty = Lake()
    empty.land(landed("other", user_id="somebody else"))
    empty.run()
    other = next(data for key, data in empty.lake.objects.items() if key.startswith("path/"))
    for key in lake.lake.objects:
        if key.startswith("path/"):
            lake.lake.objects[key] = other
    assert everything(lake) != before

    lake.run(anew=[runs.EVERYTHING])

    assert everything(lake) == before


def test_a_lake_that_was_lost_comes_back_from_what_landed() -> None:
    lake = history()
    before, totals = everything(lake), lake.totals()
    lake.lake.delete([key for key in lake.lake.objects if not key.startswith("landing/")])
    lake.manifests = Lake().manifests

    lake.run(anew=[runs.EVERYTHING])

    assert (everything(lake), lake.totals()) == (before, totals)


def test_events_outlive_what_they_landed_in() -> None:
    lake = history()
    before, totals = everything(lake), lake.totals()
    lake.lake.delete([key for key in lake.lake.objects if key.startswith("landing/")])

    lake.run(anew=[runs.EVERYTHING])

    assert (everything(lake), lake.totals()) == (before, totals)


def test_a_replay_without_time_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    lake = history()
    monkeypatch.setattr(units, "MOST_ROWS", 1)  # a day at a time
    before = everything(lake)
    anew, rounds = [runs.EVERYTHING], 0

    while anew:
        anew = lake.run(remaining_ms=0, anew=anew).anew
        rounds += 1

    assert len(lake.months()) < rounds < 30
    assert everything(lake) == before


def test_a_day_in_parts_is_made_anew_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    lake = Lake()
    lake.land(*(landed(f"e{n}", n=n, user_id=f"u{n}") for n in range(40)))
    lake.run()
    before = everything(lake)
    monkeypatch.setattr(units, "MOST_OF_A_DAY", 12)

    lake.run(anew=[runs.EVERYTHING])
    lake.run()

    (month,) = lake.months()
    assert len(month.files["events"]) == 4
    after = everything(lake)
    for rollup in ("totals", "totals_day"):  # one row for each part, to be added up
        del before[rollup], after[rollup]
    assert after == before
    assert sum(events for (events,) in lake.rows("totals", "events")) == 40

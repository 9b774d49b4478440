"""Days that a run might stumble over: odd property keys, parts, files beside them, and races."""

import pytest

from tests import effort
from tests.faults.killers import Killer, every_point, mortal, survives
from tests.unit.lake import recounting
from tests.unit.lake.folding import NOW, TENANT, Lake, landed
from tests.unit.lake.streams import KEYS, TYPES
from waypost.errors import Gone
from waypost.lake import compaction, months, units
from waypost.lake.months import Month
from waypost.lake.ports import FoldStores
from waypost.times import DAY_MS, HOUR_MS

pytestmark = pytest.mark.slow


def test_properties_of_any_name_are_columns_or_stay_text() -> None:
    lake = Lake(TYPES)
    lake.land(*(landed(f"e{n}", n=n, properties={key: "v"}) for n, key in enumerate(KEYS)))

    lake.run()

    (file,) = lake.months()[0].files["props"]
    assert set(KEYS) - set(file.keys) == {"plan", "Plan", "n\0"}
    for key in file.keys:
        assert lake.rows("props", f'count("p:{key.replace(chr(34), chr(34) * 2)}")') == [(1,)]
    assert len(lake.rows("events", "properties")) == len(KEYS)


@pytest.mark.parametrize("user", [None, "u1"])
def test_an_event_sent_twice_into_a_day_in_parts_is_counted_once(
    user: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "MOST_OF_A_DAY", 10)
    lake = Lake()
    for again in range(2):
        lake.land(*(landed(f"e{n}", f"r{again}.{n}", user_id=user) for n in range(35)))
        lake.run()

    assert (lake.totals()["stored"], lake.totals()["duplicate"]) == (35, 35)


def test_a_day_in_parts_stays_whole_when_the_days_around_it_become_one_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(units, "MOST_OF_A_DAY", 10)
    lake, large = Lake(), NOW - 30 * DAY_MS
    lake.land(*(landed(f"e{n}", n=n, user_id=f"u{n}", time=large) for n in range(35)))
    lake.run()
    monkeypatch.setattr(compaction, "_FILES", 2)

    for day in (29, 31):
        lake.land(landed(f"d{day}", f"d{day}", time=NOW - day * DAY_MS))
        lake.run()

    parts = [file.parts for file in lake.months()[0].files["path"]]
    assert {*parts} > {1}
    assert len(lake.rows("path")) == len(lake.rows("events")) == 37


def test_a_file_of_days_apart_is_gone_when_they_are_written_anew() -> None:
    lake = Lake()
    apart = [NOW - day * DAY_MS for day in (5, 8, 11)]
    for number in range(3):
        events = [landed(f"{number}.{n}", f"r{number}", n=n, time=t) for n, t in enumerate(apart)]
        lake.land(*events)
        lake.run()

    assert [len(files) for files in lake.months()[0].files.values()] == [1] * 8
    assert recounting.lying(lake) == recounting.named_files(lake)


def test_what_a_killed_run_left_is_deleted_although_nothing_lands_any_more() -> None:
    def compactable() -> Lake:
        lake = Lake()
        for day in (16, 17):
            lake.land(landed(f"e{day}", f"r{day}", time=NOW - day * DAY_MS))
            lake.run()
        lake.clock.tick(DAY_MS)
        lake.land(landed("late", "late", time=NOW - 16 * DAY_MS), landed("today", "today"))
        return lake

    points = every_point(lambda killer: run_through(compactable(), killer))
    for point in effort.every(31, points):
        lake = compactable()
        run_through(lake, point)
        for _ in range(3):
            lake.clock.tick(2 * HOUR_MS)
            lake.run()

        assert recounting.lying(lake) == recounting.named_files(lake), point
        assert lake.manifests.todo(TENANT) == []


def run_through(lake: Lake, killer: Killer) -> None:
    stores = lake.stores()
    files, manifests = mortal(killer, lake.lake, lake.manifests)
    mortals = FoldStores(files, manifests, stores.schemas, stores.clock)
    survives(lambda: lake.run(stores=mortals))


def test_a_staged_file_that_is_gone_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("waypost.lake.hourly_run._UNITS", 1)
    lake = Lake()
    lake.land(*(landed(f"e{n}", n=n, time=NOW - n * 40 * DAY_MS) for n in range(4)))
    lake.run(remaining_ms=0)
    staged = sorted(key for key in lake.lake.objects if key.startswith("staged/"))
    lake.lake.delete(staged[:1])

    lake.run()

    assert lake.manifests.todo(TENANT) == []
    assert len(lake.rows("events")) == 3


def test_staged_rows_are_put_once_although_the_answer_was_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("waypost.lake.hourly_run._UNITS", 1)
    lake = Lake()
    real = lake.manifests.put_month

    def answer_lost(tenant: str, month: Month) -> bool:
        """It won, and another run has been on top of it since."""
        won = real(tenant, month)
        if not month.staged or not won or month.version > 1:
            return won
        return not real(tenant, Month(month.month, 2, staged=month.staged))

    monkeypatch.setattr(lake.manifests, "put_month", answer_lost)
    lake.land(*(landed(f"e{n}", n=n, time=NOW - n * 40 * DAY_MS) for n in range(3)))

    lake.run(remaining_ms=0)

    assert [len(month.staged) for month in lake.months()][:-1] == [1, 1]
    assert lake.totals()["received"] == 3


def test_a_reader_of_a_replaced_file_is_told_so() -> None:
    lake = Lake()
    lake.land(landed("a"))
    lake.run()
    before: list[Month] = lake.months()
    lake.land(landed("b", "r2"))
    lake.run()

    with pytest.raises(Gone):
        lake.lake.fetch_range(before[0].files["events"][0].key, 0, 8)
    assert months.ledger_totals(before, [])["stored"] == 1

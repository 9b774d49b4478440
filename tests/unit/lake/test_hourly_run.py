"""Whole runs: what each day holds after them, however they came about."""

from pathlib import Path

import duckdb
import pytest

from tests.unit.lake.folding import DAY, NOW, TENANT, Lake, event_id, landed
from waypost.lake import hourly_run, units
from waypost.times import DAY_MS, HOUR_MS


def test_an_event_without_an_account_is_stored_and_counted() -> None:
    lake = Lake()
    lake.land(landed("a", company_id=None))

    lake.run()

    assert lake.totals()["stored"] == 1
    assert lake.rows("activity", "user_id, company_id, events") == [("u1", None, 1)]


def test_a_message_that_lands_twice_is_counted_once() -> None:
    lake = Lake()
    lake.land(landed("a"), landed("", n=1, verdict="rejected", code="bad"))
    lake.run()
    lake.land(landed("a"), landed("", n=1, verdict="rejected", code="bad"), landed("b", "r2"))

    lake.run()

    assert lake.totals() == {
        "received": 3,
        "stored": 2,
        "duplicate": 0,
        "rejected": 1,
        "ignored": 0,
    }


def test_an_event_that_is_sent_twice_is_one_and_a_duplicate() -> None:
    lake = Lake()
    lake.land(landed("a", "r1"), landed("a", "r2", received=NOW + 5))

    lake.run()

    assert (lake.totals()["stored"], lake.totals()["duplicate"]) == (1, 1)


@pytest.mark.parametrize("earlier_lands_first", [True, False])
def test_of_two_bodies_under_one_key_the_first_received_counts(earlier_lands_first: bool) -> None:
    lake = Lake()
    two = [
        landed("a", "r1", digest="one", label="first"),
        landed("a", "r2", digest="two", label="second", received=NOW + 5),
    ]
    for record in two if earlier_lands_first else reversed(two):
        lake.land(record)
        lake.run()

    assert lake.rows("events", "label") == [("first",)]
    assert (lake.totals()["stored"], lake.totals()["rejected"]) == (1, 1)


@pytest.mark.parametrize("earlier_lands_first", [True, False])
def test_of_events_that_overwrite_the_last_received_counts(earlier_lands_first: bool) -> None:
    lake = Lake()
    two = [
        landed("a", "r1", overwrites=True, count=3),
        landed("a", "r2", overwrites=True, count=5, received=NOW + 5),
    ]
    for record in two if earlier_lands_first else reversed(two):
        lake.land(record)
        lake.run()

    assert lake.rows("totals", "events") == [(5,)]
    assert (lake.totals()["stored"], lake.totals()["duplicate"]) == (1, 1)


def test_a_conflict_that_match_saw_never_counts_as_the_first() -> None:
    lake = Lake()
    lake.land(landed("a", "r0", received=NOW - 9, verdict="rejected", code="conflict"))
    lake.land(landed("a", "r1"))

    lake.run()

    assert (lake.totals()["stored"], lake.totals()["rejected"]) == (1, 1)


def test_every_table_of_a_day_tells_the_same() -> None:
    lake = Lake({"plan": "string", "seats": "number"})
    lake.land(
        landed("a", weight=2.0, count=3, active_ms=5, properties={"plan": "pro", "other": 1}),
        landed("b", "r2", time=NOW - HOUR_MS, user_id="u2", company_id=None, module="m"),
        landed("c", "r3", kind="identify", action=None),
    )

    lake.run()

    assert sorted(lake.rows("totals_day", "day::VARCHAR, events, weight, active_ms")) == [
        (DAY, 4, 7.0, 5)
    ]
    assert sorted(lake.rows("totals", "hour, events")) == [(NOW - HOUR_MS, 1), (NOW, 3)]
    assert sorted(lake.rows("days", "user_id, company_id")) == [("u1", "acme"), ("u2", None)]
    assert sorted(lake.rows("activity", "user_id, first, last, rows")) == [
        ("u1", NOW, NOW, 1),
        ("u2", NOW - HOUR_MS, NOW - HOUR_MS, 1),
    ]
    assert sorted(lake.rows("path", "time, user_id")) == [(NOW - HOUR_MS, "u2"), (NOW, "u1")]
    assert sorted(lake.rows("context", "module, weight, count"), key=str) == [
        ("m", 1.0, 1),
        (None, 2.0, 3),
    ]
    assert ("u1", "pro") in lake.rows("props", 'user_id, "p:plan"')
    assert len(lake.rows("events")) == 3


def test_an_event_file_holds_no_name_and_no_address() -> None:
    lake = Lake()
    lake.land(landed("a", email="ann@acme.example", name="Ann", external_id="x1", anonymous_id="z"))

    lake.run()

    files = [data for key, data in lake.lake.objects.items() if not key.startswith("landing/")]
    for word in (b"ann@acme", b"Ann", b"x1"):
        assert not any(word in data for data in files)
    assert lake.rows("events", "id::VARCHAR")[0][0].replace("-", "") == event_id("a")


def test_a_run_with_nothing_new_writes_nothing() -> None:
    lake = Lake()
    lake.land(landed("a"))
    lake.run()
    before = dict(lake.lake.objects)

    report = lake.run()

    assert (report.days, report.objects) == (0, 0)
    assert lake.lake.objects == before


def test_late_events_of_a_day_rewrite_that_day_alone() -> None:
    lake = Lake()
    for day in range(20):
        lake.land(landed(f"e{day}", f"r{day}", time=NOW - day * DAY_MS))
    lake.run()
    before = {key for key in lake.lake.objects if key.startswith("events/")}

    lake.land(landed("late", "late", time=NOW - DAY_MS))
    lake.run()

    written = {key for key in lake.lake.objects if key.startswith("events/")} - before
    assert [key.split("/")[-1][:21] for key in written] == ["2027-01-14.2027-01-14"]
    assert lake.totals()["stored"] == 21


def test_days_of_a_month_that_is_over_become_one_file() -> None:
    lake = Lake()
    for day in range(12):
        lake.land(landed(f"e{day}", f"r{day}", time=NOW - (20 + day) * DAY_MS))
        lake.run()
    lake.clock.tick(40 * DAY_MS)

    lake.land(landed("last", "last", time=NOW - 20 * DAY_MS))
    lake.run()

    (december,) = [month for month in lake.months() if month.month == "2026-12"]
    assert {table: len(files) for table, files in december.files.items()} == dict.fromkeys(
        december.files, 1
    )
    assert len(lake.rows("events")) == 13
    assert sum(events for (events,) in lake.rows("totals", "events")) == 13


def test_a_run_sums_up_what_is_seen_of_all_time(tmp_path: Path) -> None:
    lake = Lake()
    lake.land(landed("a", time=NOW - 40 * DAY_MS, count=2))
    lake.run()
    lake.land(landed("b", "r2"))

    lake.run()

    seen = lake.lake.fetch(lake.manifests.head(TENANT).files["seen"].key, tmp_path / "seen")
    with duckdb.connect() as db:
        rows = db.execute(f"SELECT user_id, first, last, events FROM read_parquet('{seen}')")
        assert rows.fetchall() == [("u1", NOW - 40 * DAY_MS, NOW, 3)]


def test_files_that_were_replaced_are_deleted() -> None:
    lake = Lake()
    for number in range(4):
        lake.land(landed(f"e{number}", f"r{number}"))
        lake.run()

    kept = {file.key for month in lake.months() for some in month.files.values() for file in some}
    kept |= {file.key for file in lake.manifests.head(TENANT).files.values()}
    lying = {key for key in lake.lake.objects if not key.startswith("landing/")}
    assert lying == kept


def test_thousands_of_event_days_are_a_matter_of_more_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hourly_run, "_UNITS", 3)
    lake = Lake()
    lake.land(*(landed(f"e{n}", n=n, time=NOW - n * 40 * DAY_MS) for n in range(30)))
    lake.land(landed("today", "today", time=NOW))

    first = lake.run(remaining_ms=0)

    assert first.left > 0
    assert len(lake.rows("path", "time")) == 2  # today's, and nothing else yet
    assert lake.totals()["received"] == 31
    runs = 0
    while lake.run(remaining_ms=0).left:
        runs += 1
    assert 5 < runs < 40
    assert lake.totals()["stored"] == 31
    assert lake.manifests.todo("t1") == []
    assert not [key for key in lake.lake.objects if key.startswith("staged/")]


def test_a_day_too_large_for_one_function_stands_when_all_its_parts_are_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(units, "MOST_OF_A_DAY", 10)
    lake = Lake()
    lake.land(*(landed(f"e{n}", n=n, user_id=f"u{n % 7}") for n in range(35)))

    first = lake.run(remaining_ms=0)

    assert first.left > 0
    assert lake.rows("events") == []  # nothing of it, before it is whole
    assert lake.totals()["received"] == 35
    lake.land(landed("e3", "again", received=NOW + 1), landed("new", "new"))
    while lake.run(remaining_ms=0).left:
        pass
    assert lake.totals() | {"rejected": 0} == lake.totals()
    assert (lake.totals()["stored"], lake.totals()["duplicate"]) == (36, 1)
    assert len(lake.rows("events")) == 36
    assert sum(events for (events,) in lake.rows("totals", "events")) == 36


def test_what_lands_while_a_day_is_in_parts_waits_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(units, "MOST_OF_A_DAY", 10)
    lake = Lake()
    lake.land(*(landed(f"e{n}", n=n, user_id=f"u{n % 7}") for n in range(35)))
    lake.run(remaining_ms=0)
    monkeypatch.setattr(units, "MOST_OF_A_DAY", 1000)
    lake.land(landed("new", "new"))

    lake.run()
    lake.run()

    assert lake.totals()["stored"] == 36
    assert len(lake.rows("path")) == 36

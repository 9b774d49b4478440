"""Feeds of users and accounts over all time: a plain recount finds the same pages."""

import calendar
from pathlib import Path
from random import Random
from uuid import UUID

import pytest

from tests.asking import asked
from tests.unit.insights import feed_world
from tests.unit.insights.feed_world import NOW, TENANT, People, Row, problems
from tests.unit.lake.lakes import Lake
from waypost.insights import feed, lake_feed, whose
from waypost.insights.cursors import LEAST_ID
from waypost.lake import derived, fetching, tables
from waypost.times import DAY_MS, day, iso, start_of_day
from waypost.web.api.events import events

pytestmark = pytest.mark.slow


def written(folder: Path, rows: list[Row], now: People | None) -> Lake:
    """The files of a lake that holds these events: the newest month by days, the others settled."""
    lake = Lake(folder)
    tables.create(lake.db, "events", "landed")
    columns = ", ".join(rows[0])
    marks = ", ".join([f"({', '.join('?' for _ in rows[0])})"] * len(rows))
    values = [value for row in rows for value in row.values()]
    lake.db.execute(f"INSERT INTO landed ({columns}) VALUES {marks}", values)
    newest = max(day(row["time"]) for row in rows)[:7]
    for first, last in sorted({_span(day(row["time"]), newest) for row in rows}):
        lake.db.execute(f"""CREATE OR REPLACE TABLE spanned AS
            FROM landed WHERE {tables.DAY["events"]} BETWEEN DATE '{first}' AND DATE '{last}'""")
        lake.publish("events", first, last, "spanned")
        lake.derive(first, last, "spanned", ("days", "totals_day"))
    lake.publish("seen", "", "", f"({derived.select('seen', 'landed')})")
    if now is not None:
        put_people(lake, now)
    return lake


def put_people(lake: Lake, now: People) -> None:
    lake.add("who", "", "", now.who())
    lake.add("alias", "", "", now.alias())


def _span(day: str, newest: str) -> tuple[str, str]:
    if day[:7] == newest:
        return day, day
    year, month = int(day[:4]), int(day[5:7])
    return f"{day[:7]}-01", f"{day[:7]}-{calendar.monthrange(year, month)[1]}"


@pytest.mark.parametrize(("limit", "pairs"), [(4, 500), (50, 500), (50, 2)])
def test_every_page_of_every_feed_is_that_of_a_recount(
    monkeypatch: pytest.MonkeyPatch, limit: int, pairs: int
) -> None:
    monkeypatch.setattr(lake_feed, "_MOST_PAIRS", pairs)
    chance = Random(limit)
    rows, now = feed_world.happened(chance, 40), feed_world.people(chance)
    stores = feed_world.stores(feed_world.fake_reader(rows, now), now)

    assert problems(stores, rows, now, limit) == []


@pytest.mark.parametrize("big", [fetching.BIG, 0], ids=["whole", "sparse"])
def test_it_is_so_with_files_and_after_people_were_moved_and_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, big: int
) -> None:
    monkeypatch.setattr(fetching, "BIG", big)
    chance = Random(1)
    rows, now = feed_world.happened(chance, 200), feed_world.people(chance)
    lake = written(tmp_path, rows, now)
    assert problems(feed_world.stores(lake.reader(), now), rows, now, limit=60) == []

    change_people(now)
    put_people(lake, now)

    assert problems(feed_world.stores(lake.reader(), now), rows, now, limit=60) == []


def change_people(now: People) -> None:
    """A company comes to exist, people move, one merge is undone and another made."""
    now.existing.append("ghost")
    now.accounts |= {"u1": "a3", "u2": None, "u3": "ghost"}
    del now.merged["u7"]
    now.merged["u4"] = "u2"


def test_what_landed_since_the_last_run_stands_among_the_rest_once(tmp_path: Path) -> None:
    chance = Random(2)
    rows, now = feed_world.happened(chance, 80), feed_world.people(chance)
    lake = written(tmp_path, rows[:60], None)
    lake.lake.put_changes(TENANT.id, now.changes(1), NOW)
    change_people(now)
    lake.lake.put_changes(TENANT.id, now.changes(2), NOW)
    # Late and recent events, in two objects, and some that stand in the files already.
    for name, some in {"m1": rows[50:75], "m2": rows[70:]}.items():
        records = [feed_world.landed(row, f"r{number}") for number, row in enumerate(some)]
        lake.lake.put_landing(TENANT.id, records, NOW, [name], {})
    stores = feed_world.stores(lake.reader(), now)

    assert problems(stores, rows, now, limit=60) == []
    page = events(TENANT.id, asked(**{"account": "a0"}), stores)
    assert page.complete_until == iso(NOW)


def test_a_merged_id_that_is_left_out_is_seen() -> None:
    chance = Random(1)
    rows, now = feed_world.happened(chance, 40), feed_world.people(chance)
    believed = People(now.accounts, now.merged | {"u6": "u6"})
    stores = feed_world.stores(feed_world.fake_reader(rows, believed), now)

    wrong = problems(stores, rows, now, limit=9)

    assert any("'user': 'u1'" in problem for problem in wrong)


def test_a_cursor_by_time_alone_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = Random(1)
    rows, now = feed_world.happened(chance, 80), feed_world.people(chance)
    stores = feed_world.stores(feed_world.fake_reader(rows, now), now)
    monkeypatch.setattr(feed, "place", lambda record: (record.time, LEAST_ID))

    assert problems(stores, rows, now, limit=4)


def test_a_user_whom_no_join_finds_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = Random(1)
    rows, now = feed_world.happened(chance, 40), feed_world.people(chance)
    stores = feed_world.stores(feed_world.fake_reader(rows, now), now)
    monkeypatch.setitem(whose._SIDES, "account", "who.account AS account")

    assert problems(stores, rows, now, limit=9)


def year_of_a_busy_tenant(quiet_days: list[str]) -> list[Row]:
    """Somebody does something each day of 2026; u3, alone in its account, on some of them."""
    january = start_of_day("2026-01-01")
    busy = [_did(january + number * DAY_MS, "u1", number) for number in range(365)]
    return busy + [_did(start_of_day(day) + 5, "u3", 1000 + n) for n, day in enumerate(quiet_days)]


def _did(time: int, user: str, number: int) -> Row:
    return {
        **{"time": time, "id": UUID(int=number), "user_id": user, "company_id": None},
        **{"action": "Did", "weight": 1.0, "count": 1, "active_ms": 0, "module_ms": 0},
        **{"source": "planhat", "received": time},
    }


@pytest.mark.parametrize("whose", [{"account": "a2"}, {"user": "u3"}])
def test_a_quiet_page_reads_what_it_shows_and_not_a_year(
    tmp_path: Path, whose: dict[str, str]
) -> None:
    now = People({"u1": "a0", "u3": "a2"}, {})
    lake = written(tmp_path, year_of_a_busy_tenant(["2026-03-02", "2026-03-05"]), now)

    page = events(TENANT.id, asked(**whose), feed_world.stores(lake.reader(), now))

    assert [event.time[:10] for event in page.events] == ["2026-03-05", "2026-03-02"]
    assert page.next is None
    fetched = sorted(key.split("/")[0] for key in lake.lake.fetched)
    people = ["alias"] if "account" in whose else []
    assert fetched == [*people, "days", "events", "seen", "who"]


def test_of_days_far_apart_those_between_are_not_read(tmp_path: Path) -> None:
    now = People({"u1": "a0", "u3": "a2"}, {})
    lake = written(tmp_path, year_of_a_busy_tenant(["2026-12-02", "2026-12-30"]), now)

    page = events(TENANT.id, asked(**{"account": "a2"}), feed_world.stores(lake.reader(), now))

    assert [event.time[:10] for event in page.events] == ["2026-12-30", "2026-12-02"]
    days = [key.rsplit("/", 1)[1][:10] for key in lake.lake.fetched if key.startswith("events/")]
    assert sorted(days) == ["2026-12-02", "2026-12-30"]


def test_a_busy_page_reads_the_newest_days_alone(tmp_path: Path) -> None:
    now = People({"u1": "a0", "u3": "a2"}, {})
    lake = written(tmp_path, year_of_a_busy_tenant([]), now)

    page = events(
        TENANT.id, asked(**{"account": "a0", "limit": "3"}), feed_world.stores(lake.reader(), now)
    )

    assert [event.time[:10] for event in page.events] == ["2026-12-31", "2026-12-30", "2026-12-29"]
    # An event a day, and twice the days that four events should need.
    assert sum(key.startswith("events/") for key in lake.lake.fetched) == 8


def test_of_very_many_days_none_is_passed_over(tmp_path: Path) -> None:
    now = People({"u1": "a0", "u3": "a2"}, {})
    rows = year_of_a_busy_tenant([])
    stores = feed_world.stores(written(tmp_path, rows, now).reader(), now)

    shown = [
        event.id
        for page in feed_world.pages(stores, account="a0", limit="90")
        for event in page.events
    ]

    assert shown == [row["id"].hex for row in reversed(rows)]

"""Fresh: what landed since the last run is in the answer, once, or the answer says until when."""

from collections import Counter
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from tests.unit.lake.lakes import DAY, NOW, TENANT, Lake
from waypost import times
from waypost.event import Verdict
from waypost.lake import fetching, fresh, landed, standing, tables
from waypost.lake.months import Staged
from waypost.lake.plans import Plan
from waypost.lake.records import Landed, LandingObject
from waypost.times import DAY_MS, HOUR_MS

settle = fresh.settle
SEEN = """(SELECT 'u1' AS user_id, NULL::VARCHAR AS company_id, 1::BIGINT AS first,
    1::BIGINT AS last, 1::BIGINT AS events, 1.0::DOUBLE AS weight, 1::BIGINT AS rows)"""
THIS_HOUR = NOW - NOW % HOUR_MS


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_what_landed_and_was_not_folded_is_in_every_table(lake: Lake) -> None:
    land(lake, event("a", user_id="u1", weight=2.0, count=3), event("b", kind="identify"))

    answers = {
        table: ask(lake, Plan({table: None}), f"SELECT count(*) FROM {table}")
        for table in [*tables.MONTHLY, "seen"]
    }

    assert answers == {table: [(1,)] for table in answers} | {"events": [(2,)], "others": [(0,)]}
    summed = ask(lake, Plan({"activity": None}), "SELECT user_id, events, weight FROM activity")
    assert summed == [("u1", 3, 6.0)]


def test_a_fresh_answer_is_provisional_and_complete_until_now(lake: Lake) -> None:
    land(lake, event("a"))

    with lake.reader().open(TENANT, Plan({"days": None})) as opened:
        assert (opened.complete_until, opened.provisional) == (NOW, True)
    with lake.reader().open(TENANT, Plan({"days": None}, fresh=False)) as opened:
        assert opened.rows("FROM days") == []
        assert (opened.complete_until, opened.provisional) == (0, False)


def test_an_answer_to_which_nothing_landed_is_final(lake: Lake) -> None:
    key = land(lake, event("a"))
    lake.metrics.put_mark(TENANT, times.hour(NOW - HOUR_MS), frozenset([lake.name(key)]))

    with lake.reader().open(TENANT, Plan({"days": None})) as opened:
        assert opened.rows("FROM days") == []
        assert (opened.complete_until, opened.provisional) == (NOW, False)
        assert opened.cost.gets == 0


def test_only_what_was_stored_counts_and_what_was_not_is_among_the_others(lake: Lake) -> None:
    land(lake, event("a"), event("b", verdict=Verdict.DUPLICATE), refused(), ignored())
    plan = Plan({"events": None, "others": None})

    with lake.reader().open(TENANT, plan) as opened:
        assert opened.rows("SELECT count(*) FROM events") == [(1,)]
        others = opened.rows("SELECT verdict, code, day::VARCHAR FROM others ORDER BY ALL")

    assert others == [
        ("duplicate", None, DAY),
        ("ignored", "bot", DAY),
        ("rejected", "invalid_json", DAY),
    ]


def test_a_message_that_landed_twice_counts_once(lake: Lake) -> None:
    land(lake, event("a"), event("b", n=1))
    land(lake, event("a"), event("b", n=1), event("c", receipt="r2"))

    assert ask(lake, Plan({"events": None}), "SELECT count(*) FROM events") == [(3,)]


def test_of_two_with_one_id_the_first_counts_or_the_last_where_they_overwrite(lake: Lake) -> None:
    land(lake, event("a", receipt="r2", received=NOW + 1, action="second"))
    land(lake, event("a", action="first"))
    land(lake, event("b", action="old", overwrites=True))
    land(lake, event("b", receipt="r3", received=NOW + 2, action="new", overwrites=True))

    actions = ask(lake, Plan({"path": ("action",)}), "SELECT action FROM path ORDER BY ALL")

    assert actions == [("first",), ("new",)]


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("user", ["u1", None])
def test_what_a_run_has_published_and_not_marked_yet_counts_once(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, big: bool, user: str | None
) -> None:
    if big:
        monkeypatch.setattr(fetching, "BIG", 0)
    key = land(lake, event("a", user_id=user), event("b", n=1, user_id=user))
    fold(lake, key, "id = md5('a')::UUID")
    land(lake, event("c", receipt="r2", user_id=user))

    for table in ("path", "days", "activity"):
        plan = Plan({table: None}, DAY, DAY)
        rows = "sum(rows)" if table == "activity" else "count(*)"
        expected = 1 + 1 if table == "days" else 3
        assert ask(lake, plan, f"SELECT {rows} FROM {table}") == [(expected,)]


def test_a_row_counted_twice_would_be_seen(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """The harness: without the look into the files, what is in both is counted twice."""
    fold(lake, land(lake, event("a")), "true")
    monkeypatch.setattr(fresh, "settle", without_a_look)

    assert ask(lake, Plan({"path": None}), "SELECT count(*) FROM path") == [(2,)]


def test_an_event_of_a_day_that_was_written_anew_is_known_by_the_new_file(lake: Lake) -> None:
    key = land(lake, event("a"))
    fold(lake, key, "true", but=[DAY])

    assert ask(lake, Plan({"path": None}), "SELECT count(*) FROM path") == [(1,)]


def test_only_days_that_are_asked_for_are_laid_over(lake: Lake) -> None:
    land(lake, event("a"), event("b", time=NOW - 3 * DAY_MS), event("c", time=NOW - DAY_MS))
    first = times.day(NOW - 3 * DAY_MS)

    plan = Plan({"totals": None, "days": None}, first, times.day(NOW - DAY_MS))

    assert ask(lake, plan, "SELECT sum(events) FROM totals") == [(2,)]
    assert ask(lake, plan, "SELECT count(*) FROM days") == [(2,)]


def test_what_was_seen_is_of_all_time_whatever_the_span(lake: Lake) -> None:
    land(lake, event("a"), event("b", time=NOW - 300 * DAY_MS))
    plan = Plan({"seen": None, "days": None}, DAY, DAY)

    with lake.reader().open(TENANT, plan) as opened:
        assert opened.rows("SELECT sum(rows) FROM seen") == [(2,)]
        assert opened.rows("SELECT count(*) FROM days") == [(1,)]


@pytest.mark.parametrize("asked", [None, ("user_id", "rows")])
def test_what_a_run_has_published_is_seen_before_it_is_folded(
    lake: Lake, asked: tuple[str, ...] | None
) -> None:
    fold(lake, land(lake, event("a")), "true")
    lake.publish("seen", "", "", SEEN)
    plan = Plan({"seen": asked})
    assert ask(lake, plan, "SELECT sum(rows) FROM seen") == [(1,)]
    assert "activity" not in {key.split("/")[0] for key in lake.lake.fetched}

    # The next run has published its day, and died before it came to what was seen.
    key = land(lake, event("b", time=NOW - DAY_MS, user_id="u2"))
    fold(lake, key, "true", day=times.day(NOW - DAY_MS))

    answer = ask(lake, plan, "SELECT user_id, sum(rows) FROM seen GROUP BY ALL ORDER BY ALL")
    assert answer == [("u1", 1), ("u2", 1)]


def test_properties_are_columns_of_what_is_fresh_too(lake: Lake) -> None:
    land(lake, event("a", properties={"plan": "pro", "n": 1.5}), event("b", n=1))
    plan = Plan({"props": ("p:plan", "p:n")})

    answer = ask(lake, plan, 'SELECT "p:plan", "p:n" FROM props ORDER BY ALL')

    assert answer == [("pro", "1.5"), (None, None)]


def test_beyond_a_bound_the_newest_are_in_and_the_answer_says_until_when_all_is(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "OBJECTS", 3)
    for number in range(5):
        lake.clock.now = NOW + number * HOUR_MS
        land(lake, event(str(number), receipt=str(number)))

    with lake.reader().open(TENANT, Plan({"events": ("id",)})) as opened:
        assert opened.rows("SELECT count(*) FROM events") == [(3,)]
        assert opened.complete_until == THIS_HOUR


def test_large_objects_are_bounded_by_their_bytes() -> None:
    half = standing.BYTES // 2
    objects = [
        LandingObject(f"k{hour}", f"2027-01-15T0{hour}", b"", {}, size)
        for hour, size in enumerate([1, half, half + 1, half])
    ]

    unread = standing.newest(objects, NOW)

    assert [landing.key for landing in unread.objects] == ["k3"]
    assert unread.until == times.start_of_hour("2027-01-15T00")


def test_rows_that_wait_to_be_folded_make_an_answer_incomplete(lake: Lake) -> None:
    month = lake.month(DAY[:7])
    month.staged.append(Staged("staged/x", 5, "2027-01-03", "2027-01-05", NOW - DAY_MS))
    lake.put(month)

    def open_(first: str, last: str) -> tuple[int, bool]:
        with lake.reader().open(TENANT, Plan({"days": None}, first, last)) as opened:
            return opened.complete_until, opened.provisional

    assert open_("2027-01-05", "2027-01-31") == (NOW - DAY_MS, True)
    assert open_("2027-01-06", "2027-01-31") == (NOW, False)


def event(id: str, **fields: Any) -> Landed:
    known: dict[str, Any] = {
        "time": NOW,
        "received": NOW,
        "receipt": "r1",
        "source": "s",
        "verdict": Verdict.STORED,
        "action": "a",
        "user_id": "u1",
    }
    hashed = md5(id.encode(), usedforsecurity=False).hexdigest()
    return Landed(id=hashed, **(known | {"n": ord(id[0])} | fields))


def refused() -> Landed:
    return event("x", verdict=Verdict.REJECTED, code="invalid_json", n=7)


def ignored() -> Landed:
    return event("y", verdict=Verdict.IGNORED, code="bot", n=8)


def land(lake: Lake, *records: Landed) -> str:
    """The key of an object of these records."""
    before = set(lake.lake.objects)
    names = [str(next(lake.numbers))]
    lake.lake.put_landing(TENANT, list(records), lake.clock.now, names, Counter())
    (key,) = lake.lake.objects.keys() - before
    return key


def fold(lake: Lake, key: str, where: str, but: list[str] | None = None, day: str = DAY) -> None:
    """What a run does to some rows of an object, up to the mark; `but` in an older file of them."""
    path = lake.folder / "landed"
    path.write_bytes(lake.lake.objects[key])
    columns = ", ".join(tables.EVENTS)
    events = f"(SELECT {columns} FROM ({landed.select([path])}) WHERE {where})"
    if but:
        lake.publish("events", "2027-01-01", "2027-01-31", events, but=but)
        lake.publish("events", DAY, DAY, f"(FROM {events} WHERE false)")
    else:
        lake.publish("events", day, day, events)
        lake.derive(day, day, events, ("path", "days", "activity"))


def without_a_look(db: Any, _known: str) -> None:
    settle(db, "SELECT NULL::UUID AS id, NULL::BIGINT AS time WHERE false")


def ask(lake: Lake, plan: Plan, sql: str) -> list[tuple[Any, ...]]:
    with lake.reader().open(TENANT, plan) as opened:
        return opened.rows(sql)

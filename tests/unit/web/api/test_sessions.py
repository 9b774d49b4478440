"""Sessions over the API: when each began and ended, and what ended it."""

from typing import Any

import msgspec
import pytest

from tests.fakes import FakeReader, FakeTenants
from tests.unit.insights import activity_world
from waypost.errors import BadCursor, BadQuery
from waypost.insights.ports import QuestionStores
from waypost.times import iso
from waypost.web import csv_answers
from waypost.web.api import sessions
from waypost.web.api.sessions import SessionAnswer, SessionsAnswer
from waypost.web.asking import Parameters

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
MINUTE = 60_000


def did(action: str, minutes_ago: float, session: str = "s1", **more: Any) -> dict[str, Any]:
    time = NOW - int(minutes_ago * MINUTE)
    row = {"time": time, "user_id": "u2", "action": action, "session": session, "count": 1}
    return row | more


def used(minutes_ago: float, active_ms: int, session: str = "s1") -> dict[str, Any]:
    """A report of time, as it stands in the lake."""
    return did("sessionSync", minutes_ago, session, count=0, active_ms=active_ms)


def lake(*rows: dict[str, Any]) -> FakeReader:
    reader = activity_world.reader(context=[{"active_ms": 0, **row} for row in rows])
    reader.complete_until = NOW
    return reader


def ask(reader: FakeReader, **given: str) -> SessionsAnswer:
    parameters = Parameters({name.rstrip("_"): [value] for name, value in given.items()})
    return sessions.answer("t", parameters, QuestionStores(FakeTenants(), reader, lambda: NOW))


def listed(reader: FakeReader, **given: str) -> list[str]:
    return [each.session for each in ask(reader, **given).sessions]


def only(reader: FakeReader, **given: str) -> SessionAnswer:
    (session,) = ask(reader, **given).sessions
    return session


def test_a_session_is_told_from_its_first_event_to_its_last() -> None:
    world = lake(
        did("login", 100, company_id="acme"),
        did("Search", 90, count=3, company_id="acme"),
        used(85, 15_000),
        used(80, 14_000),
    )

    assert msgspec.to_builtins(only(world)) == {
        "session": "s1",
        "user": "u2",
        "user_name": "Ann",
        "account": "acme",
        "account_name": "Acme Inc",
        "start": "2026-11-20T10:20:00.000Z",
        "end": "2026-11-20T10:40:00.000Z",
        "seconds": 1200.0,
        "active_seconds": 29.0,
        "events": 4,
        "closed_by": "silence",
    }


@pytest.mark.parametrize(
    "end", ["session.end", "sessionEnd", "logout", "client.logout", "Logged out", "Signed Out"]
)
def test_what_the_browser_ended_is_ended_at_once(end: str) -> None:
    assert only(lake(did("a", 9), did(end, 1))).closed_by == "browser"


def test_a_tab_that_is_closed_for_good_gets_an_end_after_half_an_hour_of_silence() -> None:
    world = lake(did("page.visit", 80), did("page.visit", 30), did("page.visit", 29, "open"))

    assert [(each.session, each.closed_by) for each in ask(world).sessions] == [
        ("open", None),
        ("s1", "silence"),
    ]
    assert ask(world).sessions[1].end == iso(NOW - 30 * MINUTE)


def test_a_report_of_time_is_a_sign_of_life() -> None:
    assert only(lake(did("a", 60), used(5, 15_000))).closed_by is None


def test_what_goes_on_behind_an_end_is_not_ended_by_it() -> None:
    assert only(lake(did("logout", 20), did("a", 10))).closed_by is None


def test_an_end_counts_though_its_clock_was_corrected_apart() -> None:
    assert only(lake(did("session.end", 10), did("a", 9.9))).closed_by == "browser"


def test_a_feature_that_is_called_logout_ends_nothing() -> None:
    assert only(lake(did("logout", 1, feature="logout"))).closed_by is None


def test_nobody_knows_silence_of_what_has_not_arrived() -> None:
    world = lake(did("a", 60))
    world.complete_until = NOW - 40 * MINUTE

    assert only(world).closed_by is None


def test_a_session_over_midnight_and_the_end_of_a_month_is_one() -> None:
    midnight = 1_793_491_200_000  # 2026-11-01T00:00:00Z
    minutes = (NOW - midnight) // MINUTE
    world = lake(did("a", minutes + 10), did("b", minutes - 10))

    before, behind = {"to": "2026-11-01"}, {"from_": "2026-11-01"}
    assert only(world, **before).seconds == only(world).seconds == 1200
    assert listed(world, **behind) == []


def test_whoever_turned_out_to_be_another_has_one_session() -> None:
    session = only(lake(did("a", 9, user_id="u1"), did("b", 1, user_id="u2")))

    assert (session.user, session.events) == ("u2", 2)


def test_two_people_with_one_session_id_have_two_sessions() -> None:
    world = lake(did("a", 9), did("a", 1, user_id="other"), did("a", 1, user_id=None))

    assert [each.user for each in ask(world).sessions] == ["other", None, "u2"]


def test_sessions_are_asked_by_user_account_and_span() -> None:
    world = lake(
        did("a", 1),
        did("a", 2, "of acme", company_id="acme", user_id="u9"),
        did("a", 3 * 24 * 60, "old"),
        did("a", 31 * 24 * 60, "older"),
        did("a", 3) | {"session": None},
    )

    assert listed(world) == ["s1", "of acme", "old"]
    assert listed(world, user="ann@acme.com") == ["s1", "old"]
    assert listed(world, account="acme") == ["of acme"]
    assert listed(world, from_="2026-11-15", to="2026-11-19") == ["old"]
    assert listed(world, last="1y") == ["s1", "of acme", "old", "older"]


@pytest.mark.parametrize("name", ["usr", "action", "closed_by"])
def test_what_sessions_are_not_asked_by_is_refused(name: str) -> None:
    with pytest.raises(BadQuery) as refused:
        ask(lake(), **{name: "x"})

    assert refused.value.body()["field"] == name


def test_pages_follow_one_another_and_tell_how_many_there_are() -> None:
    world = lake(*(did("a", n // 2, f"s{n}", user_id=f"u{n % 3}") for n in range(7)))
    shown: list[str] = []
    cursor = ""

    while True:
        page = ask(world, limit="2", cursor=cursor)
        assert page.total == 7
        shown += [each.session for each in page.sessions]
        if (cursor := page.next or "") == "":
            break

    assert shown == ["s1", "s0", "s3", "s2", "s5", "s4", "s6"]


def test_a_page_of_nothing_is_empty() -> None:
    page = ask(lake())

    assert (page.sessions, page.total, page.next) == ([], 0, None)


def test_a_cursor_that_no_page_gave_out_is_refused() -> None:
    with pytest.raises(BadCursor):
        ask(lake(), cursor="eyJhdCI6ImUifQ")


def test_only_the_months_that_are_asked_for_are_read() -> None:
    world = lake(did("a", 1))

    ask(world, from_="2026-11-10", to="2026-11-12")

    plan = world.plans[0][1]
    assert (plan.first, plan.last) == ("2026-11-09", "2026-11-12")


def test_csv_is_the_sessions() -> None:
    header, row = csv_answers.text([ask(lake(did("a", 1)))]).splitlines()

    assert header.startswith("session,user,user_name,account,account_name,start,end,seconds,")
    assert row.startswith("s1,u2,Ann,silver ltd,,2026-11-20")

"""Sessions that nobody ended are ended by the hourly job, as the browser would have."""

from typing import Any

import pytest

from tests import fakes
from tests.unit.insights import activity_world
from waypost.errors import TooLong
from waypost.event import Event
from waypost.ingest import intake, session_ends
from waypost.ingest.reception import Reception
from waypost.ingest.session_ends import EndStores
from waypost.sources import planhat
from waypost.tenants import Rule, Tenant

NOW = activity_world.DAY + 12 * 3_600_000
MINUTE = 60_000


def did(action: str, minutes_ago: int, session: str = "s1", **more: Any) -> dict[str, Any]:
    row = {"time": NOW - minutes_ago * MINUTE, "user_id": "u2", "action": action}
    return row | {"session": session, "source": "planhat", "count": 1} | more


class World:
    """A tenant with some activity, and what its hourly job sends on."""

    def __init__(self, *rows: dict[str, Any], rules: tuple[Rule, ...] = ()) -> None:
        self.reader = activity_world.reader(context=list(rows))
        self.reader.complete_until = NOW
        self.outbox = fakes.FakeOutbox()
        tenants = fakes.FakeTenants(t1=Tenant("t1", rules=rules))
        rows_shown = fakes.FakeRows()
        clock = fakes.FixedClock(NOW)
        self.stores = EndStores(tenants, self.reader, self.outbox, rows_shown, clock)

    def ended(self) -> list[Event]:
        session_ends.end_silent("t1", self.stores)
        messages = [self.outbox.read(body) for _, body in self.outbox.sent]
        assert {message.source for message in messages} <= {"planhat"}
        return [event for message in messages for event in message.events]


BEGAN, USED = did("session.start", 50), did("page.visit", 40)


def test_a_session_silent_for_half_an_hour_is_ended_at_its_last_activity() -> None:
    (end,) = World(BEGAN, USED).ended()

    told = (end.action, end.label, end.session, end.time)
    assert told == ("session.end", "Session end", "s1", NOW - 40 * MINUTE)
    assert (end.external_id, end.email) == ("x2", "ann@acme.com")


def test_the_browser_that_tells_it_after_all_tells_the_same_event() -> None:
    (end,) = World(BEGAN, USED).ended()
    item = b"""[{"externalId":"x2","action":"session.end","session":"s1","messageId":"s1:end"}]"""
    batch = planhat.parse(item, NOW)
    world = World()
    reception = Reception(Tenant("t1"), "r", "planhat", NOW)
    ids = intake.identifier(reception, "r")
    intake.accept(batch, reception, ids, outbox=world.outbox, rows=world.stores.rows)
    ((_, body),) = world.outbox.sent
    (told,) = world.outbox.read(body).events

    assert (told.id, told.overwrites, end.overwrites) == (end.id, True, True)


@pytest.mark.parametrize(
    "rows",
    [
        (BEGAN, did("page.visit", 29)),
        (BEGAN, did("sessionSync", 20, count=0), USED),
        (BEGAN, USED, did("session.end", 40)),
        (USED,),
        (did("session.start", 50, source="segment"), did("page.visit", 40, source="segment")),
        (did("session.start", 50, user_id=None),),
        (did("session.start", 50, user_id="removed"),),
        (did("session.start", 25 * 60),),
    ],
    ids=["goes on", "is in use", "was ended", "no start", "other sender", "nobody", "gone", "old"],
)
def test_other_sessions_are_left_as_they_are(rows: tuple[dict[str, Any], ...]) -> None:
    assert World(*rows).ended() == []


def test_what_has_not_been_looked_at_may_still_be_activity() -> None:
    world = World(BEGAN, USED)
    world.reader.complete_until = NOW - 15 * MINUTE

    assert world.ended() == []


def test_a_visitor_without_a_name_ends_under_the_anonymous_id() -> None:
    (end,) = World(did("session.start", 50, user_id="u1")).ended()

    assert (end.external_id, end.email, end.anonymous_id) == (None, None, "a1")


def test_an_end_that_a_rule_leaves_out_is_not_made() -> None:
    assert World(BEGAN, USED, rules=(Rule(deny=("session.*",)),)).ended() == []


def test_more_than_there_is_time_for_is_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World(BEGAN, USED)

    def refuse(*_: object) -> None:
        raise TooLong("this question reads more of the lake than an answer has time for")

    monkeypatch.setattr(world.reader, "open", refuse)

    assert world.ended() == []


def test_a_tenant_that_is_gone_has_nothing_to_end() -> None:
    assert session_ends.end_silent("t9", World(BEGAN).stores).processed == 0

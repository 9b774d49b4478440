"""Events over the API: the live feed, an account's, a user's; page by page and for polling."""

from typing import Any

import msgspec
import pytest

from tests.fakes import FakeDirectory, FakeFeed, FakeLake, FakeMetrics, FakeRows, FakeTenants
from waypost.errors import BadQuery, NotFound
from waypost.event import Event, Verdict
from waypost.insights.feed import Page
from waypost.insights.ports import EventStores
from waypost.lake.archive import Archive
from waypost.lake.records import Landed
from waypost.profiles.directory import User
from waypost.tenants import Tenant
from waypost.web.api.events import events

TENANT = Tenant("t-1")
NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z


class World:
    """Feeds, rows and users; nothing in the lake yet."""

    def __init__(self) -> None:
        self.directory, self.feed, self.rows = FakeDirectory(), FakeFeed(), FakeRows()
        self.stores = EventStores(
            tenants=FakeTenants({TENANT.id: TENANT}),
            directory=self.directory,
            rows=self.rows,
            feed=self.feed,
            archive=Archive(FakeLake(), FakeMetrics()),
            clock=lambda: NOW,
        )

    def arrive(self, at: int, *records: Landed) -> None:
        self.feed.put(TENANT, list(records), NOW + at, [str(at)])

    def ask(self, **query: str) -> Page:
        return events(TENANT.id, query, self.stores)


@pytest.fixture
def world() -> World:
    return World()


def landed(id: str, **fields: Any) -> Landed:
    known: dict[str, Any] = {"time": NOW, "action": "Did", "received": NOW + 1, "source": "planhat"}
    return Landed(id=id, receipt="r", verdict=Verdict.STORED, **(known | fields))


def ids(page: Page) -> list[str]:
    return [event.id for event in page.events]


def test_a_landed_event_is_answered_with_its_user_and_what_became_of_it(world: World) -> None:
    record = landed(
        "e1", email="ann@acme.com", user_id="u1", account_id="acme", reason="named", page="/x",
        active_ms=5, confidence=1.0, properties={"plan": "pro"},
    )  # fmt: skip
    world.arrive(0, record)

    (event,) = world.ask().events

    assert msgspec.json.encode(event) == (
        b'{"id":"e1","time":"2026-11-20T12:00:00.000Z","received":"2026-11-20T12:00:00.001Z",'
        b'"action":"Did","label":null,"weight":1.0,"count":1,"user":{"id":"u1",'
        b'"external_id":null,"email":"ann@acme.com","anonymous_id":null,"name":null},'
        b'"account_id":"acme","page":"/x","active_ms":5,"verdict":"stored","reason":"named",'
        b'"confidence":1.0,"info":{"plan":"pro"},"source":"planhat"}'
    )


def test_a_users_event_is_answered_where_the_user_is_now(world: World) -> None:
    ann = User("u1", external_id="ann", name="Ann", account_id="acme", reason="moved")
    world.directory.add(TENANT.id, ann)
    world.rows.claim(TENANT, [("r", Event(id="e1", time=NOW, action="Did", external_id="ann"))])

    (event,) = world.ask(user="ann").events

    assert msgspec.json.encode(event) == (
        b'{"id":"e1","time":"2026-11-20T12:00:00.000Z","action":"Did","label":null,"weight":1.0,'
        b'"count":1,"user":{"id":"u1","external_id":"ann","email":null,"anonymous_id":null,'
        b'"name":"Ann"},"account_id":"acme","reason":"moved","confidence":0.0,"info":null}'
    )


def test_pages_follow_each_other_and_no_event_comes_twice(world: World) -> None:
    world.arrive(0, landed("a", time=NOW - 3), landed("b", time=NOW - 2))
    world.arrive(1, landed("c", time=NOW - 1))

    first = world.ask(limit="2")
    rest = world.ask(limit="2", cursor=str(first.next))

    assert (ids(first), ids(rest), rest.next) == (["c", "b"], ["a"], None)


def test_an_account_sees_its_own_events(world: World) -> None:
    world.arrive(0, landed("a", account_id="acme"), landed("b", account_id="other"), landed("c"))

    assert ids(world.ask(account="acme")) == ["a"]


def test_who_polls_gets_what_is_new_oldest_first(world: World) -> None:
    world.arrive(0, landed("a"))
    beginning = world.ask(after="0")
    world.arrive(1, landed("b"))
    world.arrive(2, landed("c"))

    later = world.ask(after=str(beginning.latest))

    assert (ids(beginning), ids(later)) == (["a"], ["b", "c"])
    assert ids(world.ask(after=str(later.latest))) == []


def test_a_user_of_nobody_and_a_cursor_of_nobody_are_refused(world: World) -> None:
    with pytest.raises(NotFound):
        world.ask(user="nobody")
    with pytest.raises(BadQuery):
        world.ask(cursor="!")
    with pytest.raises(BadQuery):
        world.ask(limit="501")

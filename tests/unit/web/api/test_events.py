"""Events over the API: the live feed, an account's, a user's; page by page and for polling."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.asking import asked
from tests.fakes import FakeDirectory, FakeFeed, FakeReader, FakeRows, FakeTenants
from waypost.errors import BadCursor, BadQuery, NotFound
from waypost.event import Verdict
from waypost.insights.feed import Page
from waypost.insights.ports import EventStores
from waypost.lake.records import Landed
from waypost.profiles.directory import Account, User
from waypost.tenants import Tenant
from waypost.web.api.events import events

TENANT = Tenant("t-1")
NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
ANN = User("u1", external_id="ann", name="Ann", account_id="acme", reason="moved", confidence=0.5)


class World:
    """Feeds and people; in the lake what `lake` is told."""

    def __init__(self) -> None:
        self.directory, self.feed, self.reader = FakeDirectory(), FakeFeed(), FakeReader()
        self.reader.complete_until = NOW
        self.stores = EventStores(
            tenants=FakeTenants({TENANT.id: TENANT}),
            directory=self.directory,
            rows=FakeRows(),
            feed=self.feed,
            reader=self.reader,
            clock=lambda: NOW,
        )

    def arrive(self, at: int, *records: Landed) -> None:
        self.feed.put(TENANT, list(records), NOW + at, [str(at)])

    def lake(self, id: str, time: int, **fields: Any) -> None:
        """An event of Ann's in the lake, with the rows that tell of it."""
        given = {"user_id": "u1", "company_id": fields.get("company_id")}
        day = "2026-11-20"
        rows: dict[str, dict[str, Any]] = {
            "events": {"time": time, "id": UUID(id), "action": "Did", "weight": 1.0, "count": 1,
                       "active_ms": 0, "module_ms": 0, "source": "natero", "received": time,
                       **given, **fields},
            "days": {"day": day, **given},
            "seen": {"first": time, "last": time, "rows": 1, **given},
        }  # fmt: skip
        for table, row in rows.items():
            self.reader.tables.setdefault(table, []).append(row)

    def ask(self, **query: Any) -> Page:
        return events(TENANT.id, asked(**query), self.stores)


@pytest.fixture
def world() -> World:
    world = World()
    world.directory.add(TENANT.id, msgspec.structs.replace(ANN), Account("acme"))
    return world


def landed(id: str, **fields: Any) -> Landed:
    known: dict[str, Any] = {"time": NOW, "action": "Did", "received": NOW + 1, "source": "planhat"}
    return Landed(id=id, receipt="r", verdict=Verdict.STORED, **(known | fields))


def ids(page: Page) -> list[str]:
    return [event.id for event in page.events]


def test_a_landed_event_is_answered_with_its_user_as_it_is_now(world: World) -> None:
    record = landed(
        "e1", email="old@acme.com", user_id="u1", company_id="nobody", page="/x", active_ms=5,
        properties={"plan": "pro"},
    )  # fmt: skip
    world.arrive(0, record)

    (event,) = world.ask().events

    assert msgspec.json.encode(event) == (
        b'{"id":"e1","time":"2026-11-20T12:00:00.000Z","received":"2026-11-20T12:00:00.001Z",'
        b'"action":"Did","label":null,"weight":1.0,"count":1,"user":{"id":"u1",'
        b'"external_id":"ann","email":null,"anonymous_id":null,"name":"Ann"},'
        b'"account_id":"acme","page":"/x","active_ms":5,"reason":"moved",'
        b'"confidence":0.5,"info":{"plan":"pro"},"source":"planhat"}'
    )


def test_an_event_of_the_lake_is_answered_the_same_way(world: World) -> None:
    world.lake("0f" * 16, NOW, properties='{"plan":"pro"}', module="m")
    world.reader.tables["who"] = [{"user_id": "u1", "person": "u1", "account": "acme"}]

    for page in (world.ask(user="ann"), world.ask(account="acme")):
        (event,) = page.events
        assert msgspec.json.encode(event) == (
            b'{"id":"0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f","time":"2026-11-20T12:00:00.000Z",'
            b'"received":"2026-11-20T12:00:00.000Z","action":"Did","label":null,"weight":1.0,'
            b'"count":1,"user":{"id":"u1","external_id":"ann","email":null,"anonymous_id":null,'
            b'"name":"Ann"},"account_id":"acme","module":"m","reason":"moved","confidence":0.5,'
            b'"info":{"plan":"pro"},"source":"natero"}'
        )
        assert (page.next, page.complete_until) == (None, "2026-11-20T12:00:00.000Z")


def test_pages_of_a_user_follow_each_other(world: World) -> None:
    for number in range(5):
        world.lake(f"{number:032x}", NOW - number // 2)

    first = world.ask(user="u1", limit="3")
    rest = world.ask(user="u1", limit="3", cursor=str(first.next))

    assert [int(id, 16) for id in ids(first) + ids(rest)] == [1, 0, 3, 2, 4]
    assert rest.next is None


def test_an_account_that_is_not_there_has_no_events(world: World) -> None:
    world.lake("0f" * 16, NOW, company_id="nobody")

    assert world.ask(account="nobody").events == []
    assert world.ask(account="x" * 1100).events == []


def test_who_was_merged_shows_the_events_of_the_person(world: World) -> None:
    world.directory.add(TENANT.id, User("u0", anonymous_id="a", merged_into="u1"))
    world.lake("0f" * 16, NOW)

    assert ids(world.ask(user="u0")) == ["0f" * 16]


def test_a_user_of_nobody_and_a_cursor_of_nobody_are_refused(world: World) -> None:
    with pytest.raises(NotFound):
        world.ask(user="nobody")
    with pytest.raises(BadCursor):
        world.ask(cursor="!")
    with pytest.raises(BadCursor):
        world.ask(after="!")
    with pytest.raises(BadQuery):
        world.ask(limit="501")


def test_a_cursor_of_the_live_feed_is_none_of_an_account(world: World) -> None:
    world.arrive(0, landed("a", user_id="u1"), landed("b", user_id="u1"))
    live = world.ask(limit="1")

    for query in ({"account": "acme"}, {"user": "u1"}):
        with pytest.raises(BadCursor):
            world.ask(cursor=str(live.next), **query)
    with pytest.raises(BadCursor):
        world.ask(after=str(live.next))
    with pytest.raises(BadCursor):
        world.ask(cursor=str(live.latest))


def test_the_live_feed_is_narrowed_and_told_so_far_back_as_the_lake_goes(world: World) -> None:
    world.lake("0f" * 16, NOW, module="m", properties='{"plan":"pro"}')
    world.reader.tables["totals_day"] = [{"day": "2026-11-20", "action": "Did", "source": "natero"}]

    page = world.ask(module="m", **{"info.plan": "pro"})

    assert (ids(page), page.next) == (["0f" * 16], None)
    assert page.complete_until == "2026-11-20T12:00:00.000Z"
    assert world.ask(action="Left").events == []


@pytest.mark.parametrize(
    ("query", "field", "remedy"),
    [
        ({"acount": "acme"}, "acount", "did you mean account?"),
        ({"actoin": "Did"}, "actoin", "did you mean action?"),
        ({"from": "nonsense"}, "from", "is not a date"),
        ({"to": "2026-02-30"}, "to", "there is no"),
        ({"filter": "plan=pro"}, "filter", "info.plan"),
        ({"explain": "true"}, "explain", ""),
        ({"after": "0", "account": "acme"}, "account", ""),
        ({"limit": "abc"}, "limit", "whole number"),
    ],
)
def test_what_a_feed_does_not_understand_is_refused_by_name(
    world: World, query: dict[str, str], field: str, remedy: str
) -> None:
    with pytest.raises(BadQuery) as refusal:
        world.ask(**query)

    assert refusal.value.extra["field"] == field
    assert remedy in refusal.value.message

"""A user's feed: many browsers, the newest first, a bounded page, and the lake behind them."""

from collections.abc import Iterable
from typing import Any

import pytest

from tests.fakes import FakeDirectory, FakeFeed, FakeRows, FakeTenants
from waypost.event import Event, Verdict
from waypost.insights import feed, user_feed
from waypost.insights.feed import Page
from waypost.insights.ports import EventStores
from waypost.lake.records import Landed
from waypost.profiles import resolution
from waypost.profiles.directory import User
from waypost.tenants import Tenant
from waypost.times import DAY_MS, day

TENANT = Tenant("t-1")
NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
EDGE = NOW - 90 * DAY_MS
KEYS = 25  # of one group
GROUPS = 2  # of one page


class Lake:
    """Published events in memory."""

    def __init__(self) -> None:
        self.records: list[Landed] = []

    def events(
        self,
        tenant: str,  # noqa: ARG002 - there is one
        *,
        before: tuple[str, int, str],
        limit: int,
        account: str | None = None,  # noqa: ARG002 - a user's feed asks for users
        users: list[str] | None = None,
    ) -> list[Landed]:
        mine = [one for one in self.records if users is not None and one.user_id in users]
        older = [one for one in mine if (day(one.time), one.time, one.id) < before]
        return sorted(older, key=lambda one: (one.time, one.id), reverse=True)[:limit]


class World:
    """Ann, who comes with one browser after the other."""

    def __init__(self) -> None:
        self.directory, self.rows, self.lake = FakeDirectory(), FakeRows(), Lake()
        self.stores = EventStores(
            tenants=FakeTenants({TENANT.id: TENANT}),
            directory=self.directory,
            rows=self.rows,
            feed=FakeFeed(),
            archive=self.lake,
            clock=lambda: NOW,
        )

    @property
    def ann(self) -> User:
        user = self.directory.user_at(TENANT.id, "x:ann")
        assert user is not None
        return user

    def resolve(self, events: Iterable[Event]) -> None:
        events = list(events)
        view = self.directory.view(TENANT, events)
        for event in events:
            resolution.resolve(event, view, TENANT, NOW)
        assert not self.directory.commit(TENANT.id, view.change)

    def browsers(self, count: int) -> None:
        """Browser 0 is in the record, the others are further keys; the last is the newest."""
        self.resolve(
            Event(time=NOW + n, action="Came", external_id="ann", anonymous_id=str(n))
            for n in range(count)
        )

    def did(self, id: str, time: int, **who: Any) -> None:
        event = Event(id=id, time=time, action="Did", **who)
        self.rows.claim(TENANT, [("r", event)])

    def ask(self, cursor: str | None = None, limit: int = 100) -> Page:
        at = feed.cursor(cursor)
        return user_feed.of_user(TENANT.id, self.ann, at, limit, edge=EDGE, stores=self.stores)

    def pages(self, limit: int) -> list[list[str]]:
        """The ids of every page until one is the last."""
        page = self.ask(limit=limit)
        pages = [ids(page)]
        while page.next is not None:
            page = self.ask(page.next, limit)
            pages.append(ids(page))
            assert len(pages) < 1000, "a cursor leads back"
        return pages


@pytest.fixture
def world() -> World:
    return World()


def ids(page: Page) -> list[str]:
    return [event.id for event in page.events]


def landed(id: str, time: int, user: str) -> Landed:
    return Landed(
        id=id, time=time, action="Did", received=time, source="planhat", receipt="r",
        verdict=Verdict.STORED, user_id=user,
    )  # fmt: skip


@pytest.mark.parametrize("limit", [1, 3, 7, 100, 500])
def test_pages_hold_every_event_once_whatever_their_limit(world: World, limit: int) -> None:
    world.browsers(130)
    for n in range(130):
        world.did(f"b{n}", NOW - n % 5, anonymous_id=str(n))
        world.did(f"b{n}-again", NOW - 9, anonymous_id=str(n))
    world.did("named", NOW, external_id="ann")
    world.lake.records = [landed("old", EDGE - 5, world.ann.id)]

    shown = [id for page in world.pages(limit) for id in page]

    both = [f"b{n}{again}" for n in range(130) for again in ("", "-again")]
    assert sorted(shown) == sorted([*both, "named", "old"])


def test_the_newest_browsers_come_first_and_each_group_newest_first(world: World) -> None:
    world.browsers(60)
    for n in range(1, 60):
        world.did(f"b{n}", NOW - n, anonymous_id=str(n))
    world.did("named", NOW - 1000, external_id="ann")

    pages = world.pages(100)

    # The first group has the keys of the record too; those behind it are older browsers.
    newest, older, oldest = (
        [f"b{n}" for n in range(*ends)] for ends in ((35, 60), (10, 35), (1, 10))
    )
    assert pages == [[*newest, "named"], older, oldest]


def test_a_user_of_few_browsers_has_them_and_the_lake_on_one_page(world: World) -> None:
    world.browsers(20)
    world.did("hot", NOW, anonymous_id="19")
    world.lake.records = [landed("old", EDGE - 5, world.ann.id)]

    assert world.pages(100) == [["hot", "old"]]


def test_a_page_that_met_only_empty_groups_goes_on(world: World) -> None:
    world.browsers(1 + KEYS * (GROUPS + 1))
    world.did("oldest", NOW, anonymous_id="1")

    first = world.ask()
    rest = world.ask(first.next)

    assert (ids(first), ids(rest)) == ([], ["oldest"])


def test_a_user_of_exactly_one_page_of_groups_comes_to_the_lake(world: World) -> None:
    world.browsers(1 + KEYS * GROUPS)
    world.lake.records = [landed("old", EDGE - 5, world.ann.id)]

    assert [id for page in world.pages(100) for id in page] == ["old"]


def test_the_cursor_goes_on_into_the_lake_and_through_it(world: World) -> None:
    world.browsers(30)
    world.did("hot", NOW, anonymous_id="29")
    world.lake.records = [landed(f"old{n}", EDGE - n, world.ann.id) for n in range(1, 6)]

    assert world.pages(2) == [["hot"], ["old1", "old2"], ["old3", "old4"], ["old5"]]


def test_what_a_merged_browser_did_long_ago_is_the_persons(world: World) -> None:
    world.resolve([Event(time=NOW, action="Came", anonymous_id="a1")])
    visitor = world.directory.user_at(TENANT.id, "a:a1")
    assert visitor is not None
    world.resolve([Event(time=NOW, action="Came", external_id="ann", email="ann@acme.com")])
    world.resolve([Event(time=NOW, action="Came", external_id="ann", anonymous_id="a1")])
    world.lake.records = [landed("old", EDGE - 5, visitor.id)]
    world.did("hot", NOW, anonymous_id="a1")

    assert world.pages(100) == [["hot", "old"]]


def test_rows_that_outlived_their_time_are_not_shown(world: World) -> None:
    world.browsers(60)
    for n in range(1, 60):
        world.did(f"gone{n}", EDGE - n, anonymous_id=str(n))
    world.did("edge", EDGE, anonymous_id="1")
    world.lake.records = [landed("gone5", EDGE - 5, world.ann.id)]

    assert [id for page in world.pages(3) for id in page] == ["edge", "gone5"]


def test_a_page_of_traits_alone_is_not_the_end(world: World) -> None:
    world.browsers(2)
    for n in range(3):
        traits = Event(id=f"t{n}", time=NOW - n, kind="identify", external_id="ann")
        world.rows.claim(TENANT, [("r", traits)])
    world.did("did", NOW - 9, external_id="ann")

    assert world.pages(2) == [[], ["did"], []]

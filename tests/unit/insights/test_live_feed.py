"""The live feed: pages back, polling forward, the names of now, and answers of a bounded size."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any
from uuid import UUID

import msgspec
import pytest

from tests.asking import asked
from tests.fakes import FakeDirectory, FakeFeed, FakeReader, FakeRows, FakeTenants
from waypost import answer_size
from waypost.event import Verdict
from waypost.insights import cursors, live_feed
from waypost.insights.cursors import Newer
from waypost.insights.feed import EventAnswer, Page
from waypost.insights.ports import EventStores
from waypost.lake.months import Month
from waypost.lake.records import Landed
from waypost.profiles.directory import Account, User
from waypost.tenants import Tenant
from waypost.times import DAY_MS, day
from waypost.web.api.events import events

TENANT = Tenant("t-1")
NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
EDGE = NOW - 90 * DAY_MS


class World:
    """Batches that arrive one after the other; nothing in the lake yet."""

    def __init__(self) -> None:
        self.directory, self.feed, self.reader = FakeDirectory(), FakeFeed(), FakeReader()
        self.now, self.batches = NOW, 0
        self.stores = EventStores(
            tenants=FakeTenants({TENANT.id: TENANT}),
            directory=self.directory,
            rows=FakeRows(),
            feed=self.feed,
            reader=self.reader,
            clock=lambda: self.now,
        )

    def arrive(self, *records: Landed, again: bool = False) -> None:
        self.batches += 1
        name = str(self.batches - again)
        self.feed.put(TENANT, list(records), NOW + self.batches, [name])

    def ask(self, **query: str) -> Page:
        return events(TENANT.id, asked(**query), self.stores)

    def back(self, **query: str) -> Iterator[Page]:
        page = self.ask(**query)
        yield page
        while page.next is not None:
            page = self.ask(**query, cursor=page.next)
            yield page

    def polled(self, after: str, **query: str) -> Iterator[Page]:
        """Answers until there is nothing new."""
        while (page := self.ask(**query, after=after)).events:
            yield page
            after = str(page.latest)


@pytest.fixture
def world() -> World:
    return World()


def landed(number: int, time: int = NOW, **fields: Any) -> Landed:
    known: dict[str, Any] = {"action": "Did", "received": NOW, "source": "planhat"}
    return Landed(
        id=f"{number:032x}", time=time, receipt="r", verdict=Verdict.STORED, **(known | fields)
    )


def numbers(*pages: Page) -> list[int]:
    return [int(event.id, 16) for page in pages for event in page.events]


def places(page: Page) -> list[tuple[str, str]]:
    return [(event.time, event.id) for event in page.events]


def batches(chance: Random, count: int) -> Iterator[list[Landed]]:
    numbers = iter(chance.sample(range(10**6), 10**4))
    for _ in range(count):
        yield [
            landed(next(numbers), NOW - chance.randrange(6)) for _ in range(chance.randrange(1, 9))
        ]


@pytest.mark.parametrize("limit", [1, 2, 5, 7, 500])
def test_pages_hold_every_event_once_and_each_is_newest_first(world: World, limit: int) -> None:
    arrived = list(batches(Random(limit), 12))
    for batch in arrived:
        world.arrive(*batch)

    pages = list(world.back(limit=str(limit)))

    assert sorted(numbers(*pages)) == sorted(int(one.id, 16) for batch in arrived for one in batch)
    assert all(places(page) == sorted(places(page), reverse=True) for page in pages)


def test_a_page_has_the_newest_arrivals(world: World) -> None:
    world.arrive(landed(1, NOW - 1), landed(2, NOW - 9))
    world.arrive(landed(3, NOW - 5))

    assert [numbers(page) for page in world.back(limit="1")] == [[3], [1], [2], []]


@pytest.mark.parametrize("limit", [1, 3, 500])
def test_who_polls_gets_every_event_once_oldest_first(world: World, limit: int) -> None:
    chance = Random(limit)
    shown: list[Page] = []
    expected: list[int] = []
    after = "0"
    for batch in batches(chance, 30):
        world.arrive(*batch)
        expected += [int(one.id, 16) for one in batch]
        if chance.random() < 0.3:
            shown += world.polled(after, limit=str(limit))
            after = str(shown[-1].latest)
    shown += world.polled(after, limit=str(limit))

    assert sorted(numbers(*shown)) == sorted(expected)
    assert all(len(page.events) <= limit for page in shown)
    assert all(places(page) == sorted(places(page)) for page in shown)


def test_who_begins_at_the_newest_page_goes_on_from_there(world: World) -> None:
    assert (world.ask().latest, world.ask(after="0").latest) == (None, "0")
    world.arrive(landed(1), landed(2))

    newest = world.ask(limit="1")
    older = world.ask(limit="1", cursor=str(newest.next))
    world.arrive(landed(3))

    assert numbers(world.ask(after=str(newest.latest))) == [3]
    assert older.latest is None


def test_nothing_new_leaves_the_callers_cursor(world: World) -> None:
    world.arrive(landed(1))
    latest = str(world.ask().latest)

    assert world.ask(after=latest).latest == latest
    # Nor is a batch read again of which all is known.
    assert cursors.read(latest, Newer) == Newer(next(world.feed.older(TENANT.id, None)).cursor)
    assert world.ask(after="0").latest == latest


def test_a_message_that_came_again_is_shown_once_on_a_page(world: World) -> None:
    world.arrive(landed(1))
    world.arrive(landed(1), again=True)

    assert numbers(world.ask()) == [1]
    assert numbers(world.ask(after="0")) == [1]


def test_who_was_away_catches_up_in_answers_of_a_bounded_size(world: World) -> None:
    text = '"\\' * 7_500
    for start in range(0, 600, 100):
        world.arrive(*(landed(start + n, properties={"text": text}) for n in range(100)))

    pages = list(world.polled("0"))
    back = list(world.back(limit="500"))

    for read in (pages, back):
        assert sorted(numbers(*read)) == list(range(600))
        assert len(read) > 2
        assert max(len(json.dumps(msgspec.json.encode(page).decode())) for page in read) < 4_600_000


@pytest.mark.parametrize("number", range(1, 5))
def test_what_arrives_while_a_batch_is_shown_in_parts_moves_no_page(
    world: World, number: int
) -> None:
    world.arrive(*(landed(n) for n in range(9)))
    back, forward = world.ask(limit=str(number)), world.ask(limit=str(number), after="0")
    world.arrive(*(landed(100 + n) for n in range(9)))

    rest_back = list(world.back(limit="500", cursor=str(back.next)))
    rest_forward = list(world.polled(str(forward.latest)))

    assert sorted(numbers(back, *rest_back)) == list(range(9))
    assert numbers(forward, *rest_forward) == [*range(9), *range(100, 109)]


def test_large_names_of_people_make_a_page_no_larger(world: World) -> None:
    for n in range(500):
        user = User(f"u{n}", name='"' * 512, anonymous_id=str(n) + '"' * 250)
        user.external_id = "\U0001f600" * 250 + str(n)
        world.directory.add(TENANT.id, user)
    world.arrive(
        *(landed(n, user_id=f"u{n}", properties={"text": "x" * 5_500}) for n in range(500))
    )

    pages = list(world.back(limit="500"))

    assert sorted(numbers(*pages)) == list(range(500))
    assert max(len(json.dumps(msgspec.json.encode(page).decode())) for page in pages) < 6_200_000


def test_fifty_thousand_events_are_no_answer_of_many_megabytes(world: World) -> None:
    for start in range(0, 50_000, 500):
        world.arrive(*(landed(start + n) for n in range(500)))

    assert numbers(world.ask(after="0")) == list(range(500))


def test_events_of_one_person_bear_one_name_whatever_they_carry(world: World) -> None:
    world.directory.add(
        TENANT.id,
        User("p", external_id="12345", email="peter@initech.com", name="Peter", account_id="abc"),
        User("b", anonymous_id="browser", merged_into="p"),
        Account("abc"),
        Account("xyz"),
    )
    world.arrive(
        landed(1, user_id="p", external_id="12345"),
        landed(2, user_id="p", email="old@initech.com", name="P."),
        landed(3, user_id="b", anonymous_id="browser", company_id="xyz"),
        landed(4, user_id="p", company_id="no such company"),
    )

    shown = world.ask().events

    names = {(one.user.id, one.user.name, one.user.external_id, one.user.email) for one in shown}
    assert names == {("p", "Peter", "12345", "peter@initech.com")}
    assert {int(one.id, 16): one.account_id for one in shown} == {
        1: "abc", 2: "abc", 3: "xyz", 4: "abc",
    }  # fmt: skip
    assert by_number(shown, 3).user.anonymous_id == "browser"


def by_number(shown: list[EventAnswer], number: int) -> EventAnswer:
    return next(one for one in shown if int(one.id, 16) == number)


def test_who_was_placed_or_removed_later_is_shown_as_it_is_now(world: World) -> None:
    world.directory.add(TENANT.id, User("u", name="Ann", reason="no_account"), Account("abc"))
    world.arrive(landed(1, user_id="u"), landed(2, user_id="gone", name="Bob", email="b@b.com"))
    assert by_number(world.ask().events, 1).account_id is None

    moved = FakeDirectory()
    moved.add(TENANT.id, User("u", name="Ann", account_id="abc", reason="moved"), Account("abc"))
    world.stores = EventStores(
        world.stores.tenants, moved, FakeRows(), world.feed, world.reader, world.stores.clock
    )

    shown = world.ask().events
    placed, removed = by_number(shown, 1), by_number(shown, 2)
    assert (placed.account_id, placed.reason) == ("abc", "moved")
    assert (removed.user.name, removed.user.email, removed.account_id) == (None, None, None)


def test_people_of_a_page_are_looked_up_together(world: World) -> None:
    world.directory.add(TENANT.id, *(User(f"u{n}") for n in range(300)))
    world.arrive(*(landed(n, user_id=f"u{n}") for n in range(300)))
    asked = []
    users_by_id = world.directory.users_by_id
    world.directory.users_by_id = lambda *ids: asked.append(ids) or users_by_id(*ids)  # type: ignore

    world.ask(limit="300")

    assert len(asked) == 1


def lie_in_the_lake(world: World, *records: Landed) -> None:
    """As the hourly job leaves them behind."""
    world.reader.manifests = [
        Month(name) for name in sorted({day(record.time)[:7] for record in records})
    ]
    world.reader.tables = {
        "events": [
            {"time": one.time, "id": UUID(one.id), "action": one.action, "weight": 1.0, "count": 1,
             "active_ms": 0, "module_ms": 0, "source": one.source, "received": one.received}
            for one in records
        ],
        "totals_day": [{"day": day(one.time), "source": one.source} for one in records],
    }  # fmt: skip


@pytest.mark.parametrize(("limit", "size"), [(1, 9999), (2, 9999), (3, 9999), (500, 9999), (9, 1)])
def test_behind_the_feed_lie_older_events_of_the_lake(
    world: World, monkeypatch: pytest.MonkeyPatch, limit: int, size: int
) -> None:
    monkeypatch.setattr(answer_size, "PAGE_BYTES", size)
    old = [landed(n, EDGE - n // 2 * DAY_MS - 1) for n in range(6)]
    recent = [landed(10, EDGE), landed(11, EDGE + 1)]
    world.arrive(recent[1], *old[:2])  # what is older than the edge is the lake's to show
    world.arrive(recent[0])
    lie_in_the_lake(world, *old, *recent)

    shown = numbers(*world.back(limit=str(limit)))

    assert (sorted(shown[:2]), shown[2:]) == ([10, 11], [1, 0, 3, 2, 5, 4])


def test_the_edge_stays_where_it_was_while_somebody_turns_pages(world: World) -> None:
    records = [landed(n, EDGE + n) for n in range(6)]
    for record in reversed(records):
        world.arrive(record)
    lie_in_the_lake(world, *records)
    shown = []
    for page in world.back(limit="2"):
        shown += numbers(page)
        world.now += 2

    assert shown == [1, 0, 3, 2, 5, 4]


def test_a_feed_without_old_months_asks_the_lake_nothing(world: World) -> None:
    lie_in_the_lake(world, landed(1, NOW))
    world.arrive(landed(1))

    assert numbers(*world.back()) == [1]
    assert world.reader.plans == []


@pytest.mark.parametrize("limit", [1, 2, 500])
def test_one_kind_of_sender_may_be_asked_for(world: World, limit: int) -> None:
    for n in range(10):
        world.arrive(landed(n, source="kinesin" if n % 3 else "planhat"))
    lie_in_the_lake(world, *(landed(20 + n, EDGE - 1, source="kinesin") for n in range(2)),
                    landed(30, EDGE - 2))  # fmt: skip

    pages = list(world.back(source="kinesin", limit=str(limit)))

    assert sorted(numbers(*pages)) == [1, 2, 4, 5, 7, 8, 20, 21]
    assert world.ask(source="nobody").events == []


def test_a_page_for_few_among_many_ends_in_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_feed, "_MOST_READ", 10)
    for n in range(30):
        world.arrive(landed(n, source="kinesin" if n in (0, 15) else "planhat"))

    pages = list(world.back(source="kinesin"))

    assert [numbers(page) for page in pages] == [[], [15], [0], []]


def test_a_cursor_that_leaves_out_the_rest_of_a_batch_is_seen(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    each = live_feed._each
    world.arrive(*(landed(n, NOW - n) for n in range(9)))
    items = list(world.feed.older(TENANT.id, None))
    monkeypatch.setattr(
        live_feed,
        "_each",
        lambda *asked: ((record, (items[0].cursor, 0)) for record, _ in each(*asked)),
    )

    assert numbers(*world.back(limit="2")) == [0, 1]

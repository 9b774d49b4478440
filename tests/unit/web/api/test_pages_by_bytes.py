"""Every list of the read API ends a page where its bytes are used up, and goes on behind it."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

import msgspec
import pytest

from functions.api import handler as api
from functions.records import handler as records
from tests.asking import asked
from tests.readers import BatchReader
from tests.unit.insights.test_live_feed import World as Feed
from tests.unit.insights.test_live_feed import landed, lie_in_the_lake
from tests.unit.web.api import test_sessions
from tests.unit.web.api.test_ledger import World as Ledger
from tests.unit.web.api.test_profiles import World as People
from waypost import answer_size
from waypost.event import Reject
from waypost.ingest.batches import LOADING, BatchRecord
from waypost.profiles.directory import Account, User
from waypost.sources import kinesin
from waypost.web import paging
from waypost.web.api import batches, profiles
from waypost.web.asking import Parameters

PAGE = 3_000
ROWS = 40
T = "t-1"
Page = dict[str, Any]
Ask = Callable[[Parameters], Any]


def feed() -> Ask:
    world = Feed()
    for start in range(0, ROWS, ROWS // 2):
        world.arrive(*(landed(start + n, label="x" * 300) for n in range(ROWS // 2)))
    return lambda parameters: world.ask(**_plain(parameters))


def older_events() -> Ask:
    """Those of the lake alone."""
    world = Feed()
    lie_in_the_lake(world, *(landed(n, 1_700_000_000_000 + n) for n in range(ROWS)))
    return lambda parameters: world.ask(**_plain(parameters))


def tracking() -> Ask:
    world = Feed()
    for n in range(ROWS):
        world.arrive(landed(n, source="kinesin", label="x" * 300))

    def ask(parameters: Parameters) -> Page:
        query = kinesin.paging(_plain(parameters))
        return kinesin.page(msgspec.to_builtins(world.ask(**query)))

    return ask


def _people(list_: Callable[..., Any]) -> Callable[[], Ask]:
    def world() -> Ask:
        world = People()
        for n in range(ROWS):
            traits = {"text": '"' * 300}
            world.add(Account(f"a{n:02d}", traits=traits), User(f"u{n:02d}", traits=traits))
        return lambda parameters: list_(T, parameters, world.stores)

    return world


def listed_batches() -> Ask:
    store = BatchReader()
    for n in range(ROWS):
        store.put(T, BatchRecord(f"b{n:02d}", "upload", LOADING, 5, name="x" * 300))
    return lambda parameters: batches.batches(T, parameters, store)


def ledger() -> Ask:
    world = Ledger()
    for message in range(2):
        codes = [f"c{n}" for n in range(message, ROWS, 2)]
        world.refuse(f"r{message}", *(Reject(0, code, "why", payload="x" * 300) for code in codes))
    return lambda parameters: world.ask(**_plain(parameters))


def sessions() -> Ask:
    rows = [test_sessions.did("a", n + 1, f"{'s' * 200}{n:02d}") for n in range(ROWS)]
    world = test_sessions.lake(*rows)
    return lambda parameters: test_sessions.ask(world, **_plain(parameters))


# How a list is filled, under which name its answer holds the rows, and what tells them apart.
LISTS: dict[str, tuple[Callable[[], Ask], str, str]] = {
    "/api/v1/events": (feed, "events", "id"),
    "/api/v1/events?": (older_events, "events", "id"),
    "/api/tracking": (tracking, "events", "uuid"),
    "/api/v1/accounts": (_people(profiles.accounts), "accounts", "id"),
    "/api/v1/users": (_people(profiles.users), "users", "id"),
    "/api/v1/unassigned": (_people(profiles.unassigned), "unassigned", "id"),
    "/api/v1/batches": (listed_batches, "batches", "id"),
    "/api/v1/ledger": (ledger, "rejected", "code"),
    "/api/v1/sessions": (sessions, "sessions", "session"),
}
# What is whole or nothing: small by its bounds, a question that becomes a job, or a list of
# Planhat's, whose clients take a short page for the last.
WHOLE = {
    *("/api/v1/schema", "/api/v1/settings", "/api/v1/questions", "/api/v1/metrics"),
    *("/api/v1/changes", "/api/v1/funnels", "/api/v1/paths", "/api/v1/retention"),
    *("/companies", "/endusers", "/leancompanies", "/dimensiondata"),
}


def _plain(parameters: Parameters) -> dict[str, str]:
    return {name: values[0] for name, values in parameters.given.items()}


def _pages(ask: Ask, **query: str) -> Iterator[Page]:
    while True:
        page = json.loads(msgspec.json.encode(ask(asked(**query))))
        yield page
        if page["next"] is None:
            return
        query["cursor"] = page["next"]


def test_every_list_is_one_that_ends_by_bytes_or_is_whole() -> None:
    routes = api.app.router.routes() | records.app.router.routes()
    lists = {path for method, path in routes if method == "GET" and "<" not in path}

    assert lists == {path.rstrip("?") for path in LISTS} | WHOLE


@pytest.mark.parametrize("route", LISTS)
def test_a_page_ends_where_its_bytes_are_used_up(
    route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, name, key = LISTS[route]
    ask = world()
    (everything,) = _pages(ask)
    monkeypatch.setattr(answer_size, "PAGE_BYTES", PAGE)

    pages = list(_pages(ask))

    rows = [row for page in pages for row in page[name]]
    assert sorted(row[key] for row in rows) == sorted(row[key] for row in everything[name])
    assert len({row[key] for row in rows}) == len(rows) == ROWS
    assert len(pages) > 3
    for page in pages:
        size = answer_size.escaped(msgspec.json.encode(page[name]))
        assert size < PAGE * 1.3 or len(page[name]) == 1


@pytest.mark.parametrize("number", [1, 3, ROWS])
def test_who_polls_gets_every_event_once(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_size, "PAGE_BYTES", PAGE)
    world, ids, after = Feed(), list[str](), "0"
    for start in range(0, ROWS, number):
        world.arrive(*(landed(start + n, label="x" * 300) for n in range(number)))
        page = world.ask(after=after)
        ids, after = ids + [event.id for event in page.events], str(page.latest)

    ids += [event.id for page in world.polled(after) for event in page.events]

    assert [int(UUID(id)) for id in ids] == list(range(len(ids)))
    assert len(ids) >= ROWS


def test_csv_of_a_limit_goes_on_where_a_page_of_large_rows_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answer_size, "PAGE_BYTES", PAGE)
    ask = listed_batches()

    pages = paging.pages(ask, asked(format="csv", limit="25"))

    assert sum(len(msgspec.to_builtins(page)["batches"]) for page in pages) == 25

"""
What a client does with a refusal, held against the table that doors choose their statuses by.

A test of a client calls `check` for every `CASES`: the client sends one event, is answered a
status instead of an acknowledgement, and must drop or send again as `shipped.CLIENTS` says; what
it sends again must be counted once.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.clients import compatibility, shipped
from tests.clients.proxy import Exchange, FaultProxy
from tests.conftest import Customer, Local, eventually

STATUSES = (400, 413, 429, 500, 503)
CASES = [
    pytest.param(status, after, id=f"{status}-{'acknowledgement-lost' if after else 'refused'}")
    for status in STATUSES
    for after in (False, True)
]


@dataclass(frozen=True, slots=True)
class Bench:
    """A customer of the local default, and the proxy that its client talks to."""

    local: Local
    customer: Customer
    proxy: FaultProxy


def check(
    package: str,
    status: int,
    after: bool,
    send: Callable[[], object],
    bench: Bench,
    route: str = "/",
) -> None:
    """`send` makes the client send one activity of today, with its company, over `route`; it
    returns when the client has nothing left to do."""
    (client,) = [client for client in shipped.CLIENTS if client.package == package]
    outcome = compare(client, status, after, send, bench, route)
    compatibility.record_status(package, status, outcome)


def compare(
    client: shipped.Client,
    status: int,
    after: bool,
    send: Callable[[], object],
    bench: Bench,
    route: str = "/",
) -> str:
    """What the client did with the status; fails where that is not what its row says."""
    bench.proxy.answer(status, after=after, path=route)

    send()

    posts = bench.proxy.posts(route)
    assert was_resent(posts) == (status in client.resends), (client.package, status, posts)
    if not was_resent(posts):
        return compatibility.DROPPED
    assert_counted_once(bench, sum(post.upstream is not None for post in posts))
    return compatibility.RESENT


def was_resent(posts: list[Exchange]) -> bool:
    """Whether the first request came again, and was taken then."""
    assert posts, "the client sent nothing"
    assert len(posts) <= 2, f"sent {len(posts)} times after one refusal"
    if len(posts) == 2:
        assert posts[1].upstream in range(200, 300), posts[1]
    return len(posts) == 2


def assert_counted_once(bench: Bench, arrived: int) -> None:
    """One event counted, and every other of the copies that arrived known as a duplicate."""
    counts = bench.local.settled(bench.customer, arrived)
    counted = counts["stored"]
    assert (counted, counts["duplicate"]) == (1, arrived - 1), counts
    page = eventually(lambda: bench.local.get(bench.customer, "events"), lambda p: p["events"])
    assert len(page["events"]) == 1, page

"""What the tests of both Moesif clients share: a scenario that is sent, judged and read back."""

from typing import Any

from tests.clients import compatibility
from tests.clients.conftest import RunClient
from tests.clients.environments import VERSIONS
from tests.clients.faults import Bench
from tests.conftest import eventually

START_UP = "config and rules first"
WORDS = {
    "start_up": START_UP,
    "traffic": "API calls of a server, in batches",
    "unbatched": "API calls one by one",
    "nobody": "API calls without a user",
    "outgoing": "calls that go out",
    "resent": "the same transaction twice",
    "events": "API calls, one and many",
}


def sent(
    bench: Bench,
    run_client: RunClient,
    *,
    package: str,
    driver: str,
    scenario: str,
    received: int,
    **verdicts: int,
) -> dict[str, Any]:
    """What the driver printed, once everything that it sent has been judged."""
    answer = run_client(driver, scenario)
    counts = bench.local.settled(bench.customer, received)
    expected = {"rejected": 0, "ignored": 0} | verdicts
    assert {name: counts[name] for name in expected} == expected
    for post in bench.proxy.posts():
        record(package, post.path, WORDS.get(scenario, scenario))
        assert (post.status, post.answer) == (200, b"{}")
    return answer


def seen(bench: Bench, count: int) -> dict[str, dict[str, Any]]:
    """The events of the feed by their action."""
    page = eventually(
        lambda: bench.local.get(bench.customer, "events"),
        lambda page: len(page["events"]) >= count,
    )
    return {event["action"]: event for event in page["events"]}


def record(package: str, path: str, what: str) -> None:
    compatibility.record(package, VERSIONS[package], path, what)

"""Calls that every Segment-like client can make, and what Waypost must have made of them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.clients import compatibility
from tests.clients.conftest import RunClient
from tests.clients.environments import VERSIONS
from tests.clients.faults import Bench
from tests.conftest import eventually

Call = dict[str, Any]


def minutes_ago(minutes: int) -> str:
    """A recent time: only a recent event shows at once whether it is a duplicate."""
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


LIBRARIES = ("analytics-python", "@segment/analytics-node")
TRAITS = {"email": "ann@acme.com", "name": "Ann Archer", "companyId": "acme", "plan": "pro"}
ACCOUNT = {"name": "Acme Ltd", "employees": 30}
ORDER = {"theme": "Blue", "weight": 2.5, "naïve": "ß", "deep": {"list": [1, None, 2.5]}}
CREATED = {
    "call": "track",
    "userId": "u-1",
    "event": "Created report",
    "properties": ORDER,
    "timestamp": minutes_ago(7),
    "messageId": "m-created",
}
ANONYMOUS = {
    "call": "track",
    "anonymousId": "a-1",
    "event": "Opened pricing",
    "context": {"ip": "203.0.113.7", "locale": "de"},
    "timestamp": minutes_ago(9),
}
EVERYTHING: list[Call] = [
    {"call": "identify", "userId": "u-1", "traits": TRAITS, "timestamp": minutes_ago(10)},
    {"call": "group", "userId": "u-1", "groupId": "acme", "traits": ACCOUNT},
    ANONYMOUS,
    {"call": "alias", "userId": "u-1", "previousId": "a-1", "timestamp": minutes_ago(8)},
    CREATED,
    {
        "call": "page",
        "userId": "u-1",
        "category": "Docs",
        "name": "Settings",
        "properties": {"url": "https://acme.com/settings"},
        "timestamp": minutes_ago(6),
    },
    {"call": "screen", "userId": "u-1", "name": "Home", "timestamp": minutes_ago(5)},
    {"call": "track", "userId": "u-1", "event": "Logged out"},
]
ONE: list[Call] = [
    {
        "call": "track",
        "userId": "u-1",
        "event": "Logged in",
        "context": {"groupId": "acme"},
    }
]


def make(run_client: RunClient, driver: str, scenario: str, calls: list[Call], **more: str) -> Any:
    """What the driver was told while it made the calls."""
    return run_client(driver, scenario, CALLS=json.dumps(calls), **more)


def record(bench: Bench, package: str, *ways: str) -> None:
    """Every request was answered with exactly 200; `ways` are how the calls in it were sent."""
    for post in bench.proxy.posts():
        assert (post.status, post.answer) == (200, b'{"success":true}'), post
        for what in {message["type"] for message in post.json()["batch"]} | set(ways):
            compatibility.record(package, VERSIONS[package], post.path, what)


def read(bench: Bench, count: int) -> dict[str, Any]:
    """The activities of the feed by their action."""
    page = eventually(
        lambda: bench.local.get(bench.customer, "events?limit=500"),
        lambda page: len(page["events"]) >= count,
    )
    assert len(page["events"]) == count, page
    return {event["action"]: event for event in page["events"]}


def assert_everything_arrived(bench: Bench) -> None:
    """`EVERYTHING`, field by field: five activities, one user, one account."""
    counts = bench.local.settled(bench.customer, len(EVERYTHING))
    assert (counts["received"], counts["rejected"], counts["ignored"]) == (len(EVERYTHING), 0, 0)
    events = read(bench, 5)
    _assert_activities(events)
    user = bench.local.get(bench.customer, "users/u-1")
    assert (user["email"], user["name"], user["account_id"]) == (
        "ann@acme.com",
        "Ann Archer",
        "acme",
    )
    assert {name: user["traits"].get(name) for name in TRAITS} == TRAITS
    account = bench.local.get(bench.customer, "accounts/acme")
    assert account["name"] == "Acme Ltd"
    assert account["traits"] == ACCOUNT
    of_user = bench.local.get(bench.customer, "events?user=u-1")["events"]
    assert {event["action"] for event in of_user} == events.keys(), "the alias joins the first one"


def _assert_activities(events: dict[str, Any]) -> None:
    created, opened = events["Created report"], events["Opened pricing"]
    known = [event for event in events.values() if event is not opened]
    assert {event["user"]["external_id"] for event in known} == {"u-1"}
    assert {event["account_id"] for event in known} == {"acme"}
    assert (created["time"], created["weight"]) == (CREATED["timestamp"], 2.5)
    assert {name: created["info"][name] for name in ORDER} == ORDER
    assert created["info"]["context"]["library"]["name"].startswith(LIBRARIES)
    assert (opened["time"], opened["user"]["anonymous_id"]) == (ANONYMOUS["timestamp"], "a-1")
    assert opened["info"]["context"]["ip"] == "203.0.113.7"
    assert "locale" not in opened["info"]["context"]
    page, screen = events["Viewed Settings Page"], events["Viewed Home Screen"]
    assert (page["page"], screen["page"]) == ("Settings", "Home")
    assert page["info"]["category"] == "Docs"
    assert page["info"]["url"] == "https://acme.com/settings"
    assert events["Logged out"]["weight"] == 1


def assert_many_come_in_batches(
    bench: Bench, run_client: RunClient, driver: str, package: str, *, scenario: str, most: int
) -> None:
    """Far more events than `most` arrive in batches of that many, and each counts once."""
    count = 2 * most + most // 2
    many = [{**ONE[0], "event": f"Event {n}"} for n in range(count)]

    told = make(run_client, driver, scenario, many)

    assert told == {"errors": []}
    assert bench.local.settled(bench.customer, count)["stored"] == count
    assert len(read(bench, count)) == count
    assert len(bench.proxy.posts()) >= 3
    record(bench, package, f"batches of {most}")

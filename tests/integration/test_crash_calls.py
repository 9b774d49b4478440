"""`match` and the hourly run may die at any call to AWS, inside a store as well.

What AWS does then, delivering a message again or starting the next run, completes the work.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest

from tests import effort, fakes
from tests.conftest import Local
from tests.fakes import published
from tests.faults.killers import Crash, Killer, Mortal
from tests.faults.pipeline import event
from tests.integration.strict import Strict
from waypost.event import NO_TIME, Batch, Event, Reject
from waypost.ingest import intake, matching
from waypost.ingest.matching import Work
from waypost.ingest.ports import MatchStores
from waypost.ingest.reception import Reception
from waypost.lake import hourly_run, months
from waypost.lake.ports import FoldStores
from waypost.storage.batches_table import DynamoBatches
from waypost.storage.directory_table import DynamoDirectory
from waypost.storage.dynamo import Table
from waypost.storage.events_table import DynamoFeed, DynamoRows
from waypost.storage.inbox_bucket import S3Inbox
from waypost.storage.lake_bucket import S3Lake
from waypost.storage.ledger_table import DynamoLedger
from waypost.storage.manifests_table import DynamoManifests
from waypost.storage.schema_table import DynamoSchemas
from waypost.storage.tenants_table import DynamoTenants
from waypost.tenants import Tenant

pytestmark = pytest.mark.slow
NOW = 1_800_000_000_000
NEW = Event(email="new@acme.com")
BODIES: list[Callable[[], Batch]] = [
    lambda: Batch(
        [
            event(0, "a", email="ann@acme.com"),
            event(1, "b", external_id="bob", email="bob@acme.com", company_id=None),
            event(2, "x", external_id=None, company_id=None, anonymous_id="visitor"),
        ]
    ),
    lambda: Batch([event(0, "c", time=NO_TIME, key="k1")], [Reject(1, "bad", "why")]),
    lambda: Batch([event(0, "d", time=NO_TIME, key="k1"), event(1, "a", email="ann@acme.com")]),
]


class Stack:
    """The real stores, their clients made once; `stores` puts a killer between.

    `tells_repeats`: what comes again is known to, as AWS tells it; without that is a planted bug.
    """

    def __init__(self, local: Local, *, tells_repeats: bool = True) -> None:
        self.tells_repeats = tells_repeats
        self.dynamodb, self.s3 = Strict(local.client("dynamodb")), local.client("s3")
        self.names = local.outputs

    def table(self, name: str, killer: Killer) -> Table:
        return Table(Mortal(self.dynamodb, killer), self.names[f"{name}Table"])

    def lake(self, killer: Killer) -> S3Lake:
        return S3Lake(Mortal(self.s3, killer), self.names["LakeBucket"])

    def stores(self, killer: Killer) -> Any:
        directory, events = self.table("Directory", killer), self.table("Events", killer)
        return MatchStores(
            DynamoDirectory(directory),
            DynamoRows(events),
            DynamoLedger(directory),
            DynamoFeed(events),
            self.lake(killer),
            DynamoBatches(directory),
            DynamoSchemas(directory),
            DynamoTenants(directory),
            S3Inbox(Mortal(self.s3, killer), self.names["InboxBucket"]),
        )


class Waiting:
    """Three receptions of a fresh tenant, waiting in its queue."""

    def __init__(self, stack: Stack) -> None:
        self.stack, self.tenant = stack, Tenant(str(uuid4()))
        self.outbox, self.clock = fakes.FakeOutbox(), fakes.FixedClock(NOW)
        for n, body in enumerate(BODIES):
            reception = Reception(self.tenant, f"r{n}", "s", NOW + n, f"r{n}")
            identifier = intake.identifier(reception, f"r{n}")
            intake.accept(body(), reception, identifier, outbox=self.outbox, rows=fakes.FakeRows())

    def match(self, killer: Killer, *numbers: int, again: bool = False) -> None:
        messages = [self.outbox.read(self.outbox.sent[n][1]) for n in numbers]
        work = Work(self.tenant, messages, again and self.stack.tells_repeats)
        matching.match(work, stores=self.stack.stores(killer), now=NOW)

    def aggregate(self, killer: Killer) -> DynamoManifests:
        self.clock.tick(1)
        manifests = DynamoManifests(self.stack.table("Metrics", killer))
        schemas = DynamoSchemas(self.stack.table("Directory", killer))
        stores = FoldStores(self.stack.lake(killer), manifests, schemas, self.clock)
        hourly_run.run(self.tenant.id, stores=stores, name="run", remaining_ms=lambda: 900_000)
        return manifests

    def outcome(self) -> dict[str, Any]:
        """What readers see in the end: numbers, totals, people, feed, ledger, parts."""
        tenant, stores = self.tenant.id, self.stack.stores(Killer())
        manifests = self.aggregate(Killer())
        standing = manifests.months(tenant)

        def rows(table: str, columns: str) -> list[Any]:
            lake = self.stack.lake(Killer())
            return sorted(published.rows(lake, manifests, tenant, table, columns), key=str)

        users = stores.directory.users(tenant, None, 100)[0]
        pages = list(stores.feed.older(tenant, None))
        keys = [key for user in users for key in stores.directory.keys_of(tenant, user)]
        return {
            "numbers": rows("totals_day", "action, events"),
            "active": rows("activity", "company_id, events"),
            "who": rows("who", "user_id = person, account"),
            "totals": months.ledger_totals(standing, []),
            "users": sorted(
                (u.external_id or "", u.email or "", u.account_id or "") for u in users
            ),
            "guess": dict(stores.directory.view(self.tenant, [NEW]).domains["acme.com"].counts),
            "rows": len(stores.rows.of_user(tenant, keys, None, 100)),
            "shown": sorted({one.action or "" for page in pages for one in page.records}),
            "ledger": [
                [one.code for one in stores.ledger.of_receipt(tenant, f"r{n}")] for n in range(3)
            ],
            "parts": [list(stores.batches._parts(tenant, f"r{n}")) for n in range(3)],
        }


def crashed_match(stack: Stack, point: Killer) -> dict[str, Any]:
    """`match` dies; the messages come again, each alone."""
    waiting = Waiting(stack)
    try:
        waiting.match(point, 0, 1, 2)
    except Crash:
        for number in range(3):
            waiting.match(Killer(), number, again=True)
    return waiting.outcome()


def crashed_run(stack: Stack, point: Killer) -> dict[str, Any]:
    """An hourly run dies on a day that was published before; the next one comes."""
    waiting = Waiting(stack)
    waiting.match(Killer(), 0)
    waiting.aggregate(Killer())
    waiting.match(Killer(), 1, 2)
    with suppress(Crash):
        waiting.aggregate(point)
    return waiting.outcome()


Story = Callable[[Stack, Killer], dict[str, Any]]


def harmed(stack: Stack, story: Story, nth: int = 1) -> Iterator[str]:
    """Each `nth` of the points after which something ends otherwise than undisturbed."""
    counting = Killer()
    undisturbed = story(stack, counting)
    assert undisturbed["totals"] == TOTALS
    points = [Killer(at, when) for at in range(counting.calls) for when in ("before", "after")]
    for point in effort.every(nth, points):
        if story(stack, point) != undisturbed:
            yield f"{point.when} call {point.at} of {counting.calls}"


TOTALS = {
    "received": 7,
    "stored": 4,
    "duplicate": 1,
    "rejected": 2,
    "ignored": 0,
}


def test_undisturbed_all_ends_as_it_should(local: Local) -> None:
    outcome = crashed_match(Stack(local), Killer())

    assert outcome["totals"] == TOTALS
    assert outcome["numbers"] == [(action, 1) for action in "abcx"]
    assert outcome["active"] == [("acme", 2), (None, 1), (None, 1)]
    assert outcome["guess"] == {"acme": 1}
    assert outcome["rows"] == 4


@pytest.mark.parametrize("story", [crashed_match, crashed_run])
def test_a_crash_at_any_call_to_aws_harms_nothing(local: Local, story: Story) -> None:
    assert list(harmed(Stack(local), story, nth=11)) == []


def test_the_harness_catches_a_repeat_that_is_taken_for_news(local: Local) -> None:
    assert next(harmed(Stack(local, tells_repeats=False), crashed_match))

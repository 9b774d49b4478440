"""Numbers, marks and records of operators, as large as the real code lets them get."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, cast

import msgspec

from tests import fakes
from tests.integration.hostile_senders import ESCAPED, NOW, Senders
from waypost import times, tokens
from waypost.event import (
    MAX_ID,
)
from waypost.ingest import batches, suspects
from waypost.ingest.batches import BatchRecord
from waypost.lake import commit, hourly_run
from waypost.lake.fold import DayResult, Fold
from waypost.lake.last_seen import Month, Presence, Seen
from waypost.lake.manifests import Manifest
from waypost.lake.ports import AggregateStores
from waypost.lake.records import VERDICTS
from waypost.lake.rollups import RollupRow
from waypost.lake.runs import DONE, RunRecord
from waypost.storage.batches_table import DynamoBatches
from waypost.storage.metrics_table import DynamoMetrics
from waypost.storage.runs_table import DynamoRuns
from waypost.storage.suspects_table import DynamoSuspects
from waypost.storage.tenants_table import DynamoTenants
from waypost.storage.tokens_table import DynamoTokens
from waypost.times import DAY_MS, HOUR_MS
from waypost.tokens import Grant
from waypost.web.api.settings import MAX_SETTINGS_BYTES, change_settings

DAY = "2027-01-15"
MANY = 10**9


def operators(senders: Senders) -> None:
    """Settings, tokens, files with the longest names, and runs."""
    id = senders.tenant.id
    tenants = DynamoTenants(senders.directory)
    tenants.put(senders.tenant)
    deny = [senders.text(500) for _ in range(MAX_SETTINGS_BYTES // 2_004 - 1)]
    change_settings(id, msgspec.json.encode({"rules": [{"deny": deny}]}), tenants)
    DynamoTokens(senders.directory).put(
        tokens.new(), Grant(id, frozenset(("read", "write", "admin")))
    )
    batch = batches.new_id(NOW, "f" * 32)
    numbers: Any = dict.fromkeys(("bytes", "bytes_read", "received", "rejected", "ignored"), MANY)
    record = BatchRecord(
        batch, "drop", batches.FAILED, NOW, senders.text(1_000, ESCAPED), object="e" * 40, **numbers
    )
    record.error, record.parts = senders.text(300), 200_000
    DynamoBatches(senders.directory).put(id, record)
    run = RunRecord(f"{NOW:015d}-{'f' * 8}", DONE, NOW, NOW, MANY, MANY, MANY)
    DynamoRuns(senders.directory).put(id, run)


def killers(senders: Senders) -> None:
    """The most messages that SQS hands over at once, and each may have ended its function."""
    attributes = {
        "ApproximateReceiveCount": "3",
        "ApproximateFirstReceiveTimestamp": str(NOW - DAY_MS),
        "MessageGroupId": senders.tenant.id,
    }
    records: Any = [
        {"messageId": f"{n:036d}", "body": "{}", "attributes": attributes} for n in range(10_000)
    ]
    store = DynamoSuspects(senders.directory, lambda: NOW)
    for part in suspects.in_parts(records, Counter()):
        store.begin([record["messageId"] for record in part])


def late_events(senders: Senders) -> None:
    """A day that gets late events every hour for two months, by clocks that stand still."""
    metrics = DynamoMetrics(senders.metrics)
    stores = AggregateStores(fakes.FakeLake(), metrics)
    standing = Manifest(DAY)
    for day in range(60):
        now = NOW + day * DAY_MS
        hours = {times.hour(now + n * HOUR_MS) for n in range(24)}
        claimed = metrics.claim(senders.tenant.id, standing, f"{now:015d}-{'r' * 10}", hours)
        assert claimed is not None
        settled = times.hour(now - hourly_run.SETTLED_MS)
        held = commit.Day(senders.tenant.id, claimed, hours)
        commit.publish(held, cast(Fold, _Folded()), stores=stores, settled=settled)
        (standing,) = metrics.manifests(senders.tenant.id)
    # Every hour whose landing objects may still be there is in doubt.
    doubtful = {times.hour(now - n * HOUR_MS) for n in range(40 * 24)}
    assert metrics.claim(senders.tenant.id, standing, f"{now:015d}-{'r' * 10}", doubtful)


class _Folded:
    """A fold with a great many events of every verdict in each hour, and no files."""

    def write(self, *_: Any, **__: Any) -> None:
        return None

    def result(self, day: str, hours: set[str]) -> DayResult:
        return DayResult(day, [], {hour: Counter(dict.fromkeys(VERDICTS, MANY)) for hour in hours})


def numbers(senders: Senders) -> None:
    """A day and a month of very many people, sessions and accounts with long names; and the
    names of more landing objects than one item can hold.
    """
    metrics, id = DynamoMetrics(senders.metrics), senders.tenant.id
    claimed = metrics.claim(id, Manifest("2027-02-01"), f"{NOW:015d}-{'r' * 10}", set())
    assert claimed is not None
    metrics.publish(id, claimed, list(_busy_day(senders)))
    seen = {senders.text(30): Seen(NOW, NOW, n, n / 7) for n in range(20_000)}
    accounts = {senders.text(MAX_ID): Seen(NOW, NOW, n, n / 7) for n in range(2_000)}
    metrics.publish_month(id, Month("2027-02", MANY), Presence(seen, accounts), f"{NOW:015d}-run")
    names = frozenset(senders.chance.randbytes(12) for _ in range(60_000))
    metrics.put_watermark(id, "2027-01-15T08", names)


def _busy_day(senders: Senders) -> Iterator[RollupRow]:
    for n in range(4_000):
        account, session = senders.text(MAX_ID), senders.text(MAX_ID)
        yield RollupRow(n % 24, senders.text(9), account, session, n, n / 7, session, account, n, n)


LARGEST = (operators, killers, late_events, numbers)

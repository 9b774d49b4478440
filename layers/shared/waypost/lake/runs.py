"""Runs: who gets aggregated when, and how it ended. Every tenant each hour, one on request."""

import secrets
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from waypost.lake import hourly_run
from waypost.lake.ports import AggregateStores, RunQueue, RunStore, TenantReader
from waypost.telemetry import logger

QUEUED = "queued"
RUNNING = "running"
DONE = "done"
INCOMPLETE = "incomplete"
FAILED = "failed"


class RunRecord(Struct, omit_defaults=True):
    """`objects` landing objects read, `days` published, `lost` races tried again."""

    id: str
    status: str
    created: int
    finished: int | None = None
    objects: int = 0
    days: int = 0
    lost: int = 0


class _Message(Struct):
    """What travels in the queue between whoever wants a run and the function that does it."""

    tenant: str
    run: RunRecord


def fan_out(*, tenants: TenantReader, queue: RunQueue, clock: Callable[[], int]) -> int:
    """Queues one run per tenant, so that many functions share the hour; the number queued."""
    every = tenants.all_tenants()
    for tenant in every:
        _queue(tenant.id, _new_run(clock()), queue)
    return len(every)


def request(
    tenant: str, *, runs: RunStore, queue: RunQueue, clock: Callable[[], int]
) -> dict[str, Any]:
    """Queues one run and answers its record, to be asked for again by its id."""
    record = _new_run(clock())
    runs.put(tenant, record)
    _queue(tenant, record, queue)
    answer: dict[str, Any] = msgspec.to_builtins(record)
    return answer


def run_all(
    records: list[dict[str, Any]],
    *,
    runs: RunStore,
    stores: AggregateStores,
    clock: Callable[[], int],
) -> list[str]:
    """Runs each message's tenant; the message ids of runs that have to come again."""
    failed = []
    for record in records:
        message = msgspec.json.decode(record["body"], type=_Message)
        if not _run(message.tenant, message.run, runs, stores, clock):
            failed.append(record["messageId"])
    return failed


def _run(
    tenant: str,
    record: RunRecord,
    runs: RunStore,
    stores: AggregateStores,
    clock: Callable[[], int],
) -> bool:
    """One run, and its record: whoever asked for it learns how it ended, even if it broke."""
    record.status, record.finished = RUNNING, None
    runs.put(tenant, record)
    try:
        report = hourly_run.run(tenant, stores=stores, clock=clock, name=record.id[-8:])
    except Exception:
        # One tenant's trouble must not stop its neighbours in the batch: the message comes again.
        logger().exception("AggregateFailed", extra={"tenant": tenant})
        record.status, record.finished = FAILED, clock()
        runs.put(tenant, record)
        return False
    record.objects, record.days, record.lost = report.objects, report.days, report.lost
    record.status, record.finished = DONE if report.complete else INCOMPLETE, clock()
    runs.put(tenant, record)
    logger().info("Aggregated", extra={"tenant": tenant, **msgspec.to_builtins(report)})
    return report.complete


def _new_run(now: int) -> RunRecord:
    return RunRecord(f"{now:015d}-{secrets.token_hex(4)}", QUEUED, now)


def _queue(tenant: str, record: RunRecord, queue: RunQueue) -> None:
    queue.send(tenant, [msgspec.json.encode(_Message(tenant, record))])

"""The queue's side of the hourly job: messages → runs → which messages failed."""

from collections.abc import Callable
from typing import Any

import msgspec

from waypost.lake import hourly_run
from waypost.lake.ports import AggregateStores, RunStore
from waypost.lake.runs import DONE, FAILED, INCOMPLETE, RUNNING, RunMessage, RunRecord
from waypost.telemetry import logger, published


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
        try:
            message = msgspec.json.decode(record["body"], type=RunMessage)
            complete = _run(message.tenant, message.run, runs, stores, clock)
        except Exception:
            # No message that can be read, or not even its record could be written.
            logger().exception("RunFailed", extra={"message_id": record["messageId"]})
            complete = False
        if not complete:
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
    if report.complete:
        published()
    return report.complete

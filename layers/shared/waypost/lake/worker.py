"""The queue's side of the hourly job: messages → runs → which messages failed."""

from collections.abc import Callable
from typing import Any

import msgspec

from waypost.lake import hourly_run, runs
from waypost.lake.month_run import Report
from waypost.lake.ports import FoldStores, RunQueue, RunStore
from waypost.lake.runs import DONE, FAILED, RUNNING, RunMessage, RunRecord
from waypost.telemetry import logger, published


def run_all(
    records: list[dict[str, Any]],
    *,
    records_of: RunStore,
    queue: RunQueue,
    stores: FoldStores,
    remaining_ms: Callable[[], int],
    then: Callable[[str], object],
) -> list[str]:
    """Runs each message's tenant; the message ids of runs that have to come again.

    `then` is called with each tenant whose lake is up to date.
    """
    failed = []
    for record in records:
        try:
            message = msgspec.json.decode(record["body"], type=RunMessage)
            done = _run(message, records_of, queue, stores, remaining_ms, then)
        except Exception:
            # No message that can be read, or not even its record could be written.
            logger().exception("RunFailed", extra={"message_id": record["messageId"]})
            done = False
        if not done:
            failed.append(record["messageId"])
    return failed


def _run(
    message: RunMessage,
    records_of: RunStore,
    queue: RunQueue,
    stores: FoldStores,
    remaining_ms: Callable[[], int],
    then: Callable[[str], object],
) -> bool:
    """One run, and its record: whoever asked for it learns how it ended, even if it broke.

    What there was no time for goes on at once, in a run under the same record.
    """
    tenant, record = message.tenant, message.run
    record.status, record.finished = RUNNING, None
    records_of.put(tenant, record)
    try:
        report = hourly_run.run(
            tenant,
            stores=stores,
            name=record.id[-8:],
            remaining_ms=remaining_ms,
            anew=message.anew,
        )
    except Exception:
        # One tenant's trouble must not stop its neighbours in the batch: the message comes again.
        logger().exception("AggregateFailed", extra={"tenant": tenant})
        record.status, record.finished = FAILED, stores.clock()
        records_of.put(tenant, record)
        return False
    _note(record, report)
    logger().info("Aggregated", extra={"tenant": tenant, "left": report.left, **_counts(record)})
    if report.left or report.anew:
        runs.hand_over(tenant, record, queue, report.anew)
    else:
        record.status, record.finished = DONE, stores.clock()
        published()
    records_of.put(tenant, record)
    if record.status == DONE:
        _follow(then, tenant)
    return True


def _follow(then: Callable[[str], object], tenant: str) -> None:
    try:
        then(tenant)
    except Exception:
        # The numbers are published, and the next hour's run makes up for it.
        logger().exception("RunNotFollowed", extra={"tenant": tenant})


def _note(record: RunRecord, report: Report) -> None:
    record.objects += report.objects
    record.days += report.days
    record.lost += report.lost


def _counts(record: RunRecord) -> dict[str, int]:
    return {"objects": record.objects, "days": record.days, "lost": record.lost}

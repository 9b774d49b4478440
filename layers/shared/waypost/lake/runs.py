"""Runs: who gets aggregated when, and how it ended. Every tenant each hour, one on request."""

import secrets
from typing import Any

import msgspec
from msgspec import Struct

from waypost import services
from waypost.lake import hourly_run
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


def fan_out() -> int:
    """Queues one run per tenant, so that many functions share the hour; the number queued."""
    tenants = services.directory().all_tenants()
    for tenant in tenants:
        _queue(tenant.id, _new_run())
    return len(tenants)


def request(tenant: str) -> dict[str, Any]:
    """Queues one run and answers its record, to be asked for again by its id."""
    record = _new_run()
    services.runs().put(tenant, record)
    _queue(tenant, record)
    answer: dict[str, Any] = msgspec.to_builtins(record)
    return answer


def run_all(records: list[dict[str, Any]]) -> list[str]:
    """Runs each message's tenant; the message ids of runs that have to come again."""
    failed = []
    for record in records:
        message = msgspec.json.decode(record["body"])
        run = msgspec.convert(message["run"], RunRecord)
        if not _run(message["tenant"], run):
            failed.append(record["messageId"])
    return failed


def _run(tenant: str, record: RunRecord) -> bool:
    """One run, and its record: whoever asked for it learns how it ended, even if it broke."""
    _note(tenant, record, RUNNING)
    try:
        report = hourly_run.run(
            tenant, stores=services.aggregate_stores(), clock=services.clock, name=record.id[-8:]
        )
    except Exception:
        logger().exception("AggregateFailed", extra={"tenant": tenant})
        _note(tenant, record, FAILED)
        return False
    record.objects, record.days, record.lost = report.objects, report.days, report.lost
    _note(tenant, record, DONE if report.complete else INCOMPLETE)
    logger().info("Aggregated", extra={"tenant": tenant, **msgspec.to_builtins(report)})
    return report.complete


def _note(tenant: str, record: RunRecord, status: str) -> None:
    record.status = status
    record.finished = None if status == RUNNING else services.clock()
    services.runs().put(tenant, record)


def _new_run() -> RunRecord:
    now = services.clock()
    return RunRecord(f"{now:015d}-{secrets.token_hex(4)}", QUEUED, now)


def _queue(tenant: str, record: RunRecord) -> None:
    message = msgspec.json.encode({"tenant": tenant, "run": record})
    services.aggregate_outbox().send(tenant, [message])

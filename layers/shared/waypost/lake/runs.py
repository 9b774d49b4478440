"""Runs: who gets aggregated when, and how it ended. Every tenant each hour, one on request.

Whoever asks for a run or reads its record meets this module alone: DuckDB comes with the worker.
"""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from waypost import times
from waypost.lake.ports import LandedReader, RunQueue, RunStore, TenantReader
from waypost.telemetry import published

EVERYTHING = "everything"  # in place of months that are made anew: all of them
SWEEP = "T03"  # the hour (UTC) in which every tenant gets a run
QUEUED = "queued"
RUNNING = "running"
DONE = "done"
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


class RunMessage(Struct):
    """What travels in the queue between whoever wants a run and the function that does it."""

    tenant: str
    run: RunRecord
    anew: list[str] = []


def fan_out(
    *,
    tenants: TenantReader,
    landed: LandedReader,
    queue: RunQueue,
    clock: Callable[[], int],
    scheduled: str = "",
) -> int:
    """Queues one run per tenant that something landed for, so that many functions share the hour;
    the number queued. Once a day every tenant gets one, whatever was missed or is left of it.

    `scheduled` is the time (ISO 8601, UTC) of the schedule's event, which may come late: it tells
    which hour of the day it is. With no such tenant there is nothing to publish, and that is
    published.
    """
    hour = times.hour(clock())
    # What landed after the run of an hour has begun is found by the next one, and the one after it
    # finds the sessions that have fallen silent meanwhile.
    before = times.hour_before(hour)
    due = landed.since([times.hour_before(before), before, hour])
    if (scheduled[:13] or hour).endswith(SWEEP):
        due = list(dict.fromkeys([*due, *(tenant.id for tenant in tenants.every())]))
    for tenant in due:
        _queue(tenant, _new_run(clock()), queue)
    if not due:
        published()
    return len(due)


def request(
    tenant: str,
    *,
    runs: RunStore,
    queue: RunQueue,
    clock: Callable[[], int],
    anew: Sequence[str] = (),
) -> dict[str, Any]:
    """Queues one run and answers its record, to be asked for again by its id.

    `anew`: months that are made anew of what is kept, or `EVERYTHING`.
    """
    record = _new_run(clock())
    runs.put(tenant, record)
    _queue(tenant, record, queue, anew)
    answer: dict[str, Any] = msgspec.to_builtins(record)
    return answer


def hand_over(tenant: str, record: RunRecord, queue: RunQueue, anew: Sequence[str]) -> None:
    """Queues the run that goes on where another had no time left, under the same record."""
    _queue(tenant, record, queue, anew)


def _new_run(now: int) -> RunRecord:
    return RunRecord(f"{now:015d}-{secrets.token_hex(4)}", QUEUED, now)


def _queue(tenant: str, record: RunRecord, queue: RunQueue, anew: Sequence[str] = ()) -> None:
    queue.send(tenant, [msgspec.json.encode(RunMessage(tenant, record, list(anew)))])

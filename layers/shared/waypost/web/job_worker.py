"""The queue's side of jobs: messages → answers as files → which messages failed."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from waypost.errors import Refused, Unavailable
from waypost.ingest.queue_records import Record, receives
from waypost.insights import jobs
from waypost.insights.jobs import DONE, FAILED, QUEUED, RUNNING, Asking, Job, JobMessage
from waypost.insights.ports import JobDesk, KindStores
from waypost.lake import scratch
from waypost.telemetry import logger
from waypost.web import csv_answers, paging
from waypost.web.api import kinds
from waypost.web.asking import Parameters

MOST_TRIES = 17  # as often as the queue hands a message out
_AGAIN, _NEVER = "it broke down, and is tried again", "it broke down each time; the log says why"


def run_all(records: list[Record], desk: JobDesk) -> list[str]:
    """Answers each message's job; the message ids of jobs that have to be tried again."""
    failed = []
    for record in records:
        try:
            message = msgspec.json.decode(record["body"], type=JobMessage)
            done = _run(message, receives(record), desk)
        except Exception:
            # No message that can be read, or not even its record could be written.
            logger().exception("JobFailed", extra={"message_id": record["messageId"]})
            done = False
        if not done:
            failed.append(record["messageId"])
    return failed


def _run(message: JobMessage, tries: int, desk: JobDesk) -> bool:
    """One job and its record; whether it is over."""
    tenant, job = message.tenant, desk.jobs.get(message.tenant, message.job)
    if job is None or not jobs.is_wanted(job, message):
        return True
    job.status, job.tries, job.reason, job.finished = RUNNING, tries, None, None
    _note(tenant, job, desk)
    try:
        job.size = _answer(tenant, job, desk)
        job.status, job.finished = DONE, desk.clock()
    except Refused as refusal:
        # It would be refused the next time as well.
        job.status, job.finished = FAILED, desk.clock()
        job.reason = refusal.message[: jobs.MOST_REASON]
    except Exception:
        logger().exception("JobFailed", extra={"tenant": tenant, "job": job.id})
        is_last = tries >= MOST_TRIES
        job.status, job.reason = (FAILED, _NEVER) if is_last else (QUEUED, _AGAIN)
    _note(tenant, job, desk)
    return job.finished is not None


def _answer(tenant: str, job: Job, desk: JobDesk) -> int:
    """Asks, and uploads the answer; its size in bytes."""

    def told(fetched: int, total: int) -> None:
        job.fetched, job.total = fetched, total
        # Told by the thread that also interrupts: it must not end for want of a table.
        with suppress(Unavailable):
            _note(tenant, job, desk)

    with scratch.folder() as folder:
        path = folder / "answer"
        _write(tenant, job.asking, desk.stores(told), path)
        return desk.files.put_file(jobs.answer_key(tenant, job), path)


def _write(tenant: str, asking: Asking, stores: KindStores, path: Path) -> None:
    parameters = Parameters({**asking.parameters, "format": [asking.format]})

    def ask(page: Parameters) -> Any:
        return kinds.answer(asking.kind, tenant, page, stores)

    if parameters.is_csv():
        with path.open("w", encoding="utf-8", newline="") as out:
            csv_answers.write(paging.pages(ask, parameters), out)
    else:
        path.write_bytes(msgspec.json.encode(ask(parameters)))


def _note(tenant: str, job: Job, desk: JobDesk) -> None:
    job.updated = desk.clock()
    desk.jobs.put(tenant, job)

"""GET /api/v1/jobs/{id}, and how a question becomes a job."""

from collections.abc import Callable

from msgspec import Struct

from waypost import times
from waypost.errors import NotFound, TooLong
from waypost.insights import jobs
from waypost.insights.jobs import DONE, Job
from waypost.insights.ports import JobStores
from waypost.profiles.directory import is_name
from waypost.web.app import reply
from waypost.web.asking import Parameters
from waypost.web.responses import Response

URL_SECONDS = 3600


class JobStarted(Struct):
    """Where to ask how a question is getting on."""

    job: str
    status: str
    href: str


class JobAnswer(Struct):
    """How a job is getting on: `queued`, `running`, `done` or `failed`, for the `reason`.

    It has read `fetched` of `total` bytes. The answer lies at `url` for an hour, has `size` bytes,
    and is kept until `expires`; whoever asks again gets another URL. Times are ISO 8601 in UTC.
    """

    job: str
    status: str
    kind: str
    format: str
    created: str
    tries: int
    fetched: int
    total: int
    reason: str | None
    finished: str | None
    size: int | None
    url: str | None
    expires: str


def job(tenant: str, id: str, stores: JobStores) -> JobAnswer:
    """How a job is getting on. Raises `NotFound`."""
    record = stores.jobs.get(tenant, id) if is_name(id) else None
    if record is None:
        raise NotFound(
            "there is no such job; a week after it was asked it is gone", code="unknown_job"
        )
    return _told(tenant, jobs.as_of(record, stores.clock()), stores)


def or_job(
    respond: Callable[[], Response],
    check: Callable[[], None],
    *,
    tenant: str,
    kind: str,
    parameters: Parameters,
    stores: Callable[[], JobStores],
) -> Response:
    """What is asked; where that takes too long, or with `async=true`, the job that answers it.

    `check` refuses parameters that nobody could answer.
    """
    if parameters.flag("async"):
        check()
    else:
        try:
            return respond()
        except TooLong:
            pass
    return reply(_start(tenant, kind, parameters, stores()), 202)


def _start(tenant: str, kind: str, parameters: Parameters, stores: JobStores) -> JobStarted:
    asking = jobs.asking(kind, parameters.given, "csv" if parameters.is_csv() else "json")
    started = jobs.request(tenant, asking, jobs=stores.jobs, queue=stores.queue, clock=stores.clock)
    return JobStarted(started.id, started.status, f"/api/v1/jobs/{started.id}")


def _told(tenant: str, job: Job, stores: JobStores) -> JobAnswer:
    is_done = job.status == DONE
    url = None
    if is_done:
        name = f"{job.asking.kind}.{job.asking.format}"
        url = stores.links.url(jobs.answer_key(tenant, job), URL_SECONDS, name)
    return JobAnswer(
        job=job.id,
        status=job.status,
        kind=job.asking.kind,
        format=job.asking.format,
        created=times.iso(job.created),
        tries=job.tries,
        fetched=job.fetched,
        total=job.total,
        reason=job.reason,
        finished=None if job.finished is None else times.iso(job.finished),
        size=job.size if is_done else None,
        url=url,
        expires=times.iso(job.created + jobs.KEPT_MS),
    )

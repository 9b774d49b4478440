"""A job is named by its question: who asks the same again meets it, while it is of use."""

from typing import Any

import msgspec
import pytest

from tests import fakes
from waypost.errors import BadQuery, Unavailable
from waypost.insights import jobs
from waypost.insights.jobs import DONE, FAILED, FRESH_MS, QUEUED, RUNNING, SILENT_MS, Job
from waypost.storage.jobs_table import DynamoJobs

NOW = 1_800_000_000_000
ASKING = jobs.asking("metrics", {"metric": ["users"], "filter": ["a=1", "b=2"]}, "json")


class World:
    """Records of jobs, a queue and a clock."""

    def __init__(self) -> None:
        table: Any = fakes.MemoryTable()
        self.jobs = DynamoJobs(table)
        self.queue = fakes.FakeOutbox()
        self.clock = fakes.FixedClock(NOW)

    def request(self, tenant: str = "t1", asking: jobs.Asking = ASKING) -> Job:
        return jobs.request(tenant, asking, jobs=self.jobs, queue=self.queue, clock=self.clock)

    def leave(self, job: Job, **changes: Any) -> None:
        self.jobs.put("t1", msgspec.structs.replace(job, **changes))


@pytest.fixture
def world() -> World:
    return World()


def test_a_job_is_recorded_and_queued(world: World) -> None:
    job = world.request()

    assert (job.status, job.created) == (QUEUED, NOW)
    assert world.jobs.get("t1", job.id) == job
    ((tenant, body),) = world.queue.sent
    assert tenant == "t1"
    assert msgspec.json.decode(body) == {"tenant": "t1", "job": job.id, "created": NOW}


@pytest.mark.parametrize("status", [QUEUED, RUNNING])
def test_the_same_question_meets_the_job_that_is_under_way(world: World, status: str) -> None:
    first = world.request()
    world.leave(first, status=status)
    world.clock.tick(SILENT_MS - 1)

    again = world.request()

    assert (again.id, again.created) == (first.id, first.created)
    assert len(world.queue.sent) == 1


def test_the_same_question_a_moment_after_its_answer_meets_the_answer(world: World) -> None:
    first = world.request()
    world.leave(first, status=DONE, finished=NOW)
    world.clock.tick(FRESH_MS - 1)

    assert world.request().status == DONE
    assert len(world.queue.sent) == 1


@pytest.mark.parametrize(
    ("left", "later"),
    [
        ({"status": DONE, "finished": NOW}, FRESH_MS),
        ({"status": FAILED}, 1),
        ({"status": RUNNING}, SILENT_MS),
        ({"status": QUEUED}, SILENT_MS),
    ],
)
def test_what_is_old_or_failed_or_silent_is_asked_anew(
    world: World, left: dict[str, Any], later: int
) -> None:
    first = world.request()
    world.leave(first, **left)
    world.clock.tick(later)

    again = world.request()

    assert (again.id, again.status, again.created) == (first.id, QUEUED, NOW + later)
    assert len(world.queue.sent) == 2


@pytest.mark.parametrize(
    ("tenant", "asking"),
    [
        ("t2", ASKING),
        ("t1", jobs.asking("funnels", ASKING.parameters, "json")),
        ("t1", jobs.asking("metrics", ASKING.parameters, "csv")),
        ("t1", jobs.asking("metrics", {"metric": ["users"], "filter": ["b=2", "a=1"]}, "json")),
        ("t1", jobs.asking("metrics", {"metric": ["users"]}, "json")),
    ],
)
def test_another_question_or_tenant_is_another_job(
    world: World, tenant: str, asking: jobs.Asking
) -> None:
    assert world.request().id != world.request(tenant, asking).id


def test_how_a_question_is_asked_makes_no_other_job() -> None:
    """The order of names, empty values, and what only says how it is answered."""
    given = {"filter": ["a=1", "", "b=2"], "async": ["true"], "metric": ["users"], "to": [""]}

    assert jobs.asking("metrics", {**given, "format": ["json"]}, "json") == ASKING


def test_a_job_that_could_not_be_queued_is_not_waited_for(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise Unavailable("SQS takes nothing")

    with monkeypatch.context() as broken:
        broken.setattr(world.queue, "send", refuse)
        with pytest.raises(Unavailable):
            world.request()

    assert world.request().status == QUEUED
    assert len(world.queue.sent) == 1


@pytest.mark.parametrize("status", [QUEUED, RUNNING])
def test_a_job_of_which_nothing_is_heard_has_failed(world: World, status: str) -> None:
    """The function of its last try was killed: nobody is left to say so."""
    job = world.request()
    world.leave(job, status=status)
    standing = world.jobs.get("t1", job.id)
    assert standing is not None

    assert jobs.as_of(standing, NOW + SILENT_MS - 1).status == status
    silent = jobs.as_of(standing, NOW + SILENT_MS)

    assert (silent.status, bool(silent.reason)) == (FAILED, True)


def test_a_message_of_an_earlier_asking_asks_for_nothing(world: World) -> None:
    first = world.request()
    world.leave(first, status=FAILED)
    world.clock.tick(1)
    world.request()

    earlier, later = (
        msgspec.json.decode(body, type=jobs.JobMessage) for _, body in world.queue.sent
    )

    standing = world.jobs.get("t1", first.id)
    assert not jobs.is_wanted(standing, earlier)
    assert jobs.is_wanted(standing, later)
    assert not jobs.is_wanted(None, later)


def test_a_question_that_no_record_keeps_is_refused(world: World) -> None:
    asking = jobs.asking("metrics", {"filter": ["x" * jobs.MOST_BYTES]}, "json")

    with pytest.raises(BadQuery):
        world.request(asking=asking)

    assert world.queue.sent == []

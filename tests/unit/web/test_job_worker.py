"""A job's answer is a file, and its record says how it got there, whatever becomes of a try."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.unit.lake.lakes import NOW, TENANT
from tests.unit.web.question_world import KIND, World, counted
from waypost.errors import Unavailable
from waypost.insights import jobs
from waypost.insights.jobs import DONE, FAILED, QUEUED, RUNNING, Job
from waypost.lake.limits import Limits
from waypost.web import job_worker
from waypost.web.api import routes
from waypost.web.job_worker import MOST_TRIES


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setitem(routes.QUESTIONS, KIND, counted)
    return World(tmp_path)


def asked(world: World, format: str = "json", **given: str) -> Job:
    asking = jobs.asking(KIND, {name: [value] for name, value in given.items()}, format)
    stores = world.job_stores()
    return jobs.request(TENANT, asking, jobs=stores.jobs, queue=stores.queue, clock=stores.clock)


def delivered(world: World, tries: int = 1) -> list[str]:
    """The newest message, handed to the function for the so manieth time."""
    _, body = world.queue.sent[-1]
    attributes = {"ApproximateReceiveCount": str(tries)}
    record: dict[str, Any] = {"messageId": "m1", "body": body, "attributes": attributes}
    return job_worker.run_all([record], world.desk())


def file_of(world: World, job: Job) -> bytes:
    return world.lake.lake.objects[jobs.answer_key(TENANT, job)]


def test_the_answer_is_a_file_and_the_record_says_so(world: World) -> None:
    asked(world)

    assert delivered(world) == []

    job = world.job()
    assert (job.status, job.tries, job.finished) == (DONE, 1, NOW)
    assert msgspec.json.decode(file_of(world, job))["rows"] == [
        {"action": "=b", "events": 1},
        {"action": "a", "events": 3},
    ]
    assert job.size == len(file_of(world, job))


def test_the_parameters_of_the_question_are_those_of_its_job(world: World) -> None:
    asked(world, "csv", least="2")

    delivered(world)

    assert file_of(world, world.job()) == b"action,events\na,3\n"


def test_a_message_that_comes_twice_does_no_harm(world: World) -> None:
    asked(world)
    delivered(world)
    before = world.job()
    world.lake.lake.objects.pop(jobs.answer_key(TENANT, before))
    world.clock.tick(1)

    assert delivered(world, tries=2) == []

    assert world.job() == before
    assert jobs.answer_key(TENANT, before) not in world.lake.lake.objects, "nothing was done"


def test_what_a_killed_function_left_is_done_by_the_next_one(world: World) -> None:
    killed = asked(world)
    killed.status, killed.tries, killed.fetched = RUNNING, 1, 7
    world.jobs.put(TENANT, killed)

    assert delivered(world, tries=2) == []

    assert (world.job().status, world.job().tries) == (DONE, 2)


def test_a_refused_question_has_failed_for_its_reason_and_is_not_tried_again(world: World) -> None:
    asked(world, lesat="2")

    assert delivered(world) == []

    assert world.job().status == FAILED
    assert "did you mean least" in str(world.job().reason)


def test_what_is_too_much_for_a_job_has_failed_for_that(world: World) -> None:
    world.limits = Limits(seconds=lambda: 0.2)
    asked(world, endless="true")

    assert delivered(world) == []

    assert world.job().status == FAILED
    assert "longer" in str(world.job().reason)


def test_trouble_is_tried_again_and_failed_after_the_last_try(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: Any) -> None:
        raise Unavailable("S3 does not answer")

    monkeypatch.setattr(world.lake.lake, "put_file", gone)
    asked(world)

    assert delivered(world) == ["m1"]
    assert (world.job().status, bool(world.job().reason)) == (QUEUED, True)
    assert delivered(world, MOST_TRIES) == ["m1"]

    assert (world.job().status, bool(world.job().reason)) == (FAILED, True)


def test_after_trouble_the_reason_is_gone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any) -> None:
        raise Unavailable("S3 does not answer")

    asked(world)
    with monkeypatch.context() as broken:
        broken.setattr(world.lake.lake, "put_file", gone)
        delivered(world)

    delivered(world, tries=2)

    assert (world.job().status, world.job().reason) == (DONE, None)


def test_a_message_that_cannot_be_read_comes_again(world: World) -> None:
    assert job_worker.run_all([{"messageId": "m1", "body": "{"}], world.desk()) == ["m1"]


def test_a_running_job_tells_how_far_it_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that it reads is here; the query takes until it is interrupted."""
    monkeypatch.setattr("waypost.lake.limits._TELLS", 0.1)
    seen: list[Job] = []
    put = world.jobs.put

    def noted(tenant: str, job: Job) -> None:
        seen.append(msgspec.structs.replace(job))
        put(tenant, job)

    def limited(told: Any) -> Any:
        world.limits = Limits(seconds=lambda: 0.5, told=told)
        return world.stores()

    monkeypatch.setattr(world.jobs, "put", noted)
    asked(world, endless="true")
    record = {"messageId": "m1", "body": world.queue.sent[0][1]}
    job_worker.run_all([record], replace(world.desk(), stores=limited))

    (size,) = {len(data) for data in world.lake.lake.objects.values()}
    assert (RUNNING, size, size) in {(job.status, job.fetched, job.total) for job in seen}

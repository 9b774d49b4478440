"""What takes too long for an answer is a job, which tells its tenant alone how it is getting on."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.asking import asked
from tests.unit.lake.lakes import NOW, TENANT
from tests.unit.web.question_world import KIND, World, counted
from waypost.errors import BadQuery, NotFound
from waypost.insights.jobs import DONE, KEPT_MS, QUEUED, RUNNING, SILENT_MS
from waypost.lake.limits import Limits
from waypost.times import iso
from waypost.web import job_worker
from waypost.web.api import jobs, kinds, routes
from waypost.web.asking import Parameters
from waypost.web.reading import formatted
from waypost.web.responses import Response


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setitem(routes.QUESTIONS, KIND, counted)
    return World(tmp_path)


def ask(world: World, parameters: Parameters) -> tuple[int, Any]:
    """The status and body of an answer, as the route of the kind gives it."""

    def respond() -> Response:
        stores = world.stores()
        return formatted(lambda page: kinds.answer(KIND, TENANT, page, stores), parameters)

    def check() -> None:
        kinds.check(KIND, TENANT, parameters.given, tenants=world.tenants, clock=world.clock)

    answer = jobs.or_job(
        respond, check, tenant=TENANT, kind=KIND, parameters=parameters, stores=world.job_stores
    )
    return answer.status, json.loads(str(answer.body))


def told(world: World) -> Any:
    return msgspec.to_builtins(jobs.job(TENANT, world.job().id, world.job_stores()))


def test_what_does_not_take_long_is_answered_at_once(world: World) -> None:
    status, body = ask(world, asked())

    assert (status, len(body["rows"])) == (200, 2)
    assert world.queue.sent == []


@pytest.mark.parametrize(
    ("limits", "given"),
    [
        (Limits(seconds=lambda: 0.2), {"endless": "true"}),
        (Limits(bytes=10), {}),
        (Limits(), {"async": "true"}),
    ],
)
def test_what_takes_long_reads_much_or_is_asked_as_a_job_is_one(
    world: World, limits: Limits, given: dict[str, str]
) -> None:
    world.limits = limits

    status, body = ask(world, Parameters({name: [value] for name, value in given.items()}))

    job = world.job()
    assert status == 202
    assert body == {"job": job.id, "status": QUEUED, "href": f"/api/v1/jobs/{job.id}"}
    assert job.asking.parameters == {k: [v] for k, v in given.items() if k != "async"}


@pytest.mark.parametrize("format", ["csv", "json"])
def test_what_no_answer_holds_is_a_job(
    world: World, monkeypatch: pytest.MonkeyPatch, format: str
) -> None:
    monkeypatch.setattr("waypost.answer_size.MOST_BYTES", 10)

    status, _ = ask(world, asked(format=format, least="1"))

    assert (status, world.job().asking.format) == (202, format)
    assert world.job().asking.parameters == {"least": ["1"]}


@pytest.mark.parametrize("given", [{"least": "many"}, {"lesat": "1"}, {"filter": "nothing"}])
def test_a_question_that_nobody_could_answer_is_refused_and_no_job(
    world: World, given: dict[str, str]
) -> None:
    with pytest.raises(BadQuery):
        ask(world, asked(async_="true", **given))

    assert world.queue.sent == []


def test_a_job_tells_how_far_it_is(world: World) -> None:
    ask(world, asked(async_="true"))
    job = world.job()
    job.status, job.tries, job.fetched, job.total = RUNNING, 1, 7, 9
    world.jobs.put(TENANT, job)

    assert told(world) == {
        **{"job": job.id, "status": RUNNING, "kind": KIND, "format": "json", "created": iso(NOW)},
        **{"tries": 1, "fetched": 7, "total": 9, "reason": None, "finished": None, "size": None},
        **{"url": None, "expires": iso(NOW + KEPT_MS)},
    }


def test_a_job_that_is_done_tells_where_its_answer_is(world: World) -> None:
    ask(world, asked(async_="true", format="csv"))
    record = {"messageId": "m1", "body": world.queue.sent[0][1]}
    job_worker.run_all([record], world.desk())

    answer = told(world)

    place = f"answers/tenant_id={TENANT}/{answer['job']}.csv"
    assert (answer["status"], answer["finished"]) == (DONE, iso(NOW))
    assert answer["size"] == len(world.lake.lake.objects[place])
    assert answer["url"] == f"https://lake.example/{place}?expires=3600&name={KIND}.csv"


def test_a_job_whose_function_was_killed_at_the_last_has_failed(world: World) -> None:
    ask(world, asked(async_="true"))
    world.clock.tick(SILENT_MS)

    assert told(world)["status"] == "failed"
    assert told(world)["reason"]


@pytest.mark.parametrize("id", ["none", "", "x" * 2_000, "a\x00"])
def test_a_job_that_is_not_there_is_unknown(world: World, id: str) -> None:
    with pytest.raises(NotFound):
        jobs.job(TENANT, id, world.job_stores())


def test_a_job_of_another_tenant_is_unknown(world: World) -> None:
    ask(world, asked(async_="true"))

    with pytest.raises(NotFound):
        jobs.job("t2", world.job().id, world.job_stores())

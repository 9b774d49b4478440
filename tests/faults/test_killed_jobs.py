"""A job whose function is killed, wherever that happens, is done by the one that follows."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.faults.killers import Killer, Mortal, every_point, survives
from tests.unit.lake.lakes import TENANT
from tests.unit.web.question_world import KIND, World, counted
from waypost.insights import jobs
from waypost.insights.jobs import DONE
from waypost.web import job_worker
from waypost.web.api import routes


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(routes.QUESTIONS, KIND, counted)


def queued(folder: Path) -> World:
    folder.mkdir()
    world = World(folder)
    stores = world.job_stores()
    asking = jobs.asking(KIND, {}, "json")
    jobs.request(TENANT, asking, jobs=stores.jobs, queue=stores.queue, clock=stores.clock)
    return world


def deliver(world: World, killer: Killer | None = None) -> list[str]:
    desk = world.desk()
    if killer is not None:
        files, records = Mortal(desk.files, killer), Mortal(desk.jobs, killer)
        desk = replace(desk, files=files, jobs=records)
    record: dict[str, Any] = {"messageId": "m1", "body": world.queue.sent[0][1]}
    return job_worker.run_all([record], desk)


def test_a_job_killed_at_any_call_is_done_by_the_next_delivery(tmp_path: Path) -> None:
    whole = queued(tmp_path / "whole")
    points = every_point(lambda killer: deliver(whole, killer))
    assert len(points) >= 2 * len(("get", "running", "file", "done"))
    for number, killer in enumerate(points):
        world = queued(tmp_path / str(number))
        assert not survives(partial(deliver, world, killer))

        assert deliver(world) == []

        assert world.job().status == DONE, killer
        key = jobs.answer_key(TENANT, world.job())
        assert world.lake.lake.objects[key] == whole.lake.lake.objects[key], killer

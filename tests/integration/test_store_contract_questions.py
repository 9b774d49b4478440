"""The stores' promises to questions: jobs by id, saved questions by name, answers as files."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import urllib3

from tests.integration.worlds import Aws, World
from waypost.insights.jobs import DONE, QUEUED, Asking, Job
from waypost.insights.saved import SavedQuestion
from waypost.storage.lake_bucket import S3Lake
from waypost.storage.lean_stores import Downloads
from waypost.tenants import Tenant

NOW = 1_800_000_000_000
ASKING = Asking("metrics", {"filter": ["info.a=ä", "action exists"]}, "csv")


def test_a_job_is_read_as_it_was_last_written(world: World, tenant: Tenant) -> None:
    job = Job("j1", QUEUED, ASKING, NOW, NOW)
    world.jobs.put(tenant.id, job)
    job.status, job.fetched, job.total, job.finished = DONE, 7, 9, NOW + 1
    world.jobs.put(tenant.id, job)

    assert world.jobs.get(tenant.id, "j1") == job
    assert world.jobs.get(tenant.id, "j2") is None
    assert world.jobs.get(str(uuid4()), "j1") is None


def test_saved_questions_are_listed_by_name(world: World, tenant: Tenant) -> None:
    questions = [
        SavedQuestion(name, "metrics", {"metric": ["users"]}, NOW, "Ä title")
        for name in ("b", "a b", "A")
    ]
    for question in questions:
        world.questions.put(tenant.id, question)

    assert [question.name for question in world.questions.every(tenant.id)] == ["A", "a b", "b"]
    assert world.questions.get(tenant.id, "a b") == questions[1]
    assert world.questions.get(tenant.id, "a") is None
    assert world.questions.every(str(uuid4())) == []


def test_a_saved_question_is_replaced_and_deleted(world: World, tenant: Tenant) -> None:
    for kind in ("metrics", "funnels"):
        world.questions.put(tenant.id, SavedQuestion("a", kind, {}, NOW))
    assert world.questions.get(tenant.id, "a").kind == "funnels"

    world.questions.delete(tenant.id, "a")
    world.questions.delete(tenant.id, "a")

    assert world.questions.every(tenant.id) == []


@pytest.mark.slow
def test_an_answer_is_downloaded_by_its_url_alone(embedded: Aws, tmp_path: Path) -> None:
    bucket = embedded.outputs["LakeBucket"]
    lake, links = S3Lake(embedded.client("s3"), bucket), Downloads(embedded.caller("s3"), bucket)
    path = tmp_path / "answer"
    path.write_bytes(b"a,b\n1,2\n")
    key = "answers/tenant_id=t1/j1.csv"

    size = lake.put_file(key, path)
    url = links.url(key, 60, "metrics.csv")

    assert parse_qs(urlsplit(url).query)["X-Amz-Expires"] == ["60"]
    answer = urllib3.request("GET", url)
    assert (answer.status, answer.data, size) == (200, b"a,b\n1,2\n", 8)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="metrics.csv"'

"""A question as a job, from 202 to its file; and questions by name, as they are asked again."""

import json
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from tests.conftest import Customer, Local, eventually
from tests.e2e.commandline import Run
from waypost.insights.jobs import JobMessage
from waypost.storage.dynamo import Table
from waypost.storage.jobs_table import DynamoJobs

ACTIONS = ("Signed up", "Paid", "Paid")


@pytest.fixture(scope="module")
def busy(local: Local) -> Customer:
    """Three events, of two users."""
    customer = local.customer()
    for number, action in enumerate(ACTIONS):
        body = {"externalId": f"u-{number % 2}", "companyExternalId": "acme", "action": action}
        local.send("POST", f"/analytics/{customer.tenant}", body)
    local.settled(customer, len(ACTIONS))
    return customer


def ask(local: Local, customer: Customer, path: str) -> tuple[int, Any]:
    token = f"Bearer {customer.token}"
    status, body, _ = local.send("GET", f"/api/v1/{path}", Authorization=token)
    return status, body


def ended(local: Local, customer: Customer, job: str) -> Any:
    return eventually(
        lambda: local.get(customer, f"jobs/{job}"),
        lambda told: told["status"] in {"done", "failed"},
    )


def download(local: Local, told: Any) -> bytes:
    answer = local.http.request("GET", told["url"])
    assert (answer.status, len(answer.data)) == (200, told["size"])
    return bytes(answer.data)


@pytest.mark.parametrize(
    "question", ["metrics?metric=events&group_by=action", "users?sort=events", "accounts"]
)
def test_a_job_answers_as_its_route_does(local: Local, busy: Customer, question: str) -> None:
    mark = "&" if "?" in question else "?"

    status, started = ask(local, busy, f"{question}{mark}async=true")
    told = ended(local, busy, started["job"])

    assert (status, started["href"]) == (202, f"/api/v1/jobs/{started['job']}")
    assert (told["status"], told["reason"], told["tries"]) == ("done", None, 1)
    there, here = json.loads(download(local, told)), local.get(busy, question)
    assert there | {"complete_until": 0} == here | {"complete_until": 0}


def test_a_job_of_csv_answers_with_the_csv_of_its_route(local: Local, busy: Customer) -> None:
    _, started = ask(local, busy, "users?format=csv&async=true")
    told = ended(local, busy, started["job"])

    assert download(local, told).decode() == ask(local, busy, "users?format=csv")[1]
    assert told["format"] == "csv"


def test_a_message_that_is_delivered_again_changes_nothing(local: Local, busy: Customer) -> None:
    _, started = ask(local, busy, "metrics?async=true")
    told = ended(local, busy, started["job"])
    table = Table(local.client("dynamodb"), local.outputs["DirectoryTable"])
    job = DynamoJobs(table).get(busy.tenant, started["job"])
    assert job is not None
    message = JobMessage(busy.tenant, job.id, job.created)
    sqs, queue = local.client("sqs"), local.outputs["JobQueueUrl"]

    sqs.send_message(QueueUrl=queue, MessageBody=msgspec.json.encode(message).decode())
    eventually(lambda: waiting(sqs, queue), lambda number: number == 0)

    again = local.get(busy, f"jobs/{started['job']}")
    assert again | {"url": ""} == told | {"url": ""}
    assert ask(local, busy, "metrics?async=true")[1]["status"] == "done"


def test_what_the_route_refuses_is_no_job(local: Local, busy: Customer) -> None:
    status, body = ask(local, busy, "metrics?metric=nothing&async=true")

    assert (status, body["code"]) == (400, "bad_query")


def test_another_tenant_sees_no_job(local: Local, busy: Customer) -> None:
    _, started = ask(local, busy, "metrics?async=true")

    status, body = ask(local, local.customer(), f"jobs/{started['job']}")

    assert (status, body["code"]) == (404, "unknown_job")


def save(local: Local, customer: Customer, name: str, body: Any, method: str = "PUT") -> Any:
    token = f"Bearer {customer.token}"
    route = f"/api/v1/questions/{quote(name)}"
    return local.send(method, route, body, Authorization=token)[:2]


def test_a_saved_question_is_answered_as_its_route_answers(local: Local, busy: Customer) -> None:
    asked = {"metric": "events", "group_by": ["action"], "interval": "week"}

    status, saved = save(local, busy, "By action", {"kind": "metrics", "parameters": asked})

    assert (status, saved["name"]) == (200, "By action")
    assert saved in local.get(busy, "questions")["questions"]
    assert local.get(busy, "questions/By%20action") == saved
    answer = local.get(busy, "questions/By%20action/answer?interval=month")
    there = local.get(busy, "metrics?group_by=action&interval=month")
    assert answer | {"complete_until": 0} == there | {"complete_until": 0}
    csv = ask(local, busy, "questions/By%20action/answer?format=csv")[1]
    assert csv == ask(local, busy, "metrics?group_by=action&interval=week&format=csv")[1]


def test_a_saved_question_goes_on_as_a_job_too(local: Local, busy: Customer) -> None:
    save(local, busy, "all", {"kind": "users"})

    status, started = ask(local, busy, "questions/all/answer?async=true")

    assert status == 202
    assert json.loads(download(local, ended(local, busy, started["job"])))["users"]


def test_questions_are_saved_by_administrators_and_refused_by_name(
    local: Local, busy: Customer
) -> None:
    reader = local.send("PUT", "/api/v1/questions/q", {"kind": "metrics"})[0]
    bad = save(local, busy, "q", {"kind": "metrics", "parameters": {"metrik": "users"}})

    assert reader == 401
    assert (bad[0], bad[1]["field"]) == (400, "metrik")
    assert ask(local, busy, "questions/q")[0] == 404


def test_a_question_that_was_deleted_is_not_answered(local: Local, busy: Customer) -> None:
    save(local, busy, "gone", {"kind": "metrics"})

    assert save(local, busy, "gone", b"", "DELETE")[0] == 200

    for route in ("questions/gone", "questions/gone/answer"):
        assert ask(local, busy, route)[0] == 404
    assert save(local, busy, "gone", b"", "DELETE")[0] == 404


def waiting(sqs: Any, queue: str) -> int:
    """Messages that are in a queue, or with a function."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(counts[name]) for name in names)


def test_a_saved_question_is_asked_on_the_command_line(
    local: Local, customer: Customer, waypost: Run
) -> None:
    save(local, customer, "By action", {"kind": "metrics", "parameters": {"group_by": "action"}})

    listed = waypost("questions", "--table")
    at_once = waypost("ask", "By action", "last=7d")
    as_job = waypost("ask", "By action", "last=7d", "async=true")

    assert "By action  metrics  group_by=action" in listed.stdout
    one, other = json.loads(at_once.stdout), json.loads(as_job.stdout)
    assert one | {"complete_until": 0} == other | {"complete_until": 0}

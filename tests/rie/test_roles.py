"""The ways through a function that its sample event does not take, held against its role too."""

import json
from typing import Any
from uuid import uuid4

import msgspec
import pytest
import urllib3
from msgspec.structs import replace

from tests.conftest import Customer, Local, eventually
from tests.rie.conftest import Lambdas
from tests.rie.emulator import Function
from tests.rie.events import (
    dropped,
    from_queue,
    more_names_than_an_item_holds,
    now,
    once_more,
    queued,
    request,
    run_of,
)
from tests.template.stack import the_stack
from waypost.event import Event, Reject
from waypost.ingest import messages
from waypost.ingest.messages import INLINE_EVENTS, Message, Pointer
from waypost.insights.jobs import QUEUED, JobMessage
from waypost.storage.dynamo import Table
from waypost.storage.jobs_table import DynamoJobs

WHOLE: dict[str, list[str]] = {"batchItemFailures": []}
# Older than any row is kept: such an event is in the lake alone.
OLD_MS = 200 * 86_400_000
# What a question cannot be asked without.
NEEDED: dict[str, dict[str, Any]] = {
    "/api/v1/funnels": {"step": ["Step 0", "Step 1"]},
    "/api/v1/paths": {"action": "Step 0"},
}


def test_planhat_keeps_to_its_role_with_a_large_body_and_a_stream(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    many = [{"externalId": f"u-{n}", "action": "Imported"} for n in range(INLINE_EVENTS + 1)]
    bulk = request("POST", f"/analytics/bulk/{customer.tenant}", json.dumps(many).encode())
    rows = b"id,action\nu-1,Imported\n"
    stream = request("PUT", f"/analytics/stream/csv/{customer.tenant}", rows)

    with lambdas.start("planhat") as (function, gate):
        answers = [function.invoke(bulk), function.invoke(stream)]

    assert gate.refused == []
    assert [json.loads(answer["body"])["processed"] for answer in answers] == [len(many), 1]
    assert local.settled(customer, len(many) + 1)["rejected"] == 0


def test_uploads_keeps_to_its_role_when_asked_how_far_a_batch_is(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    stream = f"/analytics/stream/csv/{customer.tenant}"
    refused = local.send("PUT", stream, b"id,action,date\nu-1,Imported,never\n")[1]["batch"]
    with lambdas.start("uploads") as (function, gate):
        opened = function.invoke(request("POST", f"/analytics/uploads/{customer.tenant}"))
        batch = json.loads(opened["body"])["batch"]
        answers = [
            function.invoke(request("GET", f"/analytics/batches/{customer.tenant}/{asked}"))
            for asked in (batch, refused)
        ]

    assert gate.refused == []
    assert [json.loads(answer["body"])["id"] for answer in answers] == [batch, refused]


def test_uploads_keeps_to_its_role_when_it_is_told_how_a_file_is_read(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    """The stack's own loader asks, and goes on with what the function queues for it."""
    opened = local.send("POST", f"/analytics/uploads/{customer.tenant}")[1]
    place = f"/analytics/batches/{customer.tenant}/{opened['batch']}"
    rows = b"id,action,date\nu-1,Imported,05/10/2016\n"
    assert urllib3.request("PUT", opened["url"], body=rows).status == 200
    eventually(lambda: local.send("GET", place)[1], lambda batch: batch["status"] == "waiting")

    with lambdas.start("uploads") as (function, gate):
        answer = function.invoke(request("POST", place, b'{"reading":{"dateOrder":"dmy"}}'))

    assert (gate.refused, answer["statusCode"]) == ([], 200)
    assert local.settled(customer, 1)["stored"] == 1


def test_load_keeps_to_its_role_when_it_hands_the_rest_on(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    """It stops with a minute to spare: given half a minute in all, after the first part."""
    key = f"drops/{customer.tenant}/{uuid4().hex}.csv"
    body = b"id,action\nu-1,Imported\n"
    bucket = local.outputs["InboxBucket"]
    stored = local.client("s3").put_object(Bucket=bucket, Key=key, Body=body)

    with lambdas.start("load", timeout=30) as (function, gate):
        answer = function.invoke(dropped(key, stored["ETag"].strip('"')))

    assert (gate.refused, answer) == ([], WHOLE)
    assert any(call.resource == "LoadQueue" for call in gate.used)


def test_load_keeps_to_its_role_with_an_upload_of_many_rows(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    """A second file under one URL: the first is loaded by the stack, which answers to S3 too."""
    opened = local.send("POST", f"/analytics/uploads/{customer.tenant}")[1]
    s3, bucket = local.client("s3"), local.outputs["InboxBucket"]
    key = f"uploads/{customer.tenant}/{opened['batch']}/data"
    s3.put_object(Bucket=bucket, Key=key, Body=b"id,action\nu-0,Opened\n")
    local.settled(customer, 1)
    rows = b"".join(b"u-%d,Imported\n" % number for number in range(INLINE_EVENTS + 1))
    stored = s3.put_object(Bucket=bucket, Key=key, Body=b"id,action\n" + rows)

    with lambdas.start("load") as (function, gate):
        answer = function.invoke(dropped(key, stored["ETag"].strip('"')))

    assert (gate.refused, answer) == ([], WHOLE)
    assert any(call.resource == "ChunkQueue" for call in gate.used)
    assert local.settled(customer, INLINE_EVENTS + 2)["rejected"] == 0


def test_admin_keeps_to_its_role_when_everything_is_made_anew(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    """An upload and a drop are loaded again; a drop that is gone is not."""
    opened = local.send("POST", f"/analytics/uploads/{customer.tenant}")[1]
    s3, bucket = local.client("s3"), local.outputs["InboxBucket"]
    upload = f"uploads/{customer.tenant}/{opened['batch']}/data"
    kept, gone = (f"drops/{customer.tenant}/{uuid4().hex}.csv" for _ in range(2))
    for number, key in enumerate((upload, kept, gone)):
        s3.put_object(Bucket=bucket, Key=key, Body=b"id,action\nu-%d,Imported\n" % number)
    local.settled(customer, 3)
    s3.delete_object(Bucket=bucket, Key=gone)
    replay = request("POST", "/api/v1/replay", query={"inbox": "true"}, token=customer.token)

    answer = lambdas.run("admin", replay)

    assert answer["statusCode"] == 202
    assert json.loads(answer["body"])["files"] == 2


def test_load_keeps_to_its_role_with_files_that_are_not_there_any_more(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    key = f"drops/{customer.tenant}/{uuid4().hex}.csv"
    local.client("s3").put_object(Bucket=local.outputs["InboxBucket"], Key=key, Body=b"id,action")

    with lambdas.start("load") as (function, gate):
        answers = [function.invoke(dropped(place, "0" * 32)) for place in (key, f"{key}.gone")]

    assert (gate.refused, answers) == ([], [WHOLE, WHOLE])
    listed = local.get(customer, "batches")["batches"]
    reasons = {str(batch.get("error")).partition(" before ")[0] for batch in listed}
    assert {"the file was overwritten", "the file was deleted"} <= reasons


def test_load_and_aggregate_keep_to_their_roles_when_a_message_comes_back(
    lambdas: Lambdas, local: Local
) -> None:
    for verb, queue in (("load", "LoadQueueUrl"), ("aggregate", "AggregateQueueUrl")):
        with lambdas.start(verb) as (function, gate):
            answer = function.invoke(from_queue(local.outputs[queue], queued(b"no message")))

        assert gate.refused == []
        assert len(answer["batchItemFailures"]) == 1
        assert any(call.action == "sqs:ChangeMessageVisibility" for call in gate.used)


def test_load_and_aggregate_hide_what_they_begin_for_as_long_as_they_live(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    """Should they die, a file or a run would else wait for an hour and a half."""
    begun = {
        "load": from_queue(local.outputs["LoadQueueUrl"], dropped("nobody/file", "e1")),
        "aggregate": from_queue(local.outputs["AggregateQueueUrl"], run_of(customer.tenant)),
    }

    for verb, event in begun.items():
        with lambdas.start(verb) as (function, gate):
            assert function.invoke(event) == WHOLE

        assert any(call.action == "sqs:ChangeMessageVisibility" for call in gate.used)


@pytest.mark.parametrize("queue", ["MatchQueueUrl", "ChunkQueueUrl"])
def test_match_keeps_to_its_role_when_a_message_comes_back(
    lambdas: Lambdas, local: Local, queue: str
) -> None:
    with lambdas.start("match") as (function, gate):
        answer = function.invoke(from_queue(local.outputs[queue], queued(b"no message")))

    assert gate.refused == []
    assert len(answer["batchItemFailures"]) == 1
    assert any(call.action == "sqs:ChangeMessageVisibility" for call in gate.used)


@pytest.mark.parametrize("queue", ["MatchQueueUrl", "ChunkQueueUrl"])
def test_match_keeps_to_its_role_when_messages_may_have_ended_a_function(
    lambdas: Lambdas, local: Local, customer: Customer, queue: str
) -> None:
    at = now()
    event = Event("5" * 32, 0, at, "Seen", external_id="u-1")
    message = Message(customer.tenant, f"{at:015d}-a", "planhat", at, [event])
    batch = [queued(msgspec.json.encode(message)), queued(b"no message")]
    records = [record for one in batch for record in one["Records"]]

    with lambdas.start("match") as (function, gate):
        suspected = once_more(from_queue(local.outputs[queue], {"Records": records}))
        answer = function.invoke(suspected)

    assert gate.refused == []
    assert len(answer["batchItemFailures"]) == 1
    assert any(call.action == "sqs:DeleteMessage" for call in gate.used)


def test_match_keeps_to_its_role_with_domains_and_the_types_of_properties(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    at = now()
    event = Event("4" * 32, 0, at, "Seen", email="ann@acme.com", properties={"plan": "pro"})
    message = Message(customer.tenant, f"{at:015d}-a", "planhat", at, [event])

    answer = lambdas.run("match", queued(msgspec.json.encode(message)))

    assert answer == WHOLE
    assert local.settled(customer, 1)["received"] == 1


def test_match_keeps_to_its_role_with_an_event_that_overwrites(
    lambdas: Lambdas, customer: Customer
) -> None:
    at = now()
    salted = Event("5" * 32, 0, at, "Seen", external_id="u-1", digest="d" * 16, overwrites=True)
    copies = [
        msgspec.json.encode(Message(customer.tenant, f"{at:015d}-{name}", "synerise", at, [salted]))
        for name in "ab"
    ]

    with lambdas.start("match") as (function, gate):
        answers = [function.invoke(queued(copy)) for copy in copies]

    assert (gate.refused, answers) == ([], [WHOLE, WHOLE])
    assert any(call.action == "dynamodb:PartiQLUpdate" for call in gate.used)


def test_match_keeps_to_its_role_with_chunks_rejects_and_users_without_account(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    at = now()
    waiting = Event("1" * 32, 0, at, "Seen", external_id="u-1")
    keyed = Event("2" * 32, 1, at, "Seen", external_id="u-2", digest="d" * 16)
    reject = Reject(2, "identity_missing", "whose activity is it?", payload="{}")
    placed = Event("3" * 32, 0, at, "Seen", external_id="u-1", company_id="acme")
    chunk = _chunk(
        local, Message(customer.tenant, f"{at:015d}-a", "planhat", at, [waiting, keyed], [reject])
    )
    inline = msgspec.json.encode(Message(customer.tenant, f"{at:015d}-b", "planhat", at, [placed]))

    with lambdas.start("match") as (function, gate):
        answers = [function.invoke(queued(chunk)), function.invoke(queued(inline))]

    assert (gate.refused, answers) == ([], [WHOLE, WHOLE])
    counts = local.settled(customer, 4)
    assert (counts["received"], counts["rejected"]) == (4, 1)


def test_aggregate_keeps_to_its_role_when_a_day_is_written_again(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    with lambdas.start("aggregate") as (function, gate):
        for number in range(2):
            _send(local, customer, number)
            assert function.invoke(run_of(customer.tenant)) == WHOLE

    assert gate.refused == []
    series = local.get(customer, "metrics?metric=events&group_by=account")
    assert series["totals"] == [{"key": "acme", "value": 2}]


def test_aggregate_keeps_to_its_role_when_it_ends_sessions(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    received = 0
    for number in (1, INLINE_EVENTS + 1):
        began = [
            {"externalId": f"u-{n}", "action": "session.start", "session": f"s{number}-{n}"}
            | {"messageId": f"s{number}-{n}:start", "date": now() - 3_600_000}
            for n in range(number)
        ]
        local.send("POST", f"/analytics/{customer.tenant}", began)
        local.settled(customer, received := received + number)
        with lambdas.start("aggregate") as (function, gate):
            assert function.invoke(run_of(customer.tenant)) == WHOLE
        assert gate.refused == []
        local.settled(customer, received := received + number)


def test_api_keeps_to_its_role_on_every_route(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    _send(local, customer, 0, date=now() - OLD_MS)
    names = {"accounts": "acme", "users": "u-1", "runs": local.aggregate(customer)["id"]}
    names |= {"questions": "weekly", "jobs": _job(local, customer, "metrics?")}
    _save(local, customer, "weekly")
    _send(local, customer, 1, externalId="u-2")
    more_names_than_an_item_holds(local, customer)
    paths = sorted({path for _, path in the_stack().routes("api")})
    named = [path.replace("{name}", names.get(_list(path), "none")) for path in paths]

    with lambdas.start("api") as (function, gate):
        status = {path: _status(function, customer, path, **NEEDED.get(path, {})) for path in named}
        of_user = _status(function, customer, "/api/v1/events", user="u-1", limit="500")
        quiet = _status(function, customer, "/api/v1/accounts", sort="quiet")
        job = _status(function, customer, "/api/v1/users", **{"async": "true"})

    assert gate.refused == []
    assert {path for path, code in status.items() if code != 200} == {"/api/v1/batches/none"}
    assert (of_user, quiet, job) == (200, 200, 202)
    assert any(call.resource.startswith("LakeBucket/events/") for call in gate.used)


def test_answer_keeps_to_its_role_with_every_kind_of_question(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    """What the stack answered is asked once more, as if it had not been."""
    _send(local, customer, 0)
    local.aggregate(customer)
    _send(local, customer, 1, externalId="u-2")
    more_names_than_an_item_holds(local, customer)
    questions = ("users?", "accounts?", "metrics?", "funnels?step=Step+0&step=Step+1&")
    asked = [_job(local, customer, question) for question in questions]
    jobs = DynamoJobs(Table(local.client("dynamodb"), local.outputs["DirectoryTable"]))
    messages = [_once_more(customer.tenant, id, jobs) for id in asked]

    with lambdas.start("answer") as (function, gate):
        answers = [
            function.invoke(from_queue(local.outputs["JobQueueUrl"], queued(message)))
            for message in messages
        ]

    assert (gate.refused, answers) == ([], [WHOLE] * len(asked))
    assert {local.get(customer, f"jobs/{id}")["status"] for id in asked} == {"done"}
    assert any(call.resource.startswith("LakeBucket/answers/") for call in gate.used)


def test_admin_keeps_to_its_role_when_questions_are_saved_and_deleted(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    body = json.dumps({"kind": "metrics"}).encode()

    with lambdas.start("admin") as (function, gate):
        answers = [
            function.invoke(request(method, "/api/v1/questions/q", body, token=customer.token))
            for method in ("PUT", "DELETE")
        ]

    assert gate.refused == []
    assert [answer["statusCode"] for answer in answers] == [200, 200]


def _once_more(tenant: str, id: str, jobs: DynamoJobs) -> bytes:
    """The message of a job, whose record is queued again."""
    job = jobs.get(tenant, id)
    assert job is not None
    jobs.put(tenant, replace(job, status=QUEUED, tries=0))
    return msgspec.json.encode(JobMessage(tenant, id, job.created))


def _list(path: str) -> str:
    return path.removeprefix("/api/v1/").partition("/")[0]


def _job(local: Local, customer: Customer, question: str) -> str:
    """A question as a job that the stack has answered."""
    token = f"Bearer {customer.token}"
    started = local.send("GET", f"/api/v1/{question}async=true", Authorization=token)[1]
    id = str(started["job"])
    eventually(lambda: local.get(customer, f"jobs/{id}"), lambda job: job["status"] == "done")
    return id


def _save(local: Local, customer: Customer, name: str) -> None:
    token = f"Bearer {customer.token}"
    route = f"/api/v1/questions/{name}"
    status, _, _ = local.send("PUT", route, {"kind": "metrics"}, Authorization=token)
    assert status == 200


def _status(function: Function, customer: Customer, path: str, **query: Any) -> int:
    event = request("GET", path, token=customer.token, query=query or None)
    return int(function.invoke(event)["statusCode"])


def _send(local: Local, customer: Customer, number: int, **fields: object) -> None:
    """One more event of one user, matched."""
    activity = {"externalId": "u-1", "companyExternalId": "acme", "action": f"Step {number}"}
    local.send("POST", f"/analytics/{customer.tenant}", activity | fields)
    local.settled(customer, number + 1)


def _chunk(local: Local, message: Message) -> Pointer:
    """The message as an object of the inbox, as a door stores a large body."""
    frame = messages.frame(msgspec.json.encode(message))
    key = f"chunks/{message.tenant}/{message.receipt}.zst"
    local.client("s3").put_object(Bucket=local.outputs["InboxBucket"], Key=key, Body=frame)
    return Pointer(message.tenant, key, 0, len(frame))

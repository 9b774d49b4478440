"""Every function of the build does its work with its sample event, under its own role."""

import json
import re
from typing import Any

import urllib3

from tests.conftest import Customer, Local, eventually
from tests.rie import test_senders
from tests.rie.conftest import Lambdas
from tests.rie.events import now, request, run_of, sample
from tests.template.stack import EVENTS, verbs
from waypost.event import Verdict
from waypost.ingest import messages
from waypost.insights.jobs import QUEUED, Asking, Job
from waypost.lake import records
from waypost.local import demo
from waypost.storage import keys
from waypost.storage.dynamo import Table
from waypost.storage.jobs_table import DynamoJobs

CSV = (EVENTS / "activity.csv").read_bytes()
ROWS = len(CSV.splitlines()) - 1


def test_every_function_keeps_a_promise_here() -> None:
    names = [*globals(), *vars(test_senders)]
    promised = {match[1] for name in names if (match := re.match(r"test_([a-z]+)_", name))}

    assert set(verbs()) <= promised


def test_planhat_writes_the_row_of_an_event(lambdas: Lambdas, local: Local) -> None:
    event = sample("planhat")

    answer = lambdas.run("planhat", event)

    assert (answer["statusCode"], json.loads(answer["body"])) == (
        200,
        {"processed": 1, "errors": []},
    )
    rows = Table(local.client("dynamodb"), local.outputs["EventsTable"])
    receipts = [row["receipt"] for row in rows.query(keys.scoped(demo.TENANT, "x:u-1"))]
    request = event["requestContext"]
    assert f"{request['requestTimeEpoch']:015d}-{request['requestId']}" in receipts


def test_uploads_opens_a_url_that_takes_a_file(lambdas: Lambdas, local: Local) -> None:
    with lambdas.start("uploads") as (function, gate):
        answer = function.invoke(sample("uploads"))
        opened = json.loads(answer["body"])
        put = urllib3.request("PUT", opened["url"], body=CSV, retries=False)

    assert (answer["statusCode"], put.status, gate.refused) == (201, 200, [])
    key = f"uploads/{demo.TENANT}/{opened['batch']}/data"
    stored = local.client("s3").get_object(Bucket=local.outputs["InboxBucket"], Key=key)
    assert stored["Body"].read() == CSV


def test_load_reads_every_row_of_a_dropped_file(
    lambdas: Lambdas, local: Local, demo_customer: Customer
) -> None:
    event = sample("load")
    message = json.loads(event["Records"][0]["body"])
    key = message["detail"]["object"]["key"]
    local.client("s3").put_object(Bucket=local.outputs["InboxBucket"], Key=key, Body=CSV)

    answer = lambdas.run("load", event)

    assert answer == {"batchItemFailures": []}
    begun = event["Records"][0]["attributes"]["SentTimestamp"]
    batches = local.get(demo_customer, "batches")["batches"]
    (batch,) = [entry for entry in batches if entry["id"].startswith(f"{int(begun):015d}-")]
    counts = ("name", "received", "rejected", "bytes_read")
    assert [batch[name] for name in counts] == ["activity.csv", ROWS, 0, len(CSV)]


def test_match_lands_an_event_with_its_user(lambdas: Lambdas, local: Local) -> None:
    event = sample("match")
    record = event["Records"][0]

    answer = lambdas.run("match", event)

    assert answer == {"batchItemFailures": []}
    sent = json.loads(record["body"])["events"][0]
    message = messages.read_queue(record["body"])
    assert isinstance(message, messages.Message)
    (landed,) = _landed(local, message.name)
    assert (landed.id, landed.company_id, landed.verdict) == (
        sent["id"],
        sent["company_id"],
        Verdict.STORED,
    )
    assert landed.user_id is not None


def test_aggregate_queues_a_run_for_whom_something_landed(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    activity = {"email": "ann@acme.com", "companyExternalId": "acme", "action": "Logged in"}
    local.send("POST", f"/analytics/{customer.tenant}", activity)
    local.settled(customer, 1)

    answer = lambdas.run("aggregate", sample("aggregate"))

    assert answer["tenants"] >= 1
    eventually(lambda: local.get(customer, "metrics")["provisional"], lambda fresh: not fresh)


def test_aggregate_queues_one_run_per_tenant_once_a_day(
    lambdas: Lambdas, local: Local, customer: Customer
) -> None:
    directory = Table(local.client("dynamodb"), local.outputs["DirectoryTable"])
    tenants = len(list(directory.query("tenant")))
    before = _runs(directory)

    at_night = sample("aggregate") | {"time": "2026-11-20T03:05:00Z"}
    answer = lambdas.run("aggregate", at_night)

    assert answer == {"tenants": tenants}
    eventually(lambda: _runs(directory) - before, bool)


def test_aggregate_counts_what_landed(lambdas: Lambdas, local: Local, customer: Customer) -> None:
    activity = {"email": "ann@acme.com", "companyExternalId": "acme", "action": "Logged in"}
    local.send("POST", f"/analytics/{customer.tenant}", activity)
    local.settled(customer, 1)

    answer = lambdas.run("aggregate", run_of(customer.tenant))

    assert answer == {"batchItemFailures": []}
    totals = local.get(customer, "metrics?metric=events&group_by=action")["totals"]
    assert totals == [{"key": "Logged in", "value": 1}]


def test_answer_makes_a_file_of_a_question(
    lambdas: Lambdas, local: Local, demo_customer: Customer
) -> None:
    event = sample("answer")
    message = json.loads(event["Records"][0]["body"])
    asked = Asking("metrics", {"metric": ["events"], "last": ["7d"]})
    job = Job(message["job"], QUEUED, asked, message["created"], now())
    DynamoJobs(Table(local.client("dynamodb"), local.outputs["DirectoryTable"])).put(
        message["tenant"], job
    )

    answer = lambdas.run("answer", event)

    assert answer == {"batchItemFailures": []}
    told = local.get(demo_customer, f"jobs/{message['job']}")
    assert told["status"] == "done"
    file = json.loads(urllib3.request("GET", told["url"]).data)
    assert (file["metric"], len(file["series"])) == ("events", 7)


def test_aggregate_tells_the_alarm_that_a_run_ended_well(
    lambdas: Lambdas, customer: Customer
) -> None:
    with lambdas.start("aggregate") as (function, _):
        function.invoke(run_of(customer.tenant))
        counted = [json.loads(line) for line in function.logged() if '"Published"' in line]

    ((value, name),) = [(line["Published"], line["FunctionName"]) for line in counted]
    assert (value, name) == ([1.0], "AggregateFunction")


def test_api_answers_the_events_of_the_tokens_tenant(
    lambdas: Lambdas, local: Local, demo_customer: Customer
) -> None:
    activity = {"externalId": "u-3", "companyExternalId": "acme", "action": "Read by the test"}
    local.send("POST", f"/analytics/{demo.TENANT}", activity)
    eventually(lambda: local.get(demo_customer, "events"), _shows_the_test)

    answer = lambdas.run("api", sample("api"))

    assert answer["statusCode"] == 200
    assert _shows_the_test(json.loads(answer["body"]))


def test_api_tells_a_stranger_nothing(lambdas: Lambdas) -> None:
    event = sample("api")
    event["headers"]["Authorization"] = "Bearer wp_" + "1" * 64

    answer = lambdas.run("api", event)

    assert answer["statusCode"] == 401


def test_admin_queues_a_run_that_gets_done(
    lambdas: Lambdas, local: Local, demo_customer: Customer
) -> None:
    answer = lambdas.run("admin", request("POST", "/api/v1/aggregate", token=demo_customer.token))

    run = json.loads(answer["body"])
    assert answer["statusCode"] == 202
    eventually(
        lambda: local.get(demo_customer, f"runs/{run['id']}"), lambda now: now["status"] == "done"
    )


def _landed(local: Local, message: str) -> list[records.Landed]:
    """What lies in the landing object that `match` made of one queue message."""
    s3, bucket = local.client("s3"), local.outputs["LakeBucket"]
    listing = s3.list_objects_v2(Bucket=bucket, Prefix=f"landing/{demo.TENANT}/")
    name = records.digest([message])
    (key,) = [entry["Key"] for entry in listing["Contents"] if name in entry["Key"]]
    return records.unpack(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def _runs(directory: Table) -> set[str]:
    return {item["sk"] for item in directory.query(keys.scoped(demo.TENANT, "run"))}


def _shows_the_test(page: dict[str, Any]) -> bool:
    return any(event["action"] == "Read by the test" for event in page["events"])

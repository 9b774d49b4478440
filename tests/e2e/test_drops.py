"""Files dropped into the inbox bucket: what S3 tells of them, however often."""

import json
from uuid import uuid4

import urllib3

from tests.conftest import Customer, Local, eventually

CSV = b"externalId,cId,action,date\nann,acme,Logged in,2026-11-02\n"


def told(key: str, etag: str) -> str:
    """What EventBridge says of an object, as it stands in the queue of `load`."""
    detail = {"object": {"key": key, "etag": etag}}
    return json.dumps({"time": "2026-11-20T12:00:00Z", "detail": detail})


def test_a_file_that_s3_tells_of_again_swells_no_number(local: Local, customer: Customer) -> None:
    key = f"drops/{customer.tenant}/{uuid4().hex}.csv"
    stored = local.client("s3").put_object(Bucket=local.outputs["InboxBucket"], Key=key, Body=CSV)
    local.settled(customer, 1)
    body, queue = told(key, stored["ETag"].strip('"')), local.outputs["LoadQueueUrl"]

    # In one call, so that loaders meet on it; the moment differs from S3's own: another batch.
    entries = [{"Id": str(n), "MessageBody": body} for n in range(3)]
    local.client("sqs").send_message_batch(QueueUrl=queue, Entries=entries)

    batches = eventually(
        lambda: local.get(customer, "batches")["batches"],
        lambda listed: [batch["status"] for batch in listed] == ["done", "done"],
    )
    counts = local.settled(customer, 2)
    assert [batch["received"] for batch in batches] == [1, 1]
    assert (counts["received"], counts["stored"], counts["duplicate"]) == (2, 1, 1)


def test_a_second_file_under_an_upload_url_is_a_batch_of_its_own(
    local: Local, customer: Customer
) -> None:
    """The same file again, as who did not hear the answer sends it, is the same batch."""
    opened = local.send("POST", f"/analytics/uploads/{customer.tenant}")[1]
    other = CSV.replace(b"ann", b"bob")

    for file, rows in ((CSV, 1), (CSV, 1), (other, 2)):
        assert urllib3.request("PUT", opened["url"], body=file).status == 200
        local.settled(customer, rows)

    batches = eventually(
        lambda: local.get(customer, "batches")["batches"],
        lambda listed: [batch["status"] for batch in listed] == ["done", "done"],
    )
    assert [batch["received"] for batch in batches] == [1, 1]
    assert opened["batch"] in {batch["id"] for batch in batches}


def test_a_drop_is_read_by_the_mapping_beside_it(local: Local, customer: Customer) -> None:
    folder, bucket = f"drops/{customer.tenant}/{uuid4().hex}", local.outputs["InboxBucket"]
    mapping = {"columns": {"Kunde": "companyExternalId"}, "dateOrder": "dmy", "decimal": ","}
    rows = "email;Kunde;action;date;weight\nann@acme.com;acme;Paid;05.10.2016;2,5\n"

    for name, text in (("mapping.json", json.dumps(mapping)), ("_SUCCESS", ""), ("a.csv", rows)):
        key = f"{folder}/{name}"
        local.client("s3").put_object(Bucket=bucket, Key=key, Body=text.encode("cp1252"))

    local.settled(customer, 1)
    (batch,) = local.get(customer, "batches")["batches"]
    local.aggregate(customer)
    question = "metrics?metric=weight&interval=day&group_by=account&from=2016-10-01&to=2016-10-31"
    series = local.get(customer, question)["series"]
    paid = [point for point in series if point["value"]]
    assert (batch["name"].rpartition("/")[2], batch["received"]) == ("a.csv", 1)
    assert [(point["key"], point["value"]) for point in paid] == [("acme", 2.5)]
    assert paid[0]["at"].startswith("2016-10-05")

"""Reports of time, which no feed shows, as they landed."""

from typing import Any

from tests.conftest import Customer, Local
from waypost.event import TIME, Verdict
from waypost.lake import records
from waypost.lake.records import Landed
from waypost.times import iso


def of_time(local: Local, customer: Customer) -> list[dict[str, Any]]:
    """The reports of time of a customer, each once, as the read API shows events."""
    s3, bucket = local.client("s3"), local.outputs["LakeBucket"]
    listing = s3.list_objects_v2(Bucket=bucket, Prefix=f"landing/{customer.tenant}/")
    reports: dict[str, Landed] = {}
    for object in listing.get("Contents", ()):
        body = s3.get_object(Bucket=bucket, Key=object["Key"])["Body"].read()
        for record in records.unpack(body):
            if record.kind == TIME and record.verdict == Verdict.STORED:
                reports[record.id] = record
    return [_shown(record) for record in reports.values()]


def _shown(record: Landed) -> dict[str, Any]:
    return {
        "action": record.action,
        "time": iso(record.time),
        "session": record.session,
        "module": record.module,
        "active_ms": record.active_ms,
        "module_ms": record.module_ms,
        "info": record.properties,
    }

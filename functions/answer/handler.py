"""Questions that no answer has time for, one message each: the answer becomes a file."""

from typing import Any

from waypost import services
from waypost.deadline import Context
from waypost.ingest import returns
from waypost.web import job_worker


@services.in_time
def lambda_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    records, deliveries = event["Records"], services.deliveries()
    returns.hold(records, deliveries, context.get_remaining_time_in_millis)
    failed = job_worker.run_all(records, services.job_desk())
    return returns.answer(records, failed, deliveries)

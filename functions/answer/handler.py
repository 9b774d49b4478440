"""Questions that no answer has time for, one message each: the answer becomes a file."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import services
from waypost.ingest import returns
from waypost.web import job_worker


@services.in_time
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    records, deliveries = event["Records"], services.deliveries()
    returns.hold(records, deliveries, context.get_remaining_time_in_millis)
    failed = job_worker.run_all(records, services.job_desk())
    return returns.answer(records, failed, deliveries)

"""SQS: matches events to users and accounts. One bad message never blocks its neighbours."""

from typing import Any

from waypost import services
from waypost.deadline import Context
from waypost.ingest import queue_records, worker


@services.in_time
def lambda_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    failed = worker.match_all(
        event["Records"],
        stores=services.match_stores(),
        queues=services.match_queues(),
        clock=services.clock,
        remaining_ms=context.get_remaining_time_in_millis,
    )
    return queue_records.partial_response(failed)

"""SQS ← EventBridge ← S3: one file of the inbox, streamed through the same intake as every door."""

from typing import Any

from waypost import services
from waypost.deadline import Context
from waypost.ingest import file_loader, returns


@services.in_time
def lambda_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    records, deliveries = event["Records"], services.deliveries()
    returns.hold(records, deliveries, context.get_remaining_time_in_millis)
    failed = file_loader.load_all(
        records,
        stores=services.load_stores(),
        remaining_ms=context.get_remaining_time_in_millis,
    )
    return returns.answer(records, failed, deliveries)

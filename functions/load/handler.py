"""SQS ← EventBridge ← S3: one file of the inbox, streamed through the same intake as every door."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import services
from waypost.ingest import file_loader, queue_records


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    file_loader.load_all(
        event["Records"],
        stores=services.load_stores(),
        remaining_ms=context.get_remaining_time_in_millis,
    )
    # A file that fails raises, and comes again alone: this queue's batches hold one record.
    return queue_records.partial_response([])

"""SQS ← EventBridge ← S3: one file of the inbox, streamed through the same intake as every door."""

from typing import Any

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import services
from waypost.ingest import file_loader


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    for record in event["Records"]:
        job = file_loader.job_of(record["body"])
        if job is None:
            continue
        rest = file_loader.load(job, remaining_ms=context.get_remaining_time_in_millis)
        if rest is not None:
            services.load_outbox().send(rest.tenant, [msgspec.json.encode(rest)])
    return {"batchItemFailures": []}

"""Hourly, or asked for: recomputes the numbers of what landed. One message, one tenant."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost.lake import runs


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "Records" not in event:
        return {"tenants": runs.fan_out()}
    failed = runs.run_all(event["Records"])
    return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}

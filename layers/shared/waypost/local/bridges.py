"""What the deploy on the emulator leaves out, set right after it; `waypost.local` lists it."""

import json
from pathlib import Path
from typing import Any

import urllib3

from waypost.local.emulator import REGION


def binary_media_types(url: str, api: str) -> None:
    """`BinaryMediaTypes` of the template: every body reaches Lambda as bytes.

    The emulator reads this patch as a whole list, which boto3 cannot send.
    """
    patch = [{"op": "replace", "path": "/binaryMediaTypes", "value": ["*/*"]}]
    urllib3.request(
        "PATCH", f"{url}/restapis/{api}", json={"patchOperations": patch}, retries=False
    )


def any_methods(apigateway: Any, api: str, routes: dict[str, str]) -> None:
    """`Method: ANY` of the template; `routes` holds the ARN of the function behind each path.

    The emulator makes the paths and leaves out a method that is none of HTTP's verbs.
    """
    pages = apigateway.get_paginator("get_resources").paginate(restApiId=api)
    ids = {resource["path"]: resource["id"] for page in pages for resource in page["items"]}
    for path, function in routes.items():
        place = {"restApiId": api, "resourceId": ids[path], "httpMethod": "ANY"}
        apigateway.put_method(**place, authorizationType="NONE")
        apigateway.put_integration(
            **place,
            type="AWS_PROXY",
            integrationHttpMethod="POST",
            uri=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}/invocations",
        )


def time_to_live(dynamodb: Any, table: str) -> None:
    """`TimeToLiveSpecification` of the template."""
    present = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if present["TimeToLiveStatus"] == "DISABLED":
        specification = {"Enabled": True, "AttributeName": "ttl"}
        dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)


def release_in_flight(sqs: Any, state: Path) -> None:
    """Messages that were being worked on when the emulator stopped are to be had again at once.

    AWS would have let the functions finish; the emulator's end with it, and the messages would
    stay invisible for as long as a function could have run. Call it before anything is received.
    """
    if not state.exists():
        return
    for url, handle in _held(json.loads(state.read_text())):
        name = url.rpartition("/")[2]
        queue = sqs.get_queue_url(QueueName=name)["QueueUrl"]
        sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)


def _held(state: dict[str, Any]) -> list[tuple[str, str]]:
    # Only the state knows the handles: SQS tells them to receivers alone.
    queues = state["payload"]["queues"]["data"].values()
    return [
        (queue["url"], message["receipt_handle"])
        for queue in queues
        for message in queue["messages"]
        if message.get("receipt_handle")
    ]

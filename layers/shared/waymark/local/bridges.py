"""What the deploy on the emulator leaves out, set right after it; `waymark.local` lists it."""

from typing import Any


def binary_media_types(apigateway: Any, api: str) -> None:
    """`BinaryMediaTypes` of the template: every body reaches Lambda as bytes."""
    patch = [{"op": "add", "path": "/binaryMediaTypes/*~1*"}]
    apigateway.update_rest_api(restApiId=api, patchOperations=patch)


def time_to_live(dynamodb: Any, table: str) -> None:
    """`TimeToLiveSpecification` of the template."""
    found = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if found["TimeToLiveStatus"] == "DISABLED":
        specification = {"Enabled": True, "AttributeName": "ttl"}
        dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)

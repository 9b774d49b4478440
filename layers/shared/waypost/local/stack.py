"""Deploys the real template to the emulator and answers with its outputs."""

import os
import platform
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from waypost.local import bridges, packaging
from waypost.local.emulator import REGION

NAME = "waypost"
_WAIT_SECONDS = 120
_TEMPLATE = "template.yaml"


def client(service: str, url: str) -> Any:
    """A boto3 client of the emulator."""
    return boto3.client(
        service,
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        # No host name leads to a bucket here, so its name stands in the path.
        config=Config(retries={"total_max_attempts": 2}, s3={"addressing_style": "path"}),
    )


def deploy(root: Path, url: str) -> dict[str, str]:
    """Creates or updates the stack; its outputs by name."""
    template, objects = packaging.package(root)
    _upload({**objects, _TEMPLATE: template.encode()}, client("s3", url))
    cloudformation = client("cloudformation", url)
    arguments = {
        "StackName": NAME,
        # A request holds a template of 51,200 bytes, a bucket twenty times as much.
        "TemplateURL": f"{url}/{packaging.CODE_BUCKET}/{_TEMPLATE}",
        "Parameters": _parameters(),
        "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
    }
    if _status(cloudformation) is None:
        cloudformation.create_stack(**arguments)
    else:
        _update(cloudformation, arguments)
    outputs = _outputs(cloudformation)
    for table in ("EventsTable", "DirectoryTable"):
        bridges.time_to_live(client("dynamodb", url), outputs[table])
    return outputs


def functions(cloudformation: Any) -> dict[str, str]:
    """The names of the stack's functions, by logical id."""
    resources = cloudformation.describe_stack_resources(StackName=NAME)["StackResources"]
    return {
        resource["LogicalResourceId"]: resource["PhysicalResourceId"]
        for resource in resources
        if resource["ResourceType"] == "AWS::Lambda::Function"
    }


def _parameters() -> list[dict[str, str]]:
    """This machine's processor, and no more copies of match than it can work; a log line per call,
    since the emulator waits 50 ms for one.
    """
    architecture = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
    copies = max(2, os.cpu_count() or 2)
    values = {
        "Architecture": architecture,
        "LogLevel": "INFO",
        "MatchWindowSeconds": "1",
        "MatchConcurrency": str(copies),
    }
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def _upload(objects: dict[str, bytes], s3: Any) -> None:
    # In us-east-1 it is no error to make one's own bucket again.
    s3.create_bucket(Bucket=packaging.CODE_BUCKET)
    for key, data in objects.items():
        s3.put_object(Bucket=packaging.CODE_BUCKET, Key=key, Body=data)


def _status(cloudformation: Any) -> str | None:
    try:
        stacks = cloudformation.describe_stacks(StackName=NAME)["Stacks"]
    # CloudFormation's way to say that there is no such stack.
    except ClientError:
        return None
    return str(stacks[0]["StackStatus"])


def _update(cloudformation: Any, arguments: dict[str, Any]) -> None:
    try:
        cloudformation.update_stack(**arguments)
    except ClientError as error:
        # It is an error to CloudFormation when nothing has changed.
        if "No updates" not in str(error):
            raise


def _outputs(cloudformation: Any) -> dict[str, str]:
    until = time.monotonic() + _WAIT_SECONDS
    while (status := _status(cloudformation) or "").endswith("IN_PROGRESS"):
        if time.monotonic() > until:
            raise RuntimeError("the stack did not settle in time")
        time.sleep(0.05)
    if status not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        events = cloudformation.describe_stack_events(StackName=NAME)["StackEvents"]
        reasons = [event.get("ResourceStatusReason", "") for event in events]
        raise RuntimeError(f"the stack is {status}: {'; '.join(filter(None, reasons))}")
    stack = cloudformation.describe_stacks(StackName=NAME)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

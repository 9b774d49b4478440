"""A deployed stack as an operator reaches it, with the AWS credentials of the shell."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from waypost.errors import Unavailable
from waypost.storage.dynamo import Table
from waypost.storage.lake_bucket import S3Lake

# As many connections as files of the lake are fetched at once, and some.
_CONFIG = Config(max_pool_connections=64)


@dataclass(frozen=True, slots=True)
class Stack:
    """The resources that the outputs of a stack name."""

    session: Any
    outputs: dict[str, str]

    def table(self, output: str) -> Table:
        return Table(self.session.client("dynamodb", config=_CONFIG), self.outputs[output])

    @property
    def lake(self) -> S3Lake:
        return S3Lake(self.session.client("s3", config=_CONFIG), self.outputs["LakeBucket"])


@contextmanager
def opened(stack: str, region: str | None = None) -> Iterator[Stack]:
    """The stack of that name. Raises `Unavailable` where AWS refuses."""
    session = boto3.session.Session(region_name=region)
    try:
        stacks = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}
        # Inside the `try`, so that what AWS refuses in the caller's block is `Unavailable` too.
        yield Stack(session, outputs)
    except (BotoCoreError, ClientError, KeyError) as error:
        raise Unavailable(f"the stack {stack} could not be reached: {error}") from None

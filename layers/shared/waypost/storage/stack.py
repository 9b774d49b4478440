"""A deployed stack as an operator reaches it, with the AWS credentials of the shell."""

from collections.abc import Iterator
from contextlib import contextmanager

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from waypost.errors import Unavailable
from waypost.storage.dynamo import Table


@contextmanager
def table(stack: str, output: str, region: str | None = None) -> Iterator[Table]:
    """The table that an output of the stack names. Raises `Unavailable` where AWS refuses."""
    session = boto3.session.Session(region_name=region)
    try:
        stacks = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0]["Outputs"]}
        # Inside the `try`, so that what AWS refuses in the caller's block is `Unavailable` too.
        yield Table(session.client("dynamodb"), outputs[output])
    except (BotoCoreError, ClientError, KeyError) as error:
        raise Unavailable(f"the stack {stack} could not be reached: {error}") from None

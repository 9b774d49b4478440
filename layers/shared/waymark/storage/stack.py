"""A deployed stack as an operator reaches it, with the AWS credentials of the shell."""

import boto3

from waymark.storage.dynamo import Table


def table(stack: str, output: str, region: str | None = None) -> Table:
    """The table that an output of the stack names. Raises `KeyError` for an unknown output."""
    session = boto3.session.Session(region_name=region)
    stacks = session.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stacks[0]["Outputs"]}
    return Table(session.client("dynamodb"), outputs[output])

"""AWS in this process: moto answers boto3 and the doors' own calls, and no port is opened.

Tables and buckets are those of template.yaml. What moto takes and AWS refuses, `Strict` refuses.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

import requests
from moto import mock_aws
from moto.dynamodb.models.dynamo_type import LimitedSizeDict
from msgspec.structs import replace

from tests.partiql import WithStatements
from tests.template.stack import the_stack
from waypost.environment import environment
from waypost.local.emulator import REGION
from waypost.storage import clients
from waypost.storage.connections import Answer, Connections
from waypost.storage.sigv4 import Caller


class Intercepted(Connections):
    """Exchanges by way of requests, the one HTTP library that moto listens to."""

    def request(
        self, method: str, path: str, *, body: bytes, headers: dict[str, str], seconds: float
    ) -> Answer:
        url = self.endpoint + path
        answer = requests.request(method, url, data=body, headers=headers, timeout=seconds)
        return Answer(answer.status_code, answer.content)


class Mocked:
    """The stack's stores in memory, as `tests.conftest.Local` has them on the embedded AWS."""

    def __init__(self) -> None:
        self.outputs: dict[str, str] = {}
        for kind, create in _STORES.items():
            for name, properties in the_stack().of_type(kind).items():
                self.outputs[name] = name.lower()
                create(self.outputs[name], properties)

    def client(self, service: str) -> Any:
        made = _client(service)
        return WithStatements(made) if service == "dynamodb" else made

    def caller(self, service: str) -> Caller:
        connections = Intercepted(f"https://{service}.{REGION}.amazonaws.com")
        return Caller(service, region=REGION, endpoint=None, connections=connections)


@contextmanager
def running() -> Iterator[Mocked]:
    """Empty stores, which are gone when the block ends."""
    # moto counts the value that an update replaces beside the new one. `Strict` counts as AWS does.
    unlimited = patch.object(LimitedSizeDict, "__setitem__", dict.__setitem__)
    with mock_aws(), unlimited:
        yield Mocked()


@cache
def _client(service: str) -> Any:
    """As functions have it; making one takes longer than most tests do. Credentials are whatever
    moto has set.
    """
    settings = replace(environment(), region=REGION, endpoint=None)
    return clients.client(service, settings)


def _table(name: str, properties: dict[str, Any]) -> None:
    layout = {part: properties[part] for part in ("AttributeDefinitions", "KeySchema")}
    _client("dynamodb").create_table(TableName=name, BillingMode="PAY_PER_REQUEST", **layout)


def _bucket(name: str, _properties: dict[str, Any]) -> None:
    _client("s3").create_bucket(Bucket=name)


_STORES = {"AWS::DynamoDB::Table": _table, "AWS::S3::Bucket": _bucket}

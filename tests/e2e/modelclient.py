"""Planhat's models over HTTP, as somebody with a token sees them."""

from typing import Any

from tests.conftest import Customer, Local
from waypost.storage.dynamo import Table
from waypost.storage.tokens_table import DynamoTokens
from waypost.tokens import Grant, new


class Models:
    """The models of one customer, as somebody with its token sees them."""

    def __init__(self, local: Local, customer: Customer) -> None:
        self.local, self.customer = local, customer

    def call(self, method: str, path: str, body: Any = b"", token: str = "") -> tuple[int, Any]:
        bearer = f"Bearer {token or self.customer.token}"
        status, answer, _ = self.local.send(method, path, body, Authorization=bearer)
        return status, answer

    def ok(self, method: str, path: str, body: Any = b"") -> Any:
        status, answer = self.call(method, path, body)
        assert status == 200, (status, answer)
        return answer

    def token(self, *scopes: str) -> str:
        token = new()
        directory = Table(self.local.client("dynamodb"), self.local.outputs["DirectoryTable"])
        DynamoTokens(directory).put(token, Grant(self.customer.tenant, frozenset(scopes)))
        return token

"""The statements of PartiQL that Waypost writes, read back as calls of DynamoDB's own kind."""

import re
from typing import Any

from botocore.exceptions import ClientError

Item = dict[str, Any]
_INSERT = re.compile(r'INSERT INTO "([^"]+)" VALUE {(.+)}')
_UPDATE = re.compile(r'UPDATE "([^"]+)" (SET .+) WHERE "pk"=\? AND "sk"=\? AND "(\w+)"=\?')
_FIELD = re.compile(r"'(\w+)': \?")
_SET = re.compile(r'SET "(\w+)"=\?')
_CODES = {
    ("put_item", "ConditionalCheckFailedException"): "DuplicateItem",
    ("update_item", "ConditionalCheckFailedException"): "ConditionalCheckFailed",
    ("put_item", "ValidationException"): "ValidationError",
    ("update_item", "ValidationException"): "ValidationError",
}


def as_call(statement: Item) -> tuple[str, Item]:
    """The method of a client that does the same, and its request."""
    text, values = statement["Statement"], list(statement["Parameters"])
    if insert := _INSERT.fullmatch(text):
        names = _FIELD.findall(insert[2])
        return "put_item", {
            "TableName": insert[1],
            "Item": dict(zip(names, values, strict=True)),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    update = _UPDATE.fullmatch(text)
    assert update, f"not a statement of Waypost: {text}"
    *fields, pk, sk, seen = values
    named = dict(zip(_SET.findall(update[2]), fields, strict=True))
    return "update_item", {
        "TableName": update[1],
        "Key": {"pk": pk, "sk": sk},
        "UpdateExpression": "SET " + ", ".join(f"#{name} = :{name}" for name in named),
        "ConditionExpression": f"#{update[3]} = :__seen",
        "ExpressionAttributeNames": {f"#{name}": name for name in {*named, update[3]}},
        "ExpressionAttributeValues": {
            **{f":{name}": value for name, value in named.items()},
            ":__seen": seen,
        },
    }


class WithStatements:
    """A client of moto, which has no PartiQL of its own: each statement becomes a single call."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def batch_execute_statement(self, *, Statements: list[Item]) -> Item:
        return {"Responses": [self._done(statement) for statement in Statements]}

    def _done(self, statement: Item) -> Item:
        method, request = as_call(statement)
        try:
            getattr(self._client, method)(**request)
        except ClientError as error:
            code = _CODES.get((method, error.response["Error"]["Code"]))
            if code is None:
                raise
            return {"Error": {"Code": code, "Message": str(error)}}
        return {"TableName": request["TableName"]}

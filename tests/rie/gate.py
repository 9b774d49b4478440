"""
IAM in front of an embedded AWS that counts none: forwards what a role allows, refuses the rest.

A call that works here and is missing in the function's role would fail in AWS alone. Understood
are DynamoDB, SQS and S3 as Waypost calls them, and of the conditions `dynamodb:LeadingKeys`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

import urllib3

from tests import partiql
from tests.template.stack import Permission

Item = dict[str, Any]
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "expect"})
_PARTS = {
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "ConditionCheck": "ConditionCheckItem",
}
_STATEMENTS = {"put_item": "dynamodb:PartiQLInsert", "update_item": "dynamodb:PartiQLUpdate"}
_OBJECT = {
    "GET": "GetObject",
    "HEAD": "GetObject",
    "PUT": "PutObject",
    "POST": "PutObject",
    "DELETE": "DeleteObject",
}


def covers(grant: Permission, call: Permission) -> bool:
    """Whether a role's grant allows what a call takes."""
    return (
        grant.action == call.action
        and fnmatchcase(call.resource, grant.resource)
        and (grant.keys is None or fnmatchcase(call.keys or "", grant.keys))
    )


def spare(grants: Iterable[Permission], calls: Iterable[Permission]) -> set[Permission]:
    """The grants that none of the calls took."""
    return {grant for grant in grants if not any(covers(grant, call) for call in calls)}


class Gate:
    """One function's way to AWS. `used` and `refused` are the permissions that its calls took."""

    def __init__(self, aws: str, role: Iterable[Permission], names: Mapping[str, str]) -> None:
        """`names` are the logical ids of the stack's resources by their physical names."""
        self.used: set[Permission] = set()
        self.refused: list[Permission] = []
        self.aws = aws
        self._role = frozenset(role)
        self._names = names
        self._pool = urllib3.PoolManager(maxsize=16, retries=False)

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"gate": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._pool.clear()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def allows(self, wanted: Permission) -> bool:
        """Whether the role holds the permission; remembers the question either way."""
        allowed = any(covers(grant, wanted) for grant in self._role)
        if allowed:
            self.used.add(wanted)
        else:
            self.refused.append(wanted)
        return allowed

    def may_miss(self, url: str) -> bool:
        """Whether the role may know that an object is not there: S3 tells who may list alone."""
        bucket = urlsplit(url).path.lstrip("/").partition("/")[0]
        return self.allows(Permission("s3:ListBucket", self._name(bucket)))

    def wanted(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> Iterator[Permission]:
        """The permissions that a request takes."""
        service, _, operation = headers.get("x-amz-target", "").partition(".")
        if service.startswith("DynamoDB"):
            yield from self._of_dynamodb(operation, json.loads(body))
        elif service == "AmazonSQS":
            queue = json.loads(body)["QueueUrl"]
            yield Permission(f"sqs:{operation.removesuffix('Batch')}", self._name(queue))
        else:
            yield from self._of_s3(method, url, body)

    def _of_dynamodb(self, operation: str, call: Item) -> Iterator[Permission]:
        """A transaction takes the permissions of its parts; every key is one of its own."""
        if operation.startswith("Transact"):
            for item in call["TransactItems"]:
                for kind, part in item.items():
                    yield from self._of_dynamodb(_PARTS[kind], part)
            return
        if operation == "BatchExecuteStatement":
            yield from map(self._of_statement, call["Statements"])
            return
        tables = call.get("RequestItems") or {call["TableName"]: call}
        for table, part in tables.items():
            for key in dict.fromkeys(_leading_keys(part)):
                yield Permission(f"dynamodb:{operation}", self._name(table), key)

    def _of_statement(self, statement: Item) -> Permission:
        method, request = partiql.as_call(statement)
        (key,) = _leading_keys(request)
        return Permission(_STATEMENTS[method], self._name(request["TableName"]), key)

    def _of_s3(self, method: str, url: str, body: bytes) -> Iterator[Permission]:
        """One call to a bucket may delete many objects; it takes a permission for each."""
        parts = urlsplit(url)
        bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
        asked = parse_qs(parts.query, keep_blank_values=True)
        if key:
            yield Permission(f"s3:{_OBJECT[method]}", f"{self._name(bucket)}/{key}")
        elif method == "POST" and "delete" in asked:
            for deleted in ElementTree.fromstring(body).iterfind(".//{*}Key"):
                yield Permission("s3:DeleteObject", f"{self._name(bucket)}/{deleted.text}")
        else:
            assert (method, "list-type" in asked) == ("GET", True), f"unknown call: {method} {url}"
            yield Permission("s3:ListBucket", self._name(bucket))

    def _name(self, physical: Any) -> str:
        return self._names.get(physical, f"unknown resource {physical}")

    def forward(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> urllib3.BaseHTTPResponse:
        return self._pool.request(
            method, self.aws + url, headers=headers, body=body, decode_content=False
        )


def _leading_keys(part: Any) -> Iterator[str]:
    """The partition keys that a call names for one table."""
    match part:
        case list():
            for request in part:
                yield from _leading_keys(next(iter(request.values())))
        case {"Keys": keys}:
            yield from (key["pk"]["S"] for key in keys)
        case {"KeyConditionExpression": str(condition), "ExpressionAttributeValues": values}:
            yield values[condition.removeprefix("pk = ").split()[0]]["S"]
        case {"Item": item} | {"Key": item}:
            yield item["pk"]["S"]
        case _:
            raise ValueError(f"not a call that the gate can read: {part}")


class _Handler(BaseHTTPRequestHandler):
    """One request at the gate."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    gate: Gate

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        sent = {name.lower(): value for name, value in self.headers.items()}
        wanted = self.gate.wanted(self.command, self.path, sent, body)
        if [permission for permission in wanted if not self.gate.allows(permission)]:
            return self._reply(403, {}, _denied(sent))
        kept = {name: value for name, value in sent.items() if name not in _HOP}
        answer = self.gate.forward(self.command, self.path, kept, body)
        missed = answer.status == 404 and self.command in {"GET", "HEAD"}
        if missed and not self.gate.may_miss(self.path):
            return self._reply(403, {}, _denied(sent))
        return self._reply(answer.status, answer.headers, answer.data)

    def _reply(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in _HOP:
                self.send_header(name, value)
        length = headers.get("content-length") if self.command == "HEAD" else None
        self.send_header("content-length", length or str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _answer

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: the function's log is what counts."""


def _denied(headers: Mapping[str, str]) -> bytes:
    """A refusal in the words of the service."""
    if "x-amz-target" in headers:
        return (
            b'{"__type":"com.amazon.coral.service#AccessDeniedException","message":"not in role"}'
        )
    return b"<Error><Code>AccessDenied</Code><Message>not in the role</Message></Error>"

"""Requests as the web server hands them over, and functions that answer them."""

import asyncio
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

from tests.template.stack import ROOT
from waypost.local.edge import Edge
from waypost.local.gateway import Answer, GatewayResponses
from waypost.local.routes import Routes
from waypost.local.template import read

TEMPLATE = read((ROOT / "template.yaml").read_text())


def scope(method: str, path: str, query: str = "", headers: Sequence[tuple[str, str]] = ()) -> Any:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "client": ("203.0.113.7", 40000),
    }


class Returning:
    """A function that returns the same to every event, and keeps the last one."""

    def __init__(self, returned: bytes | Exception) -> None:
        self.returned = returned
        self.event = b""

    async def invoke(self, payload: bytes) -> bytes:
        self.event = payload
        if isinstance(self.returned, Exception):
            raise self.returned
        return self.returned


def answered(function: Returning, sent: Any, body: bytes = b"") -> Answer:
    """What a client gets from an API whose every path is that function's."""
    routes = Routes({("ANY", "/"): "it", ("ANY", "/{path+}"): "it"})
    edge = Edge(
        api="api",
        routes=routes,
        responses=GatewayResponses(TEMPLATE.responses),
        functions={"it": function},
    )
    messages: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body}

    async def send(message: Any) -> None:
        messages.append(message)

    asyncio.run(edge(sent, receive, send))
    start, rest = messages
    return start["status"], start["headers"], rest["body"]

"""Calls through cruds, as its users make them, and what each returned or raised."""

import json
from collections.abc import Callable
from typing import Any

from tests.clients import compatibility
from tests.clients.conftest import RunClient
from tests.clients.environments import VERSIONS

PACKAGE, DRIVER = "cruds", "cruds.py"
ACME: dict[str, Any] = {
    "externalId": "acme", "sourceId": "0015", "name": "Acme Ltd", "slug": "acme-ltd",
    "owner": "62e1", "coOwner": "62e2", "status": "customer", "phase": "Live",
    "tags": ["pilot", "eu"], "custom": {"Nr. of seats": 3, "vip": True, "since": "2026-01-01"},
}  # fmt: skip
Calls = Callable[..., list[Any]]


class Named:
    """Named arguments, last in a call."""

    def __init__(self, **values: Any) -> None:
        self.values = values


def make(run_client: RunClient, *calls: tuple[Any, ...], **settings: str) -> list[Any]:
    """What each of the calls, like `("company", "create", {…})`, returned or raised."""
    spelled = [_spelled(*one) for one in calls]
    return list(run_client(DRIVER, "calls", CALLS=json.dumps(spelled), **settings)["returned"])


def _spelled(model: str, method: str, *given: Any) -> list[Any]:
    if given and isinstance(given[-1], Named):
        return [model, method, given[:-1], given[-1].values]
    return [model, method, given, {}]


def record(route: str, what: str) -> None:
    compatibility.record(PACKAGE, VERSIONS[PACKAGE], route, what)

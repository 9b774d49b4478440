"""Synerise's bodies, as the unit tests write and read them."""

import json
from typing import Any

from waypost.event import Batch, Event
from waypost.sources import synerise

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
UUID = "07243772-008a-42e1-ba37-c3807cebde8f"
C1 = {"customId": "c1"}
VIEW: dict[str, Any] = {"action": "screen.view", "label": "Viewed", "client": C1}


def parse(body: Any, route: str = "custom") -> Batch:
    return synerise.parser(route)(json.dumps(body).encode(), NOW)


def event(route: str = "custom", **fields: Any) -> Event:
    batch = parse(fields, route)
    assert not batch.rejects, batch.rejects
    return batch.events[0]


def refusal(route: str = "custom", **fields: Any) -> tuple[str, str | None]:
    (reject,) = parse(fields, route).rejects
    assert reject.message
    return reject.code, reject.field

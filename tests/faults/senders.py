"""Every sender's door, as the hostile suites ring it: route, credential, a good item, a bad one."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.faults.doorbell import TENANT, TOKEN

BASIC = "Basic " + base64.b64encode(f"{TENANT}:".encode()).decode()
MOESIF = {"X-Moesif-Application-Id": TENANT}
WHO = {"client": {"customId": "u-1"}, "label": "Did"}
BOOKMARK = {
    "event_type": "kinesinlms.course.bookmark.created",
    "course_run": "SP",
    "course_slug": "DEMO",
    "course_unit_id": 17,
    "anon_username": "1f0c9a52-5d0a-4a8e-8f43-6a1b1e0c7d11",
}


def _array(items: list[bytes]) -> bytes:
    return b"[%s]" % b",\n".join(items)


def _batch(items: list[bytes]) -> bytes:
    return b'{"batch":%s,"sentAt":"2026-11-20T12:00:00Z"}' % _array(items)


def _lines(items: list[bytes]) -> bytes:
    return b"\n".join(items)


@dataclass(frozen=True)
class Sender:
    """One way to send several items: `item` is a good one, whose `free` field holds anything."""

    name: str
    path: str
    item: dict[str, Any]
    free: str
    headers: dict[str, str] = field(default_factory=dict)
    wrap: Callable[[list[bytes]], bytes] = _array
    many: bool = True

    def good(self) -> bytes:
        return json.dumps(self.item).encode()

    def bad(self, value: bytes) -> bytes:
        """An item that is good but for the value in its free field, given as JSON text."""
        rest = {name: held for name, held in self.item.items() if name != self.free}
        return b'%s,"%s":%s}' % (json.dumps(rest).encode()[:-1], self.free.encode(), value)

    def __str__(self) -> str:
        return self.name


TRACK = {"type": "track", "userId": "u-1", "event": "Did", "messageId": "m"}
ACTION = {"action_name": "Did", "user_id": "u-1", "request": {"uri": "https://acme.com/x"}}
CUSTOM = {"action": "screen.view", **WHO}
FEATURE = {
    "account_id": "acme",
    "user_id": "u-1",
    "created_at": 1_795_170_000_000,
    "action": "login",
}

SENDERS = [
    Sender("segment", "/v1/batch", TRACK, "properties", {"Authorization": BASIC}, _batch),
    Sender("segment array", "/v1/import", TRACK, "properties", {"Authorization": BASIC}),
    Sender("segment dock", "/dock/segment", TRACK, "properties", {"Authorization": BASIC}),
    Sender("moesif actions", "/v1/actions/batch", ACTION, "metadata", MOESIF),
    Sender("moesif users", "/v1/users/batch", {"user_id": "u-1"}, "metadata", MOESIF),
    Sender("moesif companies", "/v1/companies/batch", {"company_id": "a"}, "metadata", MOESIF),
    Sender("synerise", "/v4/events/batch", CUSTOM, "params", {"Authorization": BASIC}),
    Sender("natero", f"/v1/{TENANT}/key", FEATURE, "details"),
    Sender("natero lines", f"/v1/key/{TENANT}", FEATURE, "details", {}, _lines),
    Sender(
        "kinesin",
        "/api/tracking",
        BOOKMARK,
        "event_data",
        {"Authorization": f"Bearer {TOKEN}"},
        _lines,
        many=False,
    ),
]

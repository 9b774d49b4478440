"""What Synerise's clients are told where something is refused: the vendor's error object."""

from http import HTTPStatus
from typing import Any

import msgspec

from waypost import times
from waypost.errors import Malformed, WaypostError
from waypost.event import Reject

_ERROR_NUMBER = 1  # the vendor publishes no list of its numbers; `reason` has Waypost's own code


def check(processed: int, rejects: list[Reject]) -> None:
    """Raises `Malformed` with every error where there are errors and nothing could be taken."""
    if rejects and not processed:
        errors = [_error(reject) for reject in rejects]
        raise Malformed(rejects[0].message, code=rejects[0].code, errors=errors)


def _error(reject: Reject) -> dict[str, object]:
    return {
        "code": _ERROR_NUMBER,
        "field": reject.field,
        "message": reject.message,
        "rejectedValue": _value(reject),
        "index": reject.index,
        "reason": reject.code,
    }


def _value(reject: Reject) -> object:
    """What the sender gave for the field at fault; None where the item can no longer be read."""
    if reject.field is None:
        return None
    try:
        value: Any = msgspec.json.decode(reject.payload or "")
        for name in reject.field.split("."):
            value = value[name]
    except (msgspec.MsgspecError, KeyError, TypeError):
        return None
    return value


def refusal(error: WaypostError, status: int, path: str, now: int) -> dict[str, object]:
    """The vendor's error object, with Waypost's own `code` beside its fields."""
    return {
        "timestamp": times.iso(now),
        "status": status,
        "error": HTTPStatus(status).phrase,
        "code": error.code,
        "message": error.message,
        "path": path,
        "errors": error.extra.get("errors", []),
    }

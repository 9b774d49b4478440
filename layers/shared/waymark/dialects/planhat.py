"""
Planhat's activity format: JSON items, and rows of its CSV stream.

| field             | also spelled          | meaning, default                                |
|-------------------|-----------------------|-------------------------------------------------|
| email             |                       | the user's e-mail; this or externalId is needed |
| externalId        | id                    | the user's id in the sender's system            |
| name              | firstName + lastName  | the user's full name                            |
| companyExternalId | cId, companyId        | the customer that the user belongs to           |
| action            |                       | what was done; without it, activity only        |
| weight            |                       | relative importance, 1                          |
| count             |                       | the same row happened n times, 1                |
| date              |                       | JavaScript date string or epoch ms; receipt     |
| info              |                       | any JSON object                                 |

Fields that the sender's tables do not know are kept in `info`.
"""

import math
from typing import Any

import msgspec
from msgspec import Raw, Struct

from waymark import bodies, jsdate
from waymark.dialects import Batch
from waymark.errors import Malformed
from waymark.event import (
    MAX_COUNT,
    MAX_ID,
    MAX_WEIGHT,
    NO_TIME,
    Event,
    ItemError,
    Reject,
    check_lengths,
    check_properties,
    check_time,
)

SOURCE = "planhat"
MAX_ERRORS = 5_000
Text = str | int | None
Number = int | float | str | None


class Activity(Struct, omit_defaults=True, gc=False):
    """The sender's fields, as they stand on the wire."""

    email: Text = None
    externalId: Text = None
    id: Text = None
    name: Text = None
    firstName: Text = None
    lastName: Text = None
    companyExternalId: Text = None
    cId: Text = None
    companyId: Text = None
    action: Text = None
    weight: Number = None
    count: Number = None
    date: int | float | str | None = None
    info: dict[str, Any] | None = None


FIELDS = frozenset(Activity.__struct_fields__)
_decode = msgspec.json.Decoder(Activity).decode
_encode = msgspec.json.Encoder().encode
_THEIR_NAMES = {"external_id": "externalId", "company_id": "companyExternalId"}
_WHOSE = "give email, externalId or id: whose activity is it?"
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def parse(body: bytes, received: int) -> Batch:
    """The activities of one inflated body; `received` is the time of receipt in epoch ms.

    An item that breaks a rule becomes a reject with its index; raises `Malformed` only where no
    item can be read.
    """
    text = bodies.to_utf8(body).strip()
    if text[:1] not in (b"{", b"[", b"") and (fields := bodies.form(text)) is not None:
        return _batch([msgspec.json.encode(fields)], received)
    found = bodies.items(text) if text else []
    if not found:
        raise Malformed("the body holds no item; send at least one", code="empty_body")
    return _batch(found, received)


def _batch(found: list[Raw] | list[bytes], received: int) -> Batch:
    batch = Batch()
    for n, item in enumerate(found):
        judge(batch, n, bytes(item), received)
    return batch


def judge(batch: Batch, n: int, raw: bytes, received: int, line: int | None = None) -> None:
    """Adds one item to the batch under its number, as an event or as a reject."""
    try:
        event = to_event(read(raw), received, len(raw))
    except ItemError as error:
        batch.rejects.append(error.reject(n, raw.decode("utf-8", "replace"), line))
    else:
        event.n = n
        batch.events.append(event)


def read(raw: bytes) -> Activity:
    """One item on the fast path, or on the strict one where anything about it is unusual.

    A key given twice, or unknown here, leaves fewer colons after decoding than before: counting
    them is far cheaper than looking for it. `\\u003a` is a colon as well.
    """
    try:
        activity = _decode(raw)
        wire = _encode(activity)
    except _UNREADABLE:
        return _read_strictly(raw)
    if wire.count(b":") != raw.count(b":"):
        return _read_strictly(raw)
    if b"\\u" in raw and (b"\\u0000" in raw or b"\\u003" in raw):
        return _read_strictly(raw)
    return activity


def _read_strictly(raw: bytes) -> Activity:
    value = bodies.strict_object(raw)
    extra = {key: value.pop(key) for key in value.keys() - FIELDS}
    if extra:
        value["info"] = extra | _as_object(value.get("info"))
    try:
        return msgspec.convert(value, Activity)
    except msgspec.ValidationError as error:
        raise _type_error(error) from None


def _as_object(info: object) -> dict[str, Any]:
    if info is None:
        return {}
    if not isinstance(info, dict):
        raise ItemError("invalid_type", "info must be a JSON object", "info")
    return info


def _type_error(error: msgspec.ValidationError) -> ItemError:
    text, _, path = str(error).partition(" - at `$.")
    field = path.rstrip("`").split(".")[0].split("[")[0] or None
    wanted = "a number" if field in ("weight", "count") else "text"
    wanted = "a JSON object" if field == "info" else wanted
    got = text.rpartition("got ")[2].strip("`") or "something else"
    return ItemError("invalid_type", f"{field} must be {wanted}, not {got}", field)


def to_event(activity: Activity, received: int, size: int) -> Event:
    """The activity in Waymark's words, or `ItemError` naming the field and the remedy.

    `time` stays `NO_TIME` where the sender gave no date: intake fills in the time of receipt.
    `size` is the item's length as it arrived: in a short one no field can be too long.
    """
    date, weight, count, info = activity.date, activity.weight, activity.count, activity.info
    email, name, action = activity.email, activity.name, activity.action
    external_id = _said(activity.externalId) or _said(activity.id)
    company_id = _said(activity.companyExternalId) or _company(activity)
    if email is not None:
        email = _email(email)
    if external_id is None and email is None:
        raise ItemError("identity_missing", _WHOSE, "email")
    if info:
        check_properties(info)
    event = Event(
        "",
        0,
        NO_TIME if date is None else _time(date, received),
        None if action is None else _said(action),
        None,
        1.0 if weight is None else _weight(weight),
        1 if count is None else _count(count),
        external_id,
        email,
        None,
        _full_name(activity) if name is None else _said(name),
        company_id,
        info or None,
    )
    if size > MAX_ID:
        check_lengths(event, _THEIR_NAMES)
    return event


def _said(value: Text) -> str | None:
    """The text without outer space; None for an empty one, which says nothing."""
    if value is None:
        return None
    return (value if type(value) is str else str(value)).strip() or None


def _company(activity: Activity) -> str | None:
    return _said(activity.cId) or _said(activity.companyId)


def _full_name(activity: Activity) -> str | None:
    if activity.firstName is None and activity.lastName is None:
        return None
    parts = (_said(activity.firstName), _said(activity.lastName))
    return " ".join(part for part in parts if part) or None


def _email(value: Text) -> str | None:
    address = _said(value)
    if address is None:
        return None
    if not 0 < address.rfind("@") < len(address) - 1 or " " in address:
        raise ItemError("invalid_email", f'"{address[:80]}" is not an e-mail address', "email")
    return address


def _time(value: float | str, received: int) -> int:
    try:
        if type(value) is not str:
            time = jsdate.from_number(value)  # type: ignore[arg-type]
        elif value:
            time = jsdate.parse(value)
        else:
            return NO_TIME
    except ValueError as error:
        raise ItemError("invalid_date", f"date: {error}", "date") from None
    return check_time(time, received)


def _weight(value: float | str) -> float:
    if value == "":
        return 1.0
    number = value if type(value) is int else _number(value, "weight")
    if not 0 <= number <= MAX_WEIGHT:
        raise ItemError("out_of_range", f"weight must lie between 0 and {MAX_WEIGHT}", "weight")
    return float(number)


def _count(value: float | str) -> int:
    if value == "":
        return 1
    number = value if type(value) is int else _number(value, "count")
    if not 1 <= number <= MAX_COUNT or number != int(number):
        raise ItemError(
            "out_of_range", f"count must be a whole number from 1 to {MAX_COUNT}", "count"
        )
    return int(number)


def _number(value: float | str, field: str) -> float:
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise ItemError(
            "invalid_number", f'{field} must be a number, not "{str(value)[:40]}"', field
        ) from None
    if not math.isfinite(number):
        raise ItemError("number_not_finite", f"{field} must be a finite number", field)
    return number


def answer(
    processed: int, rejects: list[Reject], batch: str | None = None
) -> tuple[dict[str, object], int]:
    """`{"processed": n, "errors": [{"index", "code", "message", "field"}]}` and its status.

    400 where not one item could be taken, so that a client which only looks at the status learns
    of it; 200 otherwise. Beyond `MAX_ERRORS` the answer counts them in `rejected`: Lambda answers
    with 6 MB at most, and the ledger has them all.
    """
    body: dict[str, object] = {
        "processed": processed,
        "errors": [reject.answer() for reject in rejects[:MAX_ERRORS]],
    }
    if len(rejects) > MAX_ERRORS:
        body["rejected"] = len(rejects)
    if batch is not None:
        body["batch"] = batch
    if processed or not rejects:
        return body, 200
    return {"code": rejects[0].code, "message": rejects[0].message, **body}, 400

"""Planhat's activity as its sender wrote it: JSON read on a fast path, and placeholders gone."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Raw, Struct

from waypost.event import ItemError
from waypost.sources.formats import json_items
from waypost.sources.formats.fields import Number, Text
from waypost.sources.formats.placeholders import Kind, PlaceholderList, Struck


# Without `omit_defaults`, absent fields would be encoded as nulls, and `same_members` never hold.
class Activity(Struct, omit_defaults=True, gc=False):
    """The sender's fields, as they stand on the wire."""

    email: Text = None
    externalId: Text = None
    id: Text = None
    name: Text = None  # required by Planhat's text, left out by its clients
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


class ScriptActivity(Activity, omit_defaults=True, gc=False):
    """An activity with the fields that Waypost adds to Planhat's."""

    messageId: Text = None
    anonymousId: Text = None
    sentAt: Any = None
    label: Text = None
    session: Text = None
    page: Text = None
    bot: bool | None = None


FIELDS = frozenset(Activity.__struct_fields__)
_SCRIPT_FIELDS = frozenset(ScriptActivity.__struct_fields__)
_decode = msgspec.json.Decoder(Activity).decode
_decode_script = msgspec.json.Decoder(ScriptActivity).decode
_decode_all = msgspec.json.Decoder(list[Activity]).decode
_encode = msgspec.json.Encoder().encode
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)  # the last: too deep
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("externalId", "id"), "user"),
    **dict.fromkeys(("companyExternalId", "cId", "companyId"), "id"),
    **dict.fromkeys(("firstName", "lastName"), "name_part"),
    "email": "email",
    "name": "name",
}
_EMPTY: tuple[object, ...] = (False, True, [], {})


def read(raw: bytes) -> Activity:
    """One item on the fast path, or on the strict one where anything about it is unusual."""
    try:
        activity = _decode(raw) if b'"messageId"' not in raw else _decode_script(raw)
        wire = _encode(activity)
    except _UNREADABLE:
        return _read_strictly(raw)
    if not same_members(raw, wire):
        return _read_strictly(raw)
    if type(activity) is ScriptActivity and activity.messageId is None:
        return _read_strictly(raw)
    return _read_strictly(raw) if b"\\u" in raw and _escapes(raw) else activity


def _escapes(raw: bytes) -> bool:
    """Whether decoding makes of an escape a NUL, which is refused, or a colon, which is counted."""
    return b"\\u0000" in raw or b"\\u003" in raw


def read_all(raws: Sequence[Raw | bytes]) -> Sequence[Activity] | None:
    """Many items at once, at a third of the cost; None where anything about any is unusual.

    Items of Waypost's own script are.
    """
    text = b"[%b]" % b",".join(raws)
    try:
        activities = _decode_all(text)
        wire = _encode(activities)
    except _UNREADABLE:
        return None
    if not same_members(text, wire) or (b"\\u" in text and _escapes(text)):
        return None
    return activities


def same_members(raw: bytes, wire: bytes) -> bool:
    """Whether an item still has all of its members when it is decoded and encoded again.

    One that is unknown, or given twice, is gone and its colon with it: counting the colons is far
    cheaper than looking for it. (A member that is null or at its default is gone as well, and its
    item is only read more slowly.)
    """
    return wire.count(b":") == raw.count(b":")


def _read_strictly(raw: bytes) -> Activity:
    value = json_items.strict_object(raw)
    # No field takes them as they are, but they may stand for nothing: `strike` judges their text.
    for name in _KINDS.keys() & value.keys():
        if value[name] in _EMPTY:
            value[name] = str(value[name]).lower()
    # Without a message key, `session` or `page` are anybody's words and belong into `info`.
    own = value.get("messageId") is not None
    extra = {key: value.pop(key) for key in value.keys() - (_SCRIPT_FIELDS if own else FIELDS)}
    if extra:
        value["info"] = extra | _as_object(value.get("info"))
    try:
        return msgspec.convert(value, ScriptActivity if own else Activity)
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


def strike(activity: Activity, listed: PlaceholderList) -> list[Struck]:
    """Takes the placeholders out of an activity, and says which they were."""
    struck = []
    for name, kind in _KINDS.items():
        value = getattr(activity, name)
        if value is not None and listed.holds(value, kind):
            struck.append(Struck(name, value))
            setattr(activity, name, None)
    return struck

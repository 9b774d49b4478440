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

Fields that the sender's tables do not know are kept in `info`. An item with a `messageId`, as
Waypost's own browser script sends it, has these besides:

| field             | meaning                                                                 |
|-------------------|-------------------------------------------------------------------------|
| messageId         | the same whenever the item is sent again: counted once                  |
| sentAt            | when it was sent, by the clock of `date`: a wrong clock is corrected    |
| label             | the action in words                                                     |
| session, page     | the session's id; the page's address                                    |
| bot               | true: a robot did it; kept in the ledger, not counted                   |
"""

from typing import Any

import msgspec
from msgspec import Struct

from waypost.event import (
    MAX_ID,
    NO_TIME,
    Batch,
    Event,
    ItemError,
    ItemIgnored,
    Reject,
    check_lengths,
    check_properties,
)
from waypost.sources import answers
from waypost.sources.formats import fields, json_items
from waypost.sources.formats.fields import Number, Text, said
from waypost.sources.items import items

SOURCE = "planhat"
MAX_ERRORS = 5_000


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
    sentAt: Any = None
    label: Text = None
    session: Text = None
    page: Text = None
    bot: bool | None = None


FIELDS = frozenset(Activity.__struct_fields__)
_SCRIPT_FIELDS = frozenset(ScriptActivity.__struct_fields__)
_decode = msgspec.json.Decoder(Activity).decode
_decode_script = msgspec.json.Decoder(ScriptActivity).decode
_encode = msgspec.json.Encoder().encode
_THEIR_NAMES = {"external_id": "externalId", "company_id": "companyExternalId"}
_WHOSE = "give email, externalId or id: whose activity is it?"
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)  # the last: too deep


def parse(body: bytes, received: int) -> Batch:
    """The activities of one inflated body; `received` is the time of receipt in epoch ms.

    An item that breaks a rule becomes a reject with its index; raises `Malformed` only where no
    item can be read.
    """
    batch = Batch()
    for n, item in enumerate(items(body)):
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
    # Of these, decoding makes a NUL, which is refused, or a colon, which is counted.
    if b"\\u" in raw and (b"\\u0000" in raw or b"\\u003" in raw):
        return _read_strictly(raw)
    return activity


def same_members(raw: bytes, wire: bytes) -> bool:
    """Whether an item still has all of its members when it is decoded and encoded again.

    One that is unknown, or given twice, is gone and its colon with it: counting the colons is far
    cheaper than looking for it. (A member that is null or at its default is gone as well, and its
    item is only read more slowly.)
    """
    return wire.count(b":") == raw.count(b":")


def _read_strictly(raw: bytes) -> Activity:
    value = json_items.strict_object(raw)
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


def to_event(activity: Activity, received: int, size: int) -> Event:
    """The activity in Waypost's words, or `ItemError` naming the field and the remedy.

    `time` stays `NO_TIME` where the sender gave no date: intake fills in the time of receipt.
    `size` is the item's length as it arrived: in a short one no field can be too long.
    """
    own = activity if type(activity) is ScriptActivity else None
    date, weight, count, info = activity.date, activity.weight, activity.count, activity.info
    email, name, action = activity.email, activity.name, activity.action
    external_id = said(activity.externalId) or said(activity.id)
    company_id = said(activity.companyExternalId) or _company(activity)
    if email is not None:
        email = fields.email(email)
    if external_id is None and email is None:
        raise ItemError("identity_missing", _WHOSE, "email")
    if info:
        check_properties(info)
    event = Event(
        "",
        0,
        NO_TIME if date is None or own is not None else fields.moment(date, received),
        None if action is None else said(action),
        None,
        1.0 if weight is None else fields.weight(weight),
        1 if count is None else fields.count(count),
        external_id,
        email,
        None,
        _full_name(activity) if name is None else said(name),
        company_id,
        info or None,
    )
    if own is not None:
        _add_own(event, own, received)
    if size > MAX_ID:  # no bound of a field is lower
        check_lengths(event, _THEIR_NAMES)
    return event


def _add_own(event: Event, activity: ScriptActivity, received: int) -> None:
    if activity.bot:
        raise ItemIgnored("bot", "the browser is driven by a robot", "bot")
    sent = fields.sent_at(activity.sentAt)
    event.time, event.own_time = fields.corrected(activity.date, sent, received)
    event.key = said(activity.messageId)
    event.label = said(activity.label)
    event.session = said(activity.session)
    event.page = said(activity.page)


def _company(activity: Activity) -> str | None:
    return said(activity.cId) or said(activity.companyId)


def _full_name(activity: Activity) -> str | None:
    if activity.firstName is None and activity.lastName is None:
        return None
    return fields.joined(activity.firstName, activity.lastName)


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
    return answers.told(body, processed, rejects)

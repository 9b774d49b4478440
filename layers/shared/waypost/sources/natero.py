"""
Natero's events: JSON objects in every arrangement, or a form, under two keys in the path.

| field             | also spelled     | meaning                                                   |
|-------------------|------------------|-----------------------------------------------------------|
| account_id *      | accountId        | the account; up to 256 characters                         |
| user_id *         | userId           | the user; up to 256; `identifyAccount` needs none         |
| created_at *      | createdAt        | epoch ms                                                  |
| action *          |                  | see below; case, `_`, `-` and spaces make no difference   |
| session_id        | sessionId, session | the session                                             |
| feature           | featureId        | up to 128; needed by the action `feature`                 |
| module, product   | moduleId, productId | up to 128                                              |
| total             |                  | how often the feature was used: a whole number, 1         |
| active_duration   | activeDuration   | ms active in the session since the last report            |
| time_spent        | timeSpent        | ms spent in the module since the last report              |
| page              | pageName         | the page                                                  |
| details           |                  | of the user or the account; see `natero_details`          |
| messageId         |                  | the same whenever the event is sent again: counted once   |
| sentAt            |                  | when it was sent: a wrong clock is corrected              |
| bot               |                  | true: a robot did it; kept in the ledger, not counted     |
| dropped           |                  | how many events before it a browser had to drop           |

The last four are Waypost's own, as its browser script sends them.

| action            | becomes                                                                      |
|-------------------|------------------------------------------------------------------------------|
| feature           | an event with the feature's name as its action                               |
| login             | an event `login`; with details, also traits of the user                      |
| logout, pageView  | an event of that name                                                        |
| sessionSync, sessionIdle, moduleEnd, pageViewEnd | an event of that name and weight 0            |
| identifyUser      | traits of the user                                                           |
| identifyAccount   | traits of the account                                                        |

Only `moduleEnd` adds its `time_spent` to the time in a module: a module that is left reports the
whole of it. Elsewhere it is a property, and so is everything that the table does not know. The
traits that come with a login count as one more item received, numbered behind the last one.
"""

from dataclasses import dataclass, field
from typing import Any

from waypost.errors import WaypostError
from waypost.event import (
    GROUP,
    IDENTIFY,
    Batch,
    Event,
    ItemError,
    ItemIgnored,
    Reject,
    check_lengths,
    check_properties,
)
from waypost.sources import items, natero_details
from waypost.sources.formats import fields
from waypost.sources.natero_details import Details, Notes

SOURCE = "natero"
MAX_FEATURE = 128
_FEATURE, _LOGIN, _MODULE_END = "feature", "login", "moduleEnd"
_KINDS = {"identifyUser": IDENTIFY, "identifyAccount": GROUP}
_WEIGHTLESS = ("sessionSync", "sessionIdle", _MODULE_END, "pageViewEnd")
_ACTIONS = (_FEATURE, _LOGIN, "logout", *_KINDS, *_WEIGHTLESS, "pageView")
_LOOSE = str.maketrans("", "", "_- ")
_SPELLED = {action.lower(): action for action in _ACTIONS}
_NAMES = {
    "company_id": ("account_id", "accountId"),
    "external_id": ("user_id", "userId"),
    "session": ("session_id", "sessionId", "session"),
    "feature": ("feature", "featureId"),
    "module": ("module", "moduleId"),
    "product": ("product", "productId"),
    "page": ("page", "pageName"),
}
_SHORT = ("feature", "module", "product")
_TIME = ("created_at", "createdAt")
_ACTIVE, _SPENT = ("active_duration", "activeDuration"), ("time_spent", "timeSpent")
_KNOWN = frozenset(
    (*(name for names in _NAMES.values() for name in names), *_TIME, *_ACTIVE, *_SPENT)
) | {"action", "details", "messageId", "sentAt", "bot", "dropped"}
_THEIR_NAMES = {name: names[0] for name, names in _NAMES.items()}


@dataclass(slots=True)
class _Told:
    """What an item said beside its event: details of a user, and what was changed in them."""

    details: Details = field(default_factory=dict)
    notes: Notes = field(default_factory=list)


def parse(body: bytes, received: int) -> Batch:
    """The events of one inflated body; `received` is the time of receipt in epoch ms."""
    found = items.items(body)
    told: list[_Told] = []

    def read(item: dict[str, Any]) -> Event:
        one = _Told()
        event = _event(item, received, one)
        told.append(one)
        return event

    batch = items.judge(found, read)
    logins: list[Event] = []
    for event, one in zip(batch.events, told, strict=True):
        for note in one.notes:
            note.index = event.n
        batch.rejects += one.notes
        if event.action == _LOGIN and one.details:
            logins.append(_traits(event, one.details, len(found) + len(logins)))
    batch.events += logins
    return batch


def _event(item: dict[str, Any], received: int, told: _Told) -> Event:
    action = _action(item)
    if item.get("bot") is True:
        raise ItemIgnored("bot", "the browser is driven by a robot", "bot")
    kind = _KINDS.get(action)
    time, estimated = _time(item, received)
    event = Event(
        time=time,
        estimated=estimated,
        key=fields.text(item, "messageId"),
        external_id=_text(item, "external_id", required=kind != GROUP),
        company_id=_text(item, "company_id", required=True),
        kind=kind,
        session=_text(item, "session"),
        module=_text(item, "module"),
        feature=_text(item, "feature", required=action == _FEATURE),
        product=_text(item, "product"),
        page=_text(item, "page"),
        active_ms=fields.duration(_value(item, _ACTIVE), _ACTIVE[0]),
    )
    if kind is None:
        _act(event, action, item)
    event.properties = _properties(item, action, event, told) or None
    check_lengths(event, _THEIR_NAMES)
    return event


def _action(item: dict[str, Any]) -> str:
    given = fields.required(item, "action")
    found = _SPELLED.get(given.translate(_LOOSE).lower())
    if found is None:
        known = ", ".join(sorted(_ACTIONS))
        raise ItemError("unknown_action", f'"{given[:40]}" is none of {known}', "action")
    return found


def _text(item: dict[str, Any], name: str, *, required: bool = False) -> str | None:
    names = _NAMES[name]
    found = fields.required(item, *names) if required else fields.text(item, *names)
    if name in _SHORT and len(found or "") > MAX_FEATURE:
        raise ItemError("too_long", f"{name} is longer than {MAX_FEATURE} characters", name)
    return found


def _time(item: dict[str, Any], received: int) -> tuple[int, bool]:
    number = fields.number(fields.required(item, *_TIME), _TIME[0])
    return fields.corrected(number, item.get("sentAt"), received, _TIME[0])


def _act(event: Event, action: str, item: dict[str, Any]) -> None:
    """What an activity is called, and how much it counts."""
    event.action = event.feature if action == _FEATURE else action
    event.weight = 0.0 if action in _WEIGHTLESS else 1.0
    if action == _FEATURE and (total := item.get("total")) is not None:
        event.count = fields.count(total, "total")
    if action == _MODULE_END:
        event.module_ms = fields.duration(_value(item, _SPENT), _SPENT[0])


def _properties(item: dict[str, Any], action: str, event: Event, told: _Told) -> dict[str, Any]:
    """What the tables do not know, time spent elsewhere than in a module, and details."""
    known = _KNOWN | {"total"} if action == _FEATURE else _KNOWN
    found = {name: value for name, value in item.items() if name not in known}
    spent = _value(item, _SPENT)
    if item.get("dropped") and action not in _KINDS:
        found["dropped"] = item["dropped"]
    if spent is not None and action != _MODULE_END:
        found[_SPENT[0]] = fields.duration(spent, _SPENT[0])
    details = fields.mapping(item, "details")
    check_properties(found | details, "details")
    if action not in (_LOGIN, *_KINDS):
        return found | ({"details": details} if details else {})
    told.details = natero_details.settled(details, told.notes)
    if event.kind != GROUP:
        natero_details.name_user(event, told.details, told.notes)
    return found | told.details


def _traits(login: Event, details: Details, n: int) -> Event:
    """What a login told of its user, as an item of its own."""
    return Event(
        n=n,
        time=login.time,
        estimated=login.estimated,
        key=login.key and f"{login.key}:traits",
        kind=IDENTIFY,
        external_id=login.external_id,
        email=login.email,
        name=login.name,
        company_id=login.company_id,
        properties=dict(details),
    )


def _value(item: dict[str, Any], names: tuple[str, ...]) -> Any:
    """The first of the named fields that says anything."""
    return next((item[name] for name in names if item.get(name) not in (None, "")), None)


def answer(processed: int, rejects: list[Reject]) -> tuple[dict[str, object], int]:
    """`{}` and 200, also where some items are bad: the ledger tells which, and clients never look.

    400 with the first reason where not one item could be taken.
    """
    if processed or not rejects:
        return {}, 200
    return {"code": rejects[0].code, "message": rejects[0].message}, 400


def refusal(error: WaypostError, _status: int, _path: str) -> dict[str, object]:
    """The body of every other refusal."""
    return error.body()

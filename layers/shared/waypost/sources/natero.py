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
| anonymousId       |                  | the browser's id: enough where no user_id is known        |
| sentAt            |                  | when it was sent: a clock up to a day off is corrected    |
| bot               |                  | true: a robot did it; kept in the ledger, not counted     |
| dropped           |                  | how many events before it a browser had to drop           |

The last five are Waypost's own, as its browser script sends them.

| action            | becomes                                                                      |
|-------------------|------------------------------------------------------------------------------|
| feature           | an event with the feature's name as its action                               |
| login             | an event `login`; with details, also traits of the user                      |
| logout, pageView  | an event of that name                                                        |
| sessionSync, sessionIdle, moduleEnd, pageViewEnd | a report of time, which is no activity        |
| identifyUser      | traits of the user                                                           |
| identifyAccount   | traits of the account                                                        |

Only `moduleEnd` adds its `time_spent` to the time in a module: a module that is left reports the
whole of it. Elsewhere it is a property, and so is everything that the table does not know. The
traits that come with a login count as one more item received, numbered behind the last one.
"""

from functools import partial
from typing import Any

from waypost.errors import WaypostError
from waypost.event import (
    GROUP,
    IDENTIFY,
    TIME,
    Batch,
    Event,
    ItemError,
    ItemIgnored,
    check_lengths,
    check_properties,
)
from waypost.sources import answers, items, natero_details
from waypost.sources.formats import fields
from waypost.sources.formats.clocks import Clock
from waypost.sources.formats.placeholders import PlaceholderList, Struck, Who, placeholder_list
from waypost.sources.natero_details import Details, Note
from waypost.tenants import NO_CHANGES, Placeholders

SOURCE = "natero"
MAX_FEATURE = 128
answer = answers.empty
_FEATURE, _LOGIN, _MODULE_END = "feature", "login", "moduleEnd"
_KINDS = {"identifyUser": IDENTIFY, "identifyAccount": GROUP}
# Sent by a timer or on leaving: they report time, and nothing that the user did.
_REPORTS = ("sessionSync", "sessionIdle", _MODULE_END, "pageViewEnd")
# They tell who somebody is.
_OF_SOMEBODY = (_LOGIN, "identifyUser")
_ACTIONS = (_FEATURE, _LOGIN, "logout", *_KINDS, *_REPORTS, "pageView")
# How the vendor's script spells login, logout, idle and page actions is not published.
_LOOSE = str.maketrans("", "", "_- ")
_SPELLED = {action.lower(): action for action in _ACTIONS}
# The vendor's text writes account_id, some of its clients accountId.
_NAMES = {
    "company_id": ("account_id", "accountId"),
    "external_id": ("user_id", "userId"),
    "anonymous_id": ("anonymousId",),
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
_IDS: Who = {
    (): {
        **dict.fromkeys((*_NAMES["company_id"], *_NAMES["anonymous_id"]), "id"),
        **dict.fromkeys(_NAMES["external_id"], "user"),
    }
}
_THEIR_NAMES = {name: names[0] for name, names in _NAMES.items()}


def parse(body: bytes, received: int, changes: Placeholders = NO_CHANGES) -> Batch:
    """The events of one inflated body; `received` is the time of receipt in epoch ms."""
    raw_items = items.items(body)
    strike = partial(_strike, listed=placeholder_list(changes))
    clock = Clock(received)
    taken, rejects = items.each(raw_items, lambda item: _read(item, clock), strike, clock)
    batch = Batch(rejects=rejects)
    logins: list[Event] = []
    for n, (event, traits, notes) in taken:
        event.n = n
        batch.events.append(event)
        batch.rejects += [note.entry(n) for note in notes]
        # Numbered behind the items that were sent, so that each keeps its place in the body.
        if traits is not None:
            traits.n = len(raw_items) + len(logins)
            logins.append(traits)
    batch.events += logins
    return batch


def _strike(item: dict[str, Any], listed: PlaceholderList) -> list[Struck]:
    """Takes out the placeholders; of most actions, details are properties and name nobody."""
    told = _SPELLED.get(str(item.get("action")).translate(_LOOSE).lower())
    named = told == _LOGIN or told in _KINDS
    who = {**_IDS, **natero_details.WHO} if named else _IDS
    return listed.strike(item, who)


def _read(item: dict[str, Any], clock: Clock) -> tuple[Event, Event | None, list[Note]]:
    """The event of an item, the traits that a login tells besides, and what was changed."""
    action = _action(item)
    event = _event(item, action, clock)
    rest, given = _rest(item, action), fields.mapping(item, "details")
    check_properties(rest | given, "details")
    details, notes = _details(event, action, given, clock)
    event.properties = (rest | details) or None
    check_lengths(event, _THEIR_NAMES)
    return event, _traits(event, details) if action == _LOGIN and details else None, notes


def _event(item: dict[str, Any], action: str, clock: Clock) -> Event:
    if item.get("bot") is True:
        raise ItemIgnored("bot", "the browser is driven by a robot", "bot")
    kind, anonymous_id = _KINDS.get(action), _text(item, "anonymous_id")
    named = action in _OF_SOMEBODY or (kind is None and anonymous_id is None)
    time, own_time = _time(item, clock)
    event = Event(
        time=time,
        own_time=own_time,
        key=fields.text(item, "messageId"),
        external_id=_text(item, "external_id", required=named),
        anonymous_id=anonymous_id,
        company_id=_text(item, "company_id", required=True),
        kind=kind,
        session=_text(item, "session"),  # required by the text, left out by some clients
        module=_text(item, "module"),
        feature=_text(item, "feature", required=action == _FEATURE),
        product=_text(item, "product"),
        page=_text(item, "page"),
        active_ms=fields.duration(_value(item, _ACTIVE), _ACTIVE[0]),
    )
    if kind is None:
        _act(event, action, item)
    return event


def _action(item: dict[str, Any]) -> str:
    given = fields.required(item, "action")
    action = _SPELLED.get(given.translate(_LOOSE).lower())
    if action is None:
        known = ", ".join(sorted(_ACTIONS))
        raise ItemError("unknown_action", f'"{given[:40]}" is none of {known}', "action")
    return action


def _text(item: dict[str, Any], name: str, *, required: bool = False) -> str | None:
    names = _NAMES[name]
    words = fields.required(item, *names) if required else fields.text(item, *names)
    if name in _SHORT and len(words or "") > MAX_FEATURE:
        raise ItemError("too_long", f"{name} is longer than {MAX_FEATURE} characters", name)
    return words


def _time(item: dict[str, Any], clock: Clock) -> tuple[int, int | None]:
    # Natero itself counts by arrival; here the event's own time decides, as with every sender.
    number = fields.number(fields.required(item, *_TIME), _TIME[0])
    return clock.corrected(number, item.get("sentAt"), field=_TIME[0])


def _act(event: Event, action: str, item: dict[str, Any]) -> None:
    """What an activity is called, and how much it counts."""
    event.action = event.feature if action == _FEATURE else action
    if action in _REPORTS:
        event.kind, event.weight, event.count = TIME, 0.0, 0
    if action == _FEATURE and (total := item.get("total")) is not None:
        event.count = fields.count(total, "total")
    if action == _MODULE_END:
        event.module_ms = fields.duration(_value(item, _SPENT), _SPENT[0])


def _rest(item: dict[str, Any], action: str) -> dict[str, Any]:
    """What the tables do not know, and time spent elsewhere than in a module."""
    known = _KNOWN | {"total"} if action == _FEATURE else _KNOWN
    rest = {name: value for name, value in item.items() if name not in known}
    spent = _value(item, _SPENT)
    # The browser tells it with whatever it sends next; of a user or an account it says nothing.
    if item.get("dropped") and action not in _KINDS:
        rest["dropped"] = item["dropped"]
    if spent is not None and action != _MODULE_END:
        rest[_SPENT[0]] = fields.duration(spent, _SPENT[0])
    return rest


def _details(event: Event, action: str, given: Details, clock: Clock) -> tuple[Details, list[Note]]:
    """What is kept of the details, and what was changed in them; a user is named by them too."""
    if action not in (_LOGIN, *_KINDS):
        return {"details": given} if given else {}, []
    details, notes = natero_details.settled(given, clock)
    if event.kind != GROUP:
        notes += natero_details.name_user(event, details)
    return details, notes


def _traits(login: Event, details: Details) -> Event:
    """What a login told of its user, as an item of its own."""
    return Event(
        time=login.time,
        own_time=login.own_time,
        key=login.key and f"{login.key}:traits",  # two events, so two keys
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


def refusal(error: WaypostError, _status: int, _path: str) -> dict[str, object]:
    """The body of a refusal of a whole request."""
    return error.body()

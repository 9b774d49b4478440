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
| anonymousId       | the browser's id; it stands for the user's until that is known          |
| sentAt            | when it was sent by the clock of `date`, which is corrected by it       |
| label             | the action in words                                                     |
| session, page     | the session's id; the page's address                                    |
| bot               | true: a robot did it; kept in the ledger, not counted                   |
"""

from waypost.event import (
    MAX_ID,
    NO_TIME,
    ONE,
    Batch,
    Event,
    ItemError,
    ItemIgnored,
    Reject,
    check_lengths,
    check_properties,
)
from waypost.sources import answers
from waypost.sources.formats import fields, placeholders
from waypost.sources.formats.clocks import Clock
from waypost.sources.formats.fields import said
from waypost.sources.formats.placeholders import PlaceholderList, Struck, placeholder_list
from waypost.sources.items import items
from waypost.sources.planhat_activity import Activity, ScriptActivity, read, strike
from waypost.tenants import NO_CHANGES, Placeholders

SOURCE = "planhat"
SESSION_END = "session.end"
MAX_ERRORS = 5_000
_THEIR_NAMES = {
    "external_id": "externalId",
    "company_id": "companyExternalId",
    "anonymous_id": "anonymousId",
}
_WHOSE = "give email, externalId or id: whose activity is it?"


def parse(body: bytes, received: int, changes: Placeholders = NO_CHANGES) -> Batch:
    """The activities of one inflated body; `received` is the time of receipt in epoch ms.

    An item that breaks a rule becomes a reject with its index; raises `Malformed` only where no
    item can be read.
    """
    batch, clock, listed = Batch(), Clock(received), placeholder_list(changes)
    for n, item in enumerate(items(body)):
        judge(batch, n, bytes(item), clock, listed)
    batch.rejects += clock.notes()
    return batch


def judge(
    batch: Batch,
    n: int,
    raw: bytes,
    clock: Clock,
    listed: PlaceholderList,
    line: int | None = None,
) -> None:
    """Adds one item to the batch under its number, as an event or as a reject."""
    try:
        event, struck = listed_event(read(raw), clock, len(raw), listed)
    except ItemError as error:
        batch.rejects.append(error.reject(n, raw.decode("utf-8", "replace"), line))
        clock.refused()
    else:
        add(batch, n, event, struck, line)
        clock.taken(n, line)


def add(batch: Batch, n: int, event: Event, struck: list[Struck], line: int | None) -> None:
    """Adds an event to the batch, and a note for each placeholder that stood in its item."""
    event.n = n
    batch.events.append(event)
    if struck:
        batch.rejects += [value.note(n, line) for value in struck]


def listed_event(
    activity: Activity, clock: Clock, size: int, listed: PlaceholderList
) -> tuple[Event, list[Struck]]:
    """As `to_event`, with every placeholder that would count taken out, and what they were."""
    # Almost no activity holds one, so it is looked for in what came of it, where fields are few.
    event = None
    try:
        event = to_event(activity, clock, size)
    except ItemError:
        if not (struck := strike(activity, listed)):
            raise
    else:
        joined = activity.firstName or activity.lastName
        if not (joined or listed.suspects(event)) or not (struck := strike(activity, listed)):
            return event, []
    try:
        plain = to_event(activity, clock, size)
    except ItemError as error:
        raise placeholders.explained(error, struck) from None
    # One that stood where another name of the field had said it all changed nothing.
    return plain, struck if plain != event else []


def to_event(activity: Activity, clock: Clock, size: int) -> Event:
    """The activity in Waypost's words, or `ItemError` naming the field and the remedy.

    `time` stays `NO_TIME` where the sender gave no date: intake fills in the time of receipt.
    `size` is the item's length as it arrived: in a short one no field can be too long.
    """
    own = activity if type(activity) is ScriptActivity else None
    date, weight, count, info = activity.date, activity.weight, activity.count, activity.info
    email, name, action = activity.email, activity.name, activity.action
    external_id = company_id = None
    # Most activities name a user and a company in one way each, without outer space.
    if activity.externalId is not None or activity.id is not None:
        external_id = said(activity.externalId) or said(activity.id)
    if activity.companyExternalId is not None:
        company_id = said(activity.companyExternalId)
    if company_id is None:
        company_id = said(activity.cId) or said(activity.companyId)
    if email is not None:
        email = fields.email(email)
    anonymous_id = None if own is None else said(own.anonymousId)
    if external_id is None and email is None and anonymous_id is None:
        raise ItemError("identity_missing", _WHOSE, "email")
    if info:
        check_properties(info)
    event = Event(
        "",
        0,
        NO_TIME if date is None or own is not None else clock.moment(date),
        None if action is None else said(action),
        None,
        ONE if weight is None or weight == 1 else fields.weight(weight),
        1 if count is None or count == 1 else fields.count(count),
        external_id,
        email,
        anonymous_id,
        _full_name(activity) if name is None else said(name),
        company_id,
        info or None,
    )
    if own is not None:
        _add_own(event, own, clock)
    if size > MAX_ID:  # no bound of a field is lower
        check_lengths(event, _THEIR_NAMES)
    return event


def _add_own(event: Event, activity: ScriptActivity, clock: Clock) -> None:
    if activity.bot:
        raise ItemIgnored("bot", "the browser is driven by a robot", "bot")
    event.time, event.own_time = clock.corrected(activity.date, activity.sentAt)
    event.key = said(activity.messageId)
    event.label = said(activity.label)
    event.session = said(activity.session)
    event.page = said(activity.page)
    # The hourly job tells it too, of a browser that seemed to be gone: the later telling holds.
    event.overwrites = event.action == SESSION_END and event.key == end_key(event.session)


def end_key(session: str | None) -> str:
    """The message key of the end of a session, as the browser script makes it."""
    return f"{session}:end"


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

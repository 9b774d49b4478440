"""
Natero's details: what `login` and `identifyUser` say of a user, `identifyAccount` of an account.

| of        | text, at most                                                                        |
|-----------|--------------------------------------------------------------------------------------|
| a user    | 80: first_name, last_name, phone, mobile_phone (or mobile), salutation,              |
|           | mailing_city, mailing_state, mailing_postal, mailing_country                         |
|           | 128: title, role, department · 512: email, mailing_street                            |
| an account| 256: name · 512: website, billing_street, inactive_reason                            |
|           | 80: lifecycle_stage, tier, industry, phone, billing_city, billing_state,             |
|           | billing_postal, billing_country                                                      |
|           | a number: employees · epoch ms: join_date, inactive_time · true or false: is_churned |

A detail never costs its item: a longer text is cut, a value that cannot be read is left out, and
both are noted. Details that these tables do not know are kept as they are.
"""

from typing import Any, NamedTuple

import msgspec

from waypost.event import MAX_EMAIL, Event, ItemError, Reject, Verdict
from waypost.sources.formats import fields
from waypost.sources.formats.clocks import Clock
from waypost.sources.formats.placeholders import Who

Details = dict[str, Any]

_OF_BOTH = {"phone": 80}
_OF_USER = {
    **dict.fromkeys(("first_name", "last_name", "mobile_phone", "salutation"), 80),
    **dict.fromkeys(("mailing_city", "mailing_state", "mailing_postal", "mailing_country"), 80),
    **dict.fromkeys(("title", "role", "department"), 128),
    **dict.fromkeys(("email", "mailing_street"), 512),
}
_OF_ACCOUNT = {
    **dict.fromkeys(("lifecycle_stage", "tier", "industry"), 80),
    **dict.fromkeys(("billing_city", "billing_state", "billing_postal", "billing_country"), 80),
    **dict.fromkeys(("website", "billing_street", "inactive_reason"), 512),
    "name": 256,
}
# No name has two bounds, so one table serves both.
_LONGEST = _OF_BOTH | _OF_USER | _OF_ACCOUNT
_NUMBERS = frozenset(("employees",))
_TIMES = frozenset(("join_date", "inactive_time"))
_FLAGS = frozenset(("is_churned",))
WHO: Who = {
    ("details",): {
        "email": "email",
        "name": "name",
        "first_name": "name_part",
        "last_name": "name_part",
    }
}
# Forms write all values as text.
_WORDS = {"true": True, "1": True, "false": False, "0": False}


class Note(NamedTuple):
    """What was changed in one detail, and the value as it was sent."""

    code: str
    name: str
    message: str
    value: Any

    def entry(self, index: int) -> Reject:
        """The note as an entry of the ledger; `index` is the place of its item."""
        payload = msgspec.json.encode(self.value).decode()[:2000]
        return Reject(index, self.code, self.message, self.name, None, payload, Verdict.NOTED)


def settled(details: Details, clock: Clock) -> tuple[Details, list[Note]]:
    """The details in the types and lengths of the tables, and what was changed for that.

    An empty one says nothing.
    """
    kept: Details = {}
    notes: list[Note] = []
    for name, value in details.items():
        # Natero says mobile_phone at login and mobile in identifyUser; of both, the first counts.
        known = "mobile_phone" if name == "mobile" else name
        if value is None or value == "" or (known != name and details.get(known)):
            continue
        said, note = _settle(known, name, value, clock)
        if said is not None:
            kept[known] = said
        if note is not None:
            notes.append(note)
    return kept, notes


def _settle(known: str, name: str, value: Any, clock: Clock) -> tuple[Any, Note | None]:
    """What is kept of a detail, None for nothing, and what was changed for that."""
    try:
        said = _read(known, value, clock)
    except ItemError as error:
        return None, Note(error.code, name, f"{error.message}; it was left out", value)
    most = _LONGEST.get(known)
    if most is None or said is None or len(said) <= most:
        return said, None
    message = f"{known} takes {most} characters and was cut; shorten it"
    return said[:most], Note("truncated", known, message, said)


def _read(name: str, value: Any, clock: Clock) -> Any:
    if name in _TIMES:
        return clock.epoch(fields.number(value, name), name)
    if name in _NUMBERS:
        number = fields.number(value, name)
        return int(number) if number.is_integer() else number
    if name in _FLAGS:
        return _flag(value, name)
    return fields.text({name: value}, name) if name in _LONGEST else value


def _flag(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return value
    flag = _WORDS.get(str(value).strip().lower())
    if flag is None:
        raise ItemError("invalid_type", f"{name} must be true or false", name)
    return flag


def name_user(event: Event, details: Details) -> list[Note]:
    """Gives an event the name and the e-mail address of its user, as far as details tell them."""
    event.name = fields.joined(details.get("first_name"), details.get("last_name"))
    event.name = event.name or details.get("name")
    try:
        email = fields.email(details.get("email"))
        # A detail may take 512 characters, an address that names a user fewer.
        if email is not None and len(email) > MAX_EMAIL:
            raise ItemError("too_long", f"email is longer than {MAX_EMAIL} characters", "email")
        event.email = email
    except ItemError as error:
        message = f"{error.message}; it is kept as a trait, and finds no user"
        return [Note(error.code, "email", message, details["email"])]
    return []

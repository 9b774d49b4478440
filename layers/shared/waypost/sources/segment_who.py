"""
Whose a message of Segment or RudderStack is: its user and its company, wherever they stand.

The first place that says something counts; names of two words are taken with underscores too.

| of the user    | places                                                                       |
|----------------|------------------------------------------------------------------------------|
| id             | userId, traits.id                                                            |
| anonymous id   | anonymousId                                                                  |
| e-mail         | traits.email; without an id or a trait also properties.email                 |
| name           | traits.name; traits.firstName and lastName                                   |
| **company**    | traits.companyId, .companyExternalId, .company.id; groupId; context.groupId; |
|                | properties.companyId, .companyExternalId                                     |

Traits of the message win over those of its context. A group's own traits are its account's (`id`
is a groupId there), and only those of its context are of the user. Properties come last: what
happened may be about another company than the user's, or about somebody else's address
("Invited colleague"), and a sender that means the user's own has better places. So what is no
e-mail or id there, for its form, is a property and no fault.
"""

from functools import cache
from typing import Any

from waypost.event import MAX_EMAIL, MAX_ID, Event, ItemError
from waypost.sources.formats import fields
from waypost.sources.formats.placeholders import Kind, PlaceholderList, Who

Item = dict[str, Any]
_COMPANY_IDS: dict[str, Kind] = dict.fromkeys(
    ("companyId", "company_id", "companyExternalId", "company_external_id"), "id"
)
_TRAITS: dict[str, Kind] = {
    **_COMPANY_IDS,
    **dict.fromkeys(("firstName", "first_name", "lastName", "last_name"), "name_part"),
    "id": "user",
    "email": "email",
    "name": "name",
}
# What tells whose a message is; the `name` of a page is the page's.
WHO: Who = {
    (): {
        **dict.fromkeys(("userId", "user_id", "previousId", "previous_id"), "user"),
        **dict.fromkeys(("anonymousId", "anonymous_id", "groupId", "group_id"), "id"),
    },
    ("traits",): _TRAITS,
    ("traits", "company"): {"id": "id"},
    ("context",): {"groupId": "id", "group_id": "id"},
    ("context", "traits"): _TRAITS,
    ("context", "traits", "company"): {"id": "id"},
}


def who(item: Item, listed: PlaceholderList, type: str = "") -> Event:
    """An event that names the user and the company of a message of that type, and no more.

    What counts as absent among the properties is `listed`; elsewhere it was taken out before.

    Raises `ItemError` for what is not text, or no e-mail, in a place that is meant for it.
    """
    traits = context_traits(item) if type == "group" else user_traits(item)
    event = Event(
        external_id=text(item, "userId") or _form(traits.get("id"), MAX_ID),
        anonymous_id=text(item, "anonymousId"),
        email=fields.email(text(traits, "email")),
        name=text(traits, "name")
        or fields.joined(text(traits, "firstName"), text(traits, "lastName")),
        company_id=_company(item, traits),
    )
    properties = _object(item.get("properties"))
    if event.company_id is None:
        event.company_id = _company_in(properties, listed)
    if not (event.external_id or event.email):
        event.email = _email_in(properties, listed)
    return event


def group_id(item: Item) -> str:
    """The account of a group call. Raises `ItemError` where none is named."""
    id = text(item, "groupId") or _form(fields.mapping(item, "traits").get("id"), MAX_ID)
    return id or fields.required(item, "groupId")


def _company(item: Item, traits: Item) -> str | None:
    told = text(traits, "companyId") or text(traits, "companyExternalId")
    told = told or _form(_object(traits.get("company")).get("id"), MAX_ID)
    return told or text(item, "groupId") or text(context(item), "groupId")


def _company_in(properties: Item, listed: PlaceholderList) -> str | None:
    given = (_form(properties.get(name), MAX_ID) for name in _COMPANY_IDS)
    return next((id for id in given if id and not listed.holds(id, "id")), None)


def _email_in(properties: Item, listed: PlaceholderList) -> str | None:
    address = _form(properties.get("email"), MAX_EMAIL)
    try:
        return None if listed.holds(address, "email") else fields.email(address)
    except ItemError:
        return None


def _form(value: Any, longest: int) -> str | None:
    """A text or number as an id that it can be; anything else says nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    words = str(value).strip()
    return words if 0 < len(words) <= longest else None


def _object(value: Any) -> Item:
    return value if isinstance(value, dict) else {}


def user_traits(item: Item) -> Item:
    """What is known of the user: RudderStack's Python client puts it into the context alone."""
    return {**context_traits(item), **fields.mapping(item, "traits")}


def context_traits(item: Item) -> Item:
    return fields.mapping(context(item), "traits")


def context(item: Item) -> Item:
    return fields.mapping(item, "context")


def text(item: Item, name: str) -> str | None:
    """As `fields.text`, under both spellings of the name."""
    # Planhat's own text for its dock writes user_id, Segment's clients userId.
    return fields.text(item, name, _snake(name))


def get(item: Item, name: str) -> Any:
    """Whatever stands under either spelling of the name."""
    # Clients send an explicit null for what they do not know.
    value = item.get(name)
    return item.get(_snake(name)) if value is None else value


@cache
def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)

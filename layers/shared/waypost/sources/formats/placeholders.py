"""
Placeholders: what serialisers, templates and spreadsheets write where there is no value.

One user called "undefined" would be all strangers at once, and they would share an e-mail address,
an account and a feed. So such a value counts as absent, in any case and with any space around it,
and is taken out of an item before its source reads it.

| field               | what counts as absent in it                                              |
|---------------------|--------------------------------------------------------------------------|
| ids                 | what a language, a dump or a spreadsheet writes for nothing; a word for   |
|                     | nobody; an unfilled template; nothing but zeros, dashes and dots          |
| ids of users        | the same, but for the text 0                                              |
| e-mail              | the same, and an address with such a word before its @                    |
| name                | as ids, without the words for nobody; Na, Nan and Nil are people          |
| first and last name | as name; Null and None are people as well                                 |

0 is no company and no device: what counts ids up begins with 1, mostly, and 0 is what an unset
number is in most languages. But there are users whose id it is, as in a data set of Yammer's that
numbers them from 0, and to lose a person is worse than a stranger more: as a text, and so in every
file, 0 is a user, unless a tenant adds it.
The words for nobody follow the lists of Mixpanel's import API (refused), of PostHog (never merged)
and of Segment's identity resolution (blocked: anonymous, zeros and dashes). A tenant may add
values, for every field, and keep others. A changed list changes what an event without a message
key says, so such an event sent again counts anew.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from operator import itemgetter
from typing import Any, Literal, NamedTuple

import msgspec

from waypost.event import MAX_ID, Event, ItemError, Reject, Verdict
from waypost.tenants import Placeholders

Kind = Literal["id", "user", "email", "name", "name_part"]
# By the path of an object within an item, the fields of it that tell who or whose.
Who = Mapping[tuple[str, ...], Mapping[str, Kind]]

_PLAINEST = frozenset({"undefined", "null", "none", "n/a", "(null)", "[object object]"})
_WRITTEN = _PLAINEST.union(
    # by languages and database dumps
    ("nil", "nan", "-nan", "[]", "{}", "()", '""', "''", "\\n", "nullptr", "dbnull", "-1.#ind"),
    # by spreadsheets and reports
    ("#n/a", "#n/a n/a", "n.a.", "na", "#na", "#null!", "#ref!", "#value!", "#name?", "#num!"),
    ("#div/0!", "#error!", "not set", "not available", "not applicable", "(empty)", "(blank)"),
    ("(none)", "(unknown)", "(undefined)", "(not set)", "(not provided)"),
    # by templates that join two names
    ("undefined undefined", "null null", "none none", "nan nan"),
    # by what writes a text as JSON once more
    ('"undefined"', '"null"', '"none"', '"nan"'),
)
_NOBODY = frozenset({"anonymous", "anon", "guest", "unknown", "unidentified"}).union(
    ("not_authenticated", "true", "false", "-1", "lmy47d", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
    # the name of the field in place of its value
    ("id", "email", "distinct_id", "distinctid", "user_id", "userid", "external_id"),
    ("externalid", "anonymous_id", "anonymousid", "company_id", "companyid", "account_id"),
    ("accountid", "group_id", "groupid"),
)
_NO_ADDRESS = _PLAINEST | {"noemail", "no-email", "no_email"}
_LISTS: dict[Kind, frozenset[str]] = {
    "id": _WRITTEN | _NOBODY,
    "user": _WRITTEN | _NOBODY,
    "email": _WRITTEN.union(
        _NOBODY, _NO_ADDRESS, (f"{word}@{word}{end}" for word in _NOBODY for end in ("", ".com"))
    ),
    "name": _WRITTEN,
    "name_part": _WRITTEN,
}
# Words that are names of people where they are written as one.
_PEOPLE: dict[Kind, frozenset[str]] = {
    "id": frozenset(),
    "user": frozenset(),
    "email": frozenset(),
    "name": frozenset({"na", "nan", "nil"}),
    "name_part": frozenset({"na", "nan", "nil", "null", "none"}),
}
_MARKS = frozenset("0-–—._?*{$#<%[")  # whatever the pattern matches begins with one of them
_EMAIL_MARKS = _MARKS.union(word[0] for word in _NO_ADDRESS)
_PATTERN = re.compile(
    r"""  [0\-–—._?*\s]+                          # the nil UUID, an IDFA that was withheld
        | \{\{.*\}\} | \$\{.*\} | \#\{.*\}        # {{user.id}}, ${userId}, #{id}
        | \{[a-z_.\ ]+\} | \{\d\d?\}              # {user_id}, {0}; not a GUID in braces
        | <[a-z_.\ ]+> | <%.*%> | \{%.*%\}        # <user id>, <nil>, <%= id %>
        | %{1,2}[a-z_.\ ]+%{1,2} | %[sd@]         # %USER_ID%, %%user%%, %s
        | %\([a-z_]+\)s | \*\|.*\|\*              # %(id)s, *|EMAIL|*
        | \[\[.*\]\] | \[object\ [a-z]+\]         # [[id]], [object Undefined]
        | \$[a-z_]+(?:->[a-z_]+)*                 # $userId, $user->id
        | %7b%7b.*%7d%7d | %24%7b.*%7d            # the first two in an address
    """,
    re.VERBOSE,
)
# An error of one of these codes says that a value is absent.
_ABSENT = frozenset({"identity_missing", "missing_field", "no_user"})
_SHOWN = 80
_first = itemgetter(0)


class Struck(NamedTuple):
    """A placeholder that was taken out of an item: the sender's own name of its field, and it."""

    field: str
    value: Any

    @property
    def why(self) -> str:
        held = str(self.value)[:_SHOWN]
        return (
            f'{self.field} held "{held}", a placeholder, and counts as absent; send the real value '
            "or leave it out, or have the setting placeholders keep it"
        )

    def note(self, index: int, line: int | None = None) -> Reject:
        """The entry of the ledger beside an event that was taken without this value."""
        payload = msgspec.json.encode(self.value).decode()[: MAX_ID + 2]
        return Reject(index, "placeholder", self.why, self.field, line, payload, Verdict.NOTED)


class PlaceholderList:
    """What counts as absent for one tenant."""

    def __init__(self, changes: Placeholders) -> None:
        added = frozenset(map(_plain, changes.add))
        self._kept = frozenset(map(_plain, changes.keep))
        self._words = {kind: (words | added) - self._kept for kind, words in _LISTS.items()}
        self._any = frozenset[str]().union(*self._words.values())

    def holds(self, value: Any, kind: Kind) -> bool:
        """Whether a value says nothing in a field of that kind. Nothing at all is no placeholder:
        every source knows what an absent or empty field means.
        """
        is_text = type(value) is str
        if not is_text:
            if value is None or (type(value) in (dict, list) and value):
                return False
            value = str(value)  # 0, -1, true, [] as JSON values
        if len(value) > MAX_ID:
            return False
        word = value.strip().lower()
        if word in self._words[kind]:
            return word not in _PEOPLE[kind] or not value.strip().istitle()
        if word[:1] in _MARKS and self._is_pattern(word):
            return not (is_text and kind == "user" and word == "0")
        return kind == "email" and "@" in word and self._is_no_address(word)

    def among(self, texts: Sequence[str], kind: Kind) -> set[str]:
        """Those of the texts that say nothing in a field of that kind; none of them is empty."""
        words, marks = self._words[kind], _EMAIL_MARKS if kind == "email" else _MARKS
        suspects: list[str] = []
        if not words.isdisjoint(map(str.lower, texts)):
            suspects += [text for text in texts if text.lower() in words]
        if not marks.isdisjoint(map(_first, texts)):
            suspects += [text for text in texts if text[0] in marks]
        return {text for text in suspects if self.holds(text, kind)}

    def suspects(self, event: Event) -> bool:
        """Whether an event can hold a placeholder, told quickly: it holds none where this is no."""
        words, email = self._any, event.email
        if email is not None and ((word := email.lower()) in words or word[0] in _EMAIL_MARKS):
            return True
        for text in (event.external_id, event.company_id, event.name):
            if text is not None and ((word := text.lower()) in words or word[0] in _MARKS):
                return True
        return False

    def _is_pattern(self, word: str) -> bool:
        return _PATTERN.fullmatch(word) is not None and word not in self._kept

    def _is_no_address(self, word: str) -> bool:
        """Whether an address has no more than a placeholder before its @."""
        local = word.rpartition("@")[0]
        if local in _NO_ADDRESS or (local[:1] in _MARKS and _PATTERN.fullmatch(local)):
            return word not in self._kept
        return False

    def strike(self, item: dict[str, Any], who: Who) -> list[Struck]:
        """Takes every placeholder out of an item, and says which they were."""
        struck: list[Struck] = []
        for path, kinds in who.items():
            part: Any = item
            for name in path:
                part = part.get(name) if type(part) is dict else None
            if type(part) is not dict:
                continue
            for name in part.keys() & kinds.keys():
                if self.holds(part[name], kinds[name]):
                    struck.append(Struck(".".join((*path, name)), part.pop(name)))
        # Sets have no order, and an item that comes again must leave the same notes.
        return sorted(struck, key=lambda value: value.field)

    def refuse(self, item: dict[str, Any], who: Who) -> None:
        """Raises `ItemError` for an item that holds a placeholder, where no note can be left."""
        for value in self.strike(item, who):
            raise ItemError("placeholder", value.why, value.field)


@lru_cache(maxsize=256)
def placeholder_list(changes: Placeholders) -> PlaceholderList:
    """The list of a tenant with these changes; made once for each of them."""
    return PlaceholderList(changes)


def striker(changes: Placeholders, who: Who) -> Callable[[dict[str, Any]], list[Struck]]:
    """What takes the placeholders of a tenant out of items in which `who` tells whose they are."""
    return partial(placeholder_list(changes).strike, who=who)


def explained(error: ItemError, struck: list[Struck]) -> ItemError:
    """The error itself; where a value is missing and a placeholder stood, that is named."""
    if struck and error.code in _ABSENT:
        error.message = f"{error.message}; {struck[0].why}"
        error.field = struck[0].field
    return error


def _plain(value: str) -> str:
    return value.strip().lower()

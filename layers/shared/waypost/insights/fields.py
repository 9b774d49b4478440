"""
Fields: what events may be filtered by and grouped by.

| field             | its value for an event                                        |
|-------------------|---------------------------------------------------------------|
| action, label, source, module, feature, product, page, session | as it was sent   |
| user              | the person that its user is now                               |
| account           | the account that it is of now                                 |
| trait.x           | what is known of the person                                   |
| account.trait.x   | what is known of the account                                  |
| info.x, info.x.y  | a property, at any depth; a number is a place in a list       |

Senders call properties by other names too: `metadata.x`, `properties.x` and `params.x` are
`info.x`, and `company` is `account`. A text is its own value, anything else its JSON.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

from waypost.errors import BadQuery

Kind = Literal["plain", "info", "trait", "account_trait"]

OF_EVENTS = ("action", "source", "module", "feature", "product", "label", "page", "session")
PLAIN = (*OF_EVENTS, "user", "account")
_PREFIXES: dict[str, Kind] = {
    "account.trait.": "account_trait",
    "trait.": "trait",
    "info.": "info",
    "metadata.": "info",
    "properties.": "info",
    "params.": "info",
}
_CANONICAL: dict[Kind, str] = {
    "account_trait": "account.trait.",
    "trait": "trait.",
    "info": "info.",
}
_ALIASES = {"company": "account"}
MAX_LENGTH = 1_000  # characters: more than any sender's key, and little enough to say back


@dataclass(frozen=True, slots=True)
class Field:
    """A field by its canonical `name`; `path` leads to a property or trait, key by key."""

    name: str
    kind: Kind = "plain"
    path: tuple[str, ...] = ()

    @property
    def none(self) -> str:
        """What the group of those without a value is called."""
        return f"(no {self.path[-1] if self.path else self.name})"

    @property
    def pointer(self) -> str:
        """Where in its JSON the value is, whatever stands in the names of its keys."""
        return "".join(f"/{key.replace('~', '~0').replace('/', '~1')}" for key in self.path)


def field(text: str, parameter: str) -> Field:
    """The field of that name. Raises `BadQuery`, which names the parameter that it stood in."""
    if "\0" in text or not is_text(text) or len(text) > MAX_LENGTH:
        raise BadQuery(f"{parameter} names no field of an event", field=parameter)
    for prefix, kind in _PREFIXES.items():
        if text.startswith(prefix):
            path = text.removeprefix(prefix)
            return Field(_CANONICAL[kind] + path, kind, tuple(path.split(".")))
    name = _ALIASES.get(text, text)
    if name not in PLAIN:
        raise BadQuery(f"there is no field {text!r}{meant(text)}", field=parameter)
    return Field(name)


def is_text(text: str) -> bool:
    """Whether a text has no half of a character in it, which JSON can write and no event holds."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_field(text: str) -> bool:
    """Whether a name is a field's."""
    return text in PLAIN or text in _ALIASES or text.startswith(tuple(_PREFIXES))


def near(word: str, known: Iterable[str]) -> str:
    """The known word that was meant, as a remedy; nothing where none is like it."""
    alike = get_close_matches(word[:80], list(known), n=1)
    return f"; did you mean {alike[0]}?" if alike else ""


def meant(text: str) -> str:
    """A remedy for a name that is no field's."""
    listed = f"{', '.join(PLAIN)}, info.…, trait.…, account.trait.… (info.{text}?)"
    return near(text, (*PLAIN, *_ALIASES)) or f"; it is one of {listed}"

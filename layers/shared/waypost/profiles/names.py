"""
Names in parts: a first and a last name that senders tell apart, each when they know it.

Parts are traits, and merge as traits do: who logged in as Ann Smith and is then told to be called
Anna is Anna Smith. Of a name in parts and one that was told as a whole the later counts. One part
alone is no name to take the place of a whole one.
"""

from typing import Any, NamedTuple

from waypost.event import MAX_TEXT, Event

_FIRST = ("first_name", "firstName")
_LAST = ("last_name", "lastName")


class Parts(NamedTuple):
    """A name made of parts: the latest of these was told `at` (epoch ms); `whole`: both are."""

    name: str
    at: int
    whole: bool

    def may_replace(self, known: str | None, told_at: int, before: "Parts | None") -> bool:
        """Whether it takes the place of the name that is known, where another was told as a whole
        at some time (epoch ms), and `before` is what the parts made until now.
        """
        replaces = self.whole or known is None or (before is not None and known == before.name)
        return replaces and self.at > told_at


def is_of_parts(event: Event) -> bool:
    """Whether the name of an event is made of its parts, and of no more than these."""
    given = event.properties or {}
    return not given.get("name") and any(given.get(part) for part in (*_FIRST, *_LAST))


def of_parts(traits: dict[str, Any], since: dict[str, int]) -> Parts | None:
    """The name that the parts among traits make; None where there is none."""
    both = [_latest(names, traits, since) for names in (_FIRST, _LAST)]
    told = [part for part in both if part]
    if not told:
        return None
    name = " ".join(traits[part].strip() for part in told)[:MAX_TEXT]
    return Parts(name, max(since.get(part, -1) for part in told), told == both)


def _latest(names: tuple[str, ...], traits: dict[str, Any], since: dict[str, int]) -> str | None:
    """The spelling of a part that was told last."""
    told = [name for name in names if isinstance(traits.get(name), str) and traits[name].strip()]
    return max(told, key=lambda name: since.get(name, -1), default=None)

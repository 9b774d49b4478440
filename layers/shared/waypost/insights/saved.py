"""
Saved questions: a kind and its parameters under a name, as data.

| bound                 |                                                     |
|-----------------------|-----------------------------------------------------|
| name                  | 1 to 64 letters, digits, spaces, `-` and `_`        |
| one question          | 8,000 bytes as JSON                                 |
| all of a tenant       | 200                                                 |
"""

import re
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct

from waypost.errors import Refused

MOST_QUESTIONS = 200
MOST_BYTES = 8_000
_SPAN = {"from", "to", "last"}
_NAME = re.compile(r"[A-Za-z0-9_-](?:[A-Za-z0-9 _-]{0,62}[A-Za-z0-9_-])?")


class SavedQuestion(Struct, omit_defaults=True):
    """A question by name: its kind, and the values of each parameter. `saved` is epoch ms."""

    name: str
    kind: str
    parameters: dict[str, list[str]]
    saved: int
    title: str | None = None


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def check(question: SavedQuestion) -> None:
    """Raises `Refused` for a name that there cannot be, and for what is too large."""
    if not is_name(question.name):
        raise _refused("a name has 1 to 64 letters, digits, spaces, - and _", "name")
    if len(msgspec.json.encode(question)) > MOST_BYTES:
        raise _refused(f"a question has {MOST_BYTES} bytes at most", "parameters")


def with_others(
    parameters: Mapping[str, list[str]], given: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """The parameters of a saved question, with those given beside it in the place of its own."""
    others = {name: list(values) for name, values in given.items() if any(values)}
    # One span takes the place of another, however each is worded.
    replaced = _SPAN if others.keys() & _SPAN else set()
    kept = {name: values for name, values in parameters.items() if name not in replaced}
    return {**kept, **others}


def _refused(message: str, field: str) -> Refused:
    return Refused(message, code="bad_question", field=field)

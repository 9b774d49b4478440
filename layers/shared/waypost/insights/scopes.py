"""Whose events a feed shows: everybody's, those of one kind of sender, a user's or an account's."""

from typing import NamedTuple

from waypost.insights.fields import Field
from waypost.insights.filters import Filter
from waypost.insights.whose import Side


class Only(NamedTuple):
    """Whose events are shown: those with a `name` in a column, or else everybody's.

    Where the column is the person or the account of now, `side` says so.
    """

    column: str
    name: str | None
    side: Side | None = None

    @property
    def sides(self) -> tuple[Side, ...]:
        return (self.side,) if self.side else ()

    @property
    def filters(self) -> tuple[Filter, ...]:
        """The same as filters."""
        if self.name is None:
            return ()
        name = "user" if self.side == "person" else self.column
        return (Filter(Field(name), "=", (self.name,)),)


def of_user(id: str) -> Only:
    """What somebody did, whether under this id or under one that turned out to be it."""
    return Only("person", id, "person")


def of_account(id: str) -> Only:
    """By the company that the event named, where it exists, else by where its user is now."""
    return Only("account", id, "account")


def of_everybody(source: str | None = None) -> Only:
    """All events, or those of one kind of sender."""
    return Only("source", source)

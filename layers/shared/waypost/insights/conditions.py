"""The SQL of filters over the values of their fields; what is compared with is always bound."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from waypost.insights.filters import ORDERED, Filter, number

# Who bears one of some names. Of somebody who turned out to be another the names lead there.
_USERS = """(SELECT coalesce(who.person, users.id) FROM users
    LEFT JOIN who ON who.user_id = users.id WHERE {named}
    UNION ALL SELECT unnest([{exact}]::VARCHAR[]))"""
_EXACT = 2**53  # beyond, a number is no longer told from the next one
_NAMES_OF_USERS = ("id", "external_id", "email", "anonymous_id")
_USERS_LIKE = """(SELECT coalesce(who.person, users.id) FROM users
    LEFT JOIN who ON who.user_id = users.id WHERE {like})"""
_ACCOUNTS_LIKE = "(SELECT id FROM accounts WHERE {like})"

# What of people a filter of `user` or `account` reads.
COLUMNS_OF_USERS = (*_NAMES_OF_USERS, "name")
COLUMNS_OF_ACCOUNTS = ("id", "name")


@dataclass(slots=True)
class Parameters:
    """The values of a statement by the names under which it has them."""

    values: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: object) -> str:
        name = f"v{len(self.values)}"
        self.values[name] = value
        return f"${name}"

    def bound(self, values: Iterable[object]) -> str:
        return ", ".join(map(self.bind, values))


def all_of(conditions: Iterable[str]) -> str:
    return " AND ".join(conditions) or "true"


def condition(asked: Filter, value: str, bind: Parameters) -> str:
    """The condition of a filter over `value`, the SQL of a text; it may be NULL for false."""
    if asked.op == "exists":
        return f"{value} IS NOT NULL"
    if asked.op == "missing":
        return f"{value} IS NULL"
    if asked.op in ORDERED:
        return _ordered(asked, value, bind)
    if asked.field.name in {"user", "account"}:
        return _of_people(asked, value, bind)
    if asked.op == "contains":
        return _contains(value, asked.values[0], bind)
    return _among(asked, value, f"({bind.bound(spellings(asked.values))})")


def _ordered(asked: Filter, value: str, bind: Parameters) -> str:
    limit = asked.number
    if limit is None:
        return f"{value} {asked.op} {bind.bind(asked.values[0])}"
    as_number = f"try_cast({value} AS DOUBLE)"
    # A text such as `nan` or `inf` is no number, though SQL takes it for one.
    return f"({as_number} {asked.op} {bind.bind(limit)} AND isfinite({as_number}))"


def _of_people(asked: Filter, value: str, bind: Parameters) -> str:
    is_user = asked.field.name == "user"
    if asked.op == "contains":
        columns = COLUMNS_OF_USERS if is_user else COLUMNS_OF_ACCOUNTS
        table = "users" if is_user else "accounts"
        like = " OR ".join(_contains(f"{table}.{name}", asked.values[0], bind) for name in columns)
        return f"{value} IN {(_USERS_LIKE if is_user else _ACCOUNTS_LIKE).format(like=like)}"
    exact = bind.bound(asked.values)
    if not is_user:
        return _among(asked, value, f"({exact})")
    folded = bind.bound(text.casefold() for text in asked.values)
    named = " OR ".join(
        f"users.{name} IN ({folded if name == 'email' else exact})" for name in _NAMES_OF_USERS
    )
    return _among(asked, value, _USERS.format(named=named, exact=exact))


def _among(asked: Filter, value: str, listed: str) -> str:
    """`listed` is in brackets. Who has no value is not among any."""
    if asked.op in {"=", "in"}:
        return f"{value} IN {listed}"
    return f"({value} IS NULL OR {value} NOT IN {listed})"


def _contains(value: str, text: str, bind: Parameters) -> str:
    return f"contains(lower({value}), lower({bind.bind(text)}))"


def spellings(values: Iterable[str]) -> list[str]:
    """The texts, and of a number how else JSON may have it: 5 and 5.0 are one."""
    spellings = dict.fromkeys(values)
    for text in list(spellings):
        value = number(text)
        if value is not None and value.is_integer() and abs(value) < _EXACT:
            spellings |= dict.fromkeys((str(int(value)), f"{int(value)}.0"))
        elif value is not None:
            spellings[repr(value)] = None
    return list(spellings)

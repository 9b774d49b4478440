"""The fields of Planhat's records, as SQL over the lake's `users` and `accounts`."""

from dataclasses import dataclass
from typing import Any

import msgspec

from waypost.profiles.planhat.records import MADE, Model

TABLE = {"companies": "accounts", "endusers": "users"}
# What a record is made of: it does not tell when its traits were said.
COLUMNS: dict[str, tuple[str, ...]] = {
    "companies": ("id", "created", "name", "traits"),
    "endusers": ("id", "created", "external_id", "email", "name", "account_id", "traits"),
}

_CREATED = "strftime(make_timestamp(created * 1000), '%Y-%m-%dT%H:%M:%S.%gZ')"


@dataclass(frozen=True, slots=True)
class Field:
    """A field as SQL: its value as `text`, and what `kind` of value that is in JSON; both are NULL
    where a record has none. A `plain` one never holds anything but a text.

    `key` tells its columns and `parameters` from those of other fields in the same query.
    """

    key: str
    text: str
    kind: str
    plain: bool
    parameters: dict[str, str]


def field(model: Model, tenant: str, name: str, key: str) -> Field:
    """A field by its name in Planhat."""
    if text := _PLAIN[model.name].get(name):
        return Field(key, text, "'VARCHAR'", True, {"tenant": tenant} if "$tenant" in text else {})
    place = f"{key}_at"
    text = f"json_extract_string(traits, ${place})"
    kind = f"nullif(json_type(traits, ${place}), 'NULL')"
    if name == "createDate":
        text, kind = f"coalesce({text}, {_CREATED})", f"coalesce({kind}, 'VARCHAR')"
    return Field(key, text, kind, False, {place: _pointer(name)})


def value(kind: str | None, text: str) -> Any:
    """What a record holds in a field."""
    if kind is None:
        return None
    return text if kind == "VARCHAR" else msgspec.json.decode(text)


def _pointer(name: str) -> str:
    # In a JSON path, some names would mean more than themselves; in a JSON pointer none does.
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _is_made(account: str) -> str:
    return f"regexp_full_match({account}, '{MADE.pattern}')"


def _company(account: str) -> str:
    """The `_id` of an account, as `records.company_id` tells it."""
    name = f"$tenant || chr(0) || {account}"
    return f"CASE WHEN {_is_made(account)} THEN {account} ELSE substr(sha256({name}), 1, 24) END"


_PLAIN: dict[str, dict[str, str]] = {
    "companies": {
        "_id": _company("id"),
        "externalId": f"CASE WHEN NOT {_is_made('id')} THEN id END",
        "name": "coalesce(nullif(name, ''), id)",
    },
    "endusers": {
        "_id": "substr(id, 3)",  # behind `u_`
        "externalId": "external_id",
        "email": "email",
        "name": "name",
        "companyId": _company("account_id"),
    },
}

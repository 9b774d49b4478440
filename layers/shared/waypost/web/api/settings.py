"""
Configuration: what a tenant may choose, and the types of its property keys, over the API.

Settings, each of which may be sent alone:

| setting              | values                                                | default   |
|----------------------|-------------------------------------------------------|-----------|
| name                 | text of at most 512 characters                        |           |
| retention_days       | 1 to 3,650: how long single events are kept           | 90        |
| auto_create_accounts | whether a new company id makes an account             | true      |
| domain_confidence    | 0 to 1: the least at which an e-mail domain is believed | 0.65    |
| rules                | [{"allow": [glob], "deny": [glob], "source": door}]   | []        |
| type_conflicts       | set_aside, coerce, keep, change (`waypost.ingest.schema`)    | set_aside |
| event_types          | event types that the learning platform's door also takes | []     |
"""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec
import pydantic

from waypost import services, tenants, times
from waypost.errors import Malformed, NotFound, Refused, Unavailable
from waypost.event import MAX_TEXT, ItemError
from waypost.ingest.schema import MAX_KEY_BYTES, MAX_KEYS, Schema, Type
from waypost.sources.formats import json_items
from waypost.tenants import Tenant, TypeConflicts
from waypost.web import statuses

Answer = dict[str, Any]
MAX_SETTINGS_BYTES = 100_000
_ATTEMPTS = 10
_DOORS = statuses.DOORS.keys() - {"api"}
_Text = Annotated[str, pydantic.Field(min_length=1, max_length=MAX_TEXT)]


class _Strict(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid", strict=True)


class _Rule(_Strict):
    allow: list[_Text] = []
    deny: list[_Text] = []
    source: str | None = None

    @pydantic.field_validator("source")
    @classmethod
    def _is_a_door(cls, source: str | None) -> str | None:
        if source is not None and source not in _DOORS:
            raise ValueError(f"source is one of {', '.join(sorted(_DOORS))}")
        return source


class _Settings(_Strict):
    name: str = pydantic.Field("", max_length=MAX_TEXT)
    retention_days: int = pydantic.Field(90, ge=1, le=3650)
    auto_create_accounts: bool = True
    domain_confidence: float = pydantic.Field(0.65, ge=0, le=1)
    rules: list[_Rule] = []
    type_conflicts: TypeConflicts = "set_aside"
    event_types: list[_Text] = []


class _KeyType(_Strict):
    type: Type


_Model = TypeVar("_Model", bound=pydantic.BaseModel)


def settings(tenant: str) -> Answer:
    """Every setting of the tenant, also those that it left as they are by default."""
    found = services.directory().tenant(tenant)
    if found is None:
        raise _unknown()
    return _shown(found)


def change_settings(tenant: str, body: bytes) -> Answer:
    """Changes the settings that the body names, and answers all of them.

    Two changes at once both count, unless they name the same setting. Raises `Refused` with the
    code `invalid_setting` and the name of the first bad one; nothing is changed then.
    """
    given = _read(_Settings, body).model_dump(exclude_unset=True)

    def update(before: Tenant) -> Tenant:
        after = msgspec.convert(msgspec.to_builtins(before) | given, Tenant)
        if len(tenants.encode(after)) > MAX_SETTINGS_BYTES:
            raise _invalid(f"all settings take {MAX_SETTINGS_BYTES} bytes at most", "rules")
        return after

    changed = services.tenants().change(tenant, update)
    if changed is None:
        raise _unknown()
    return _shown(changed)


def types(tenant: str, _query: Mapping[str, str]) -> Answer:
    """The type of every property key that was ever seen, by key."""
    schema = services.schemas().get(tenant, fresh=True)
    return {"schema": [_typed(schema, key) for key in sorted(schema.types)]}


def change_type(tenant: str, key: str, body: bytes) -> Answer:
    """Gives a key its type, from now on; events that are stored already stay as they are.

    Raises `Refused` for a type or key that there cannot be, and where all keys are taken.
    """
    wanted = _read(_KeyType, body).type
    key = key.replace(".", "_")
    if not 0 < len(key.encode()) <= MAX_KEY_BYTES:
        raise _invalid(f"a key with a type has 1 to {MAX_KEY_BYTES} bytes", "key")
    now = services.clock()
    for _ in range(_ATTEMPTS):
        known = services.schemas().get(tenant, fresh=True)
        if key not in known.types and not known.has_room(key):
            raise Refused(f"{MAX_KEYS} keys have a type; there is no room", code="schema_full")
        grown = known.grown({key: wanted}, f"{now:015d}", now)
        if grown is known or services.schemas().put(tenant, grown):
            return _typed(grown, key)
    raise Unavailable("others are changing these types; send the same again")


def _read(model: type[_Model], body: bytes) -> _Model:
    try:
        return model.model_validate(json_items.strict_object(json_items.to_utf8(body)))
    except ItemError as error:
        raise Malformed(error.message, code=error.code) from None
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise _invalid(f"{name}: {first['msg']}", name) from None


def _shown(tenant: Tenant) -> Answer:
    shown = msgspec.structs.asdict(tenant)
    return shown | {"rules": [msgspec.structs.asdict(rule) for rule in tenant.rules]}


def _typed(schema: Schema, key: str) -> Answer:
    first_seen = times.iso(schema.first_seen[key])
    return {"key": key, "type": schema.types[key], "first_seen": first_seen}


def _invalid(message: str, field: str) -> Refused:
    return Refused(message, code="invalid_setting", field=field)


def _unknown() -> NotFound:
    return NotFound("there is no such tenant", code="unknown_tenant")

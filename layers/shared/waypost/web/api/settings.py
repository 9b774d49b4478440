"""
GET and PATCH /api/v1/settings: what a tenant may choose.

Settings, each of which may be sent alone:

| setting              | values                                                | default   |
|----------------------|-------------------------------------------------------|-----------|
| name                 | text of at most 512 characters                        |           |
| retention_days       | 1 to 3,650: how long single events are kept           | 90        |
| auto_create_accounts | whether a new company id makes an account             | true      |
| domain_confidence    | 0 to 1: the least at which an e-mail domain is believed | 0.65    |
| rules                | [{"allow": [glob], "deny": [glob], …}]: `waypost.tenants.Rule` | []      |
| type_conflicts       | set_aside, coerce, keep, change (`waypost.ingest.schema`)    | set_aside |
| event_types          | event types that the learning platform's door also takes | []     |
| timezone             | an IANA name, such as Europe/Berlin: where days begin  | UTC       |
| week_starts_on       | monday to sunday                                      | monday    |
| placeholders         | {"add": [value], "keep": [value]}: more and less that counts as absent |  |
"""

import re
from typing import Annotated, TypeVar

import msgspec
import pydantic
from msgspec import Struct

from waypost.errors import Malformed, NotFound, Refused
from waypost.event import MAX_ID, MAX_TEXT, ItemError
from waypost.insights import calendar
from waypost.profiles.ports import TenantChanges
from waypost.sources.formats import json_items
from waypost.tenants import Tenant, Tenants, TypeConflicts, Weekday, encode
from waypost.web import statuses
from waypost.web.asking import Parameters
from waypost.web.csv_answers import Table

# DynamoDB would take four times as much, but every door remembers the settings of its tenants.
MAX_SETTINGS_BYTES = 100_000
_DOORS = statuses.DOORS.keys() - {"api"}
MAX_PLACEHOLDERS = 500
_SITE = re.compile(r"[A-Za-z0-9*?._-]+")
_Text = Annotated[str, pydantic.Field(min_length=1, max_length=MAX_TEXT)]
_Value = Annotated[str, pydantic.Field(min_length=1, max_length=MAX_ID)]
_Values = Annotated[list[_Value], pydantic.Field(max_length=MAX_PLACEHOLDERS)]


class Strict(pydantic.BaseModel):
    """What an administrator sends: a name or type that is not meant is refused."""

    model_config = pydantic.ConfigDict(extra="forbid", strict=True)


class _Rule(Strict):
    allow: list[_Text] = []
    deny: list[_Text] = []
    source: str | None = None
    site: str | None = pydantic.Field(None, min_length=1, max_length=MAX_TEXT)
    short_actions: bool = False

    @pydantic.field_validator("source")
    @classmethod
    def _is_a_door(cls, source: str | None) -> str | None:
        if source is not None and source not in _DOORS:
            raise ValueError(f"source is one of {', '.join(sorted(_DOORS))}")
        return source

    @pydantic.field_validator("site")
    @classmethod
    def _is_a_name(cls, site: str | None) -> str | None:
        # As browsers write it: any other way to say it would never fit a page.
        if site is not None and not _SITE.fullmatch(site):
            raise ValueError("site is a name, or a host like *.shop.example without port and path")
        return site


class _Placeholders(Strict):
    add: _Values = []
    keep: _Values = []


class _Settings(Strict):
    name: str = pydantic.Field("", max_length=MAX_TEXT)
    retention_days: int = pydantic.Field(90, ge=1, le=3650)
    auto_create_accounts: bool = True
    domain_confidence: float = pydantic.Field(0.65, ge=0, le=1)
    rules: list[_Rule] = []
    type_conflicts: TypeConflicts = "set_aside"
    event_types: list[_Text] = []
    placeholders: _Placeholders = _Placeholders()
    timezone: str = "UTC"
    week_starts_on: Weekday = "monday"

    @pydantic.field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, timezone: str) -> str:
        try:
            return calendar.zone(timezone).key
        except ValueError:
            raise ValueError(
                f"{timezone[:80]!r} is no time zone; write one like Europe/Berlin"
            ) from None


Model = TypeVar("Model", bound=pydantic.BaseModel)


class RuleAnswer(Struct):
    allow: list[str]
    deny: list[str]
    source: str | None
    site: str | None
    short_actions: bool


class PlaceholdersAnswer(Struct):
    add: list[str]
    keep: list[str]


class SettingsAnswer(Struct):
    """Every setting, also those that are as they are by default."""

    id: str
    name: str
    retention_days: int
    auto_create_accounts: bool
    domain_confidence: float
    rules: list[RuleAnswer]
    type_conflicts: TypeConflicts
    event_types: list[str]
    placeholders: PlaceholdersAnswer
    timezone: str
    week_starts_on: Weekday

    def table(self) -> Table:
        """One row: rules are no list of their own."""
        return SettingsAnswer, [self]


def settings(id: str, parameters: Parameters, tenants: Tenants) -> SettingsAnswer:
    """Every setting of the tenant, also those that it left as they are by default."""
    parameters.refuse_rest()
    tenant = tenants.get(id)
    if tenant is None:
        raise _unknown()
    return _shown(tenant)


def change_settings(id: str, body: bytes, tenants: TenantChanges) -> SettingsAnswer:
    """Changes the settings that the body names, and answers all of them.

    Two changes at once both count, unless they name the same setting. Raises `Refused` with the
    code `invalid_setting` and the name of the first bad one; nothing is changed then.
    """
    given = read(_Settings, body).model_dump(exclude_unset=True)

    # Called again where somebody else changed the settings first, with theirs as `before`.
    def update(before: Tenant) -> Tenant:
        after = msgspec.convert(msgspec.to_builtins(before) | given, Tenant)
        if len(encode(after).encode()) > MAX_SETTINGS_BYTES:
            raise invalid(f"all settings take {MAX_SETTINGS_BYTES} bytes at most", "rules")
        return after

    changed = tenants.change(id, update)
    if changed is None:
        raise _unknown()
    return _shown(changed)


def read(model: type[Model], body: bytes) -> Model:
    """One JSON object as a model. Raises `Malformed`, or `Refused` with the first bad field."""
    try:
        return model.model_validate(json_items.strict_object(json_items.to_utf8(body)))
    except ItemError as error:
        raise Malformed(error.message, code=error.code) from None
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise invalid(f"{name}: {first['msg']}", name) from None


def _shown(tenant: Tenant) -> SettingsAnswer:
    return msgspec.convert(tenant, SettingsAnswer, from_attributes=True)


def invalid(message: str, field: str) -> Refused:
    return Refused(message, code="invalid_setting", field=field)


def _unknown() -> NotFound:
    return NotFound("there is no such tenant", code="unknown_tenant")

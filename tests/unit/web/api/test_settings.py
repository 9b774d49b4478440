"""Settings and types over the API: read, changed one by one, and refused by name."""

from typing import Any

import msgspec
import pytest

from tests.asking import asked
from tests.fakes import FakeSchemas
from tests.fakes.seconds import no_wait
from tests.readers import ChangingTenants
from waypost.errors import Malformed, NotFound, Refused, Unavailable
from waypost.ingest.ports import SchemaStores
from waypost.ingest.schema import MAX_KEY_BYTES, Schema
from waypost.tenants import Tenant
from waypost.web import csv_answers
from waypost.web.api.schema import change_type, types
from waypost.web.api.settings import change_settings, settings

T = "t-1"
SECRET = bytes(range(32))
NOON = 1_795_176_000_000  # 2026-11-20T12:00:00Z
DEFAULTS: dict[str, Any] = {
    "id": T,
    "name": "",
    "retention_days": 90,
    "auto_create_accounts": True,
    "domain_confidence": 0.65,
    "rules": [],
    "type_conflicts": "set_aside",
    "event_types": [],
    "placeholders": {"add": [], "keep": []},
    "timezone": "UTC",
    "week_starts_on": "monday",
}
RULE = {
    **{"allow": ["a*"], "deny": [], "source": "segment"},
    **{"site": "*.shop.example", "short_actions": True},
}
BAD = [
    ({"retention_days": 0}, "retention_days"),
    ({"retention_days": 3651}, "retention_days"),
    ({"retention_days": "90"}, "retention_days"),
    ({"retention_days": None}, "retention_days"),
    ({"auto_create_accounts": "yes"}, "auto_create_accounts"),
    ({"domain_confidence": 1.01}, "domain_confidence"),
    ({"domain_confidence": True}, "domain_confidence"),
    ({"name": "x" * 513}, "name"),
    ({"rules": [{"denny": ["a"]}]}, "rules.0.denny"),
    ({"rules": [{"deny": [""]}]}, "rules.0.deny.0"),
    ({"rules": [{"source": "plonhat"}]}, "rules.0.source"),
    ({"rules": [{"site": "https://shop.example/"}]}, "rules.0.site"),
    ({"rules": [{"site": "shop.example:80"}]}, "rules.0.site"),
    ({"rules": [{"site": ""}]}, "rules.0.site"),
    ({"rules": [{"short_actions": "yes"}]}, "rules.0.short_actions"),
    ({"rules": [{"deny": [f"{n:03}" * 100 for n in range(500)]}]}, "rules"),
    ({"type_conflicts": "ignore"}, "type_conflicts"),
    ({"event_types": "edx"}, "event_types"),
    ({"placeholders": ["test"]}, "placeholders"),
    ({"placeholders": {"drop": ["test"]}}, "placeholders.drop"),
    ({"placeholders": {"add": [""]}}, "placeholders.add.0"),
    ({"placeholders": {"keep": ["x" * 257]}}, "placeholders.keep.0"),
    ({"placeholders": {"keep": ["0"] * 501}}, "placeholders.keep"),
    ({"timezone": "Mars/Base"}, "timezone"),
    ({"timezone": "../etc/localtime"}, "timezone"),
    ({"timezone": None}, "timezone"),
    ({"week_starts_on": "Monday"}, "week_starts_on"),
    ({"id": "another"}, "id"),
    ({"secret": "bXkgb3du"}, "secret"),
    ({"colour": "blue"}, "colour"),
]


@pytest.fixture
def tenants() -> ChangingTenants:
    return ChangingTenants({T: Tenant(T, secret=SECRET)})


def told(answer: object) -> Any:
    return msgspec.json.decode(msgspec.json.encode(answer))


def body(value: object) -> bytes:
    return msgspec.json.encode(value)


def test_a_new_tenant_has_every_setting_by_default(tenants: ChangingTenants) -> None:
    assert msgspec.json.encode(settings(T, asked(), tenants)) == body(DEFAULTS)


@pytest.mark.parametrize(
    "given",
    [
        {"name": "Acme"},
        {"retention_days": 3650},
        {"auto_create_accounts": False},
        {"domain_confidence": 1},
        {"rules": [RULE]},
        {"type_conflicts": "change"},
        {"event_types": ["edx.quiz.done"]},
        {"placeholders": {"add": ["test"], "keep": ["0"]}},
        {},
    ],
)
def test_one_setting_changes_and_the_others_stay(
    tenants: ChangingTenants, given: dict[str, Any]
) -> None:
    answer = change_settings(T, body(given), tenants)

    assert told(answer) == DEFAULTS | given
    assert settings(T, asked(), tenants) == answer
    assert tenants[T].secret == SECRET


@pytest.mark.parametrize(("given", "field"), BAD)
def test_a_bad_setting_is_named_and_nothing_changes(
    tenants: ChangingTenants, given: dict[str, Any], field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        change_settings(T, body({"name": "changed"} | given), tenants)

    assert (refusal.value.code, refusal.value.extra["field"]) == ("invalid_setting", field)
    assert told(settings(T, asked(), tenants)) == DEFAULTS


@pytest.mark.parametrize("given", [b"", b"[]", b"{", b'{"name": "a", "name": "b"}', b"\xff"])
def test_a_body_that_is_no_object_is_refused(tenants: ChangingTenants, given: bytes) -> None:
    with pytest.raises(Malformed) as refusal:
        change_settings(T, given, tenants)

    assert refusal.value.message


def test_settings_of_nobody_are_not_found(tenants: ChangingTenants) -> None:
    with pytest.raises(NotFound):
        settings("nobody", asked(), tenants)
    with pytest.raises(NotFound):
        change_settings("nobody", b"{}", tenants)


@pytest.fixture
def schemas() -> FakeSchemas:
    return FakeSchemas({T: Schema().grown({"plan": "string", "age": "number"}, "0", NOON)})


def test_types_are_listed_by_key(schemas: FakeSchemas) -> None:
    answer = types(T, asked(), SchemaStores(schemas, lambda: NOON))

    assert msgspec.json.encode(answer) == (
        b'{"schema":[{"key":"age","type":"number","first_seen":"2026-11-20T12:00:00.000Z"},'
        b'{"key":"plan","type":"string","first_seen":"2026-11-20T12:00:00.000Z"}],"total":2}'
    )


@pytest.mark.parametrize("key", ["plan", "new.key"])
def test_a_key_gets_the_type_that_an_administrator_gives_it(schemas: FakeSchemas, key: str) -> None:
    answer = change_type(T, key, b'{"type":"number"}', SchemaStores(schemas, lambda: NOON + 1))

    assert (answer.key, answer.type) == (key.replace(".", "_"), "number")
    assert schemas.get(T, fresh=True).types[answer.key] == "number"


@pytest.mark.parametrize(
    ("key", "given", "field"),
    [
        ("plan", b'{"type":"date"}', "type"),
        ("plan", b'{"type":"integer"}', "type"),
        ("plan", b"{}", "type"),
        ("plan", b'{"type":"number","x":1}', "x"),
        ("", b'{"type":"number"}', "key"),
        ("k" * (MAX_KEY_BYTES + 1), b'{"type":"number"}', "key"),
    ],
)
def test_a_type_or_key_that_there_cannot_be_is_refused(
    schemas: FakeSchemas, key: str, given: bytes, field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        change_type(T, key, given, SchemaStores(schemas, lambda: NOON))

    assert (refusal.value.code, refusal.value.extra["field"]) == ("invalid_setting", field)


def test_who_never_gets_a_turn_is_told_to_come_again(schemas: FakeSchemas) -> None:
    class Contested(FakeSchemas):
        def put(self, _tenant: str, _schema: Schema) -> bool:
            return False

    stores = SchemaStores(Contested(schemas.known), lambda: NOON, no_wait())

    with pytest.raises(Unavailable):
        change_type(T, "plan", b'{"type":"number"}', stores)


def test_settings_as_csv_are_one_row(tenants: ChangingTenants) -> None:
    change_settings(T, body({"rules": [RULE], "event_types": ["a", "b"]}), tenants)

    head, row = csv_answers.text([settings(T, asked(), tenants)]).splitlines()

    assert head.startswith("id,name,retention_days,auto_create_accounts,domain_confidence,rules,")
    assert "placeholders.add,placeholders.keep" in head
    assert row.startswith('t-1,,90,TRUE,0.65,"{""allow"":[""a*""],')
    assert "a; b" in row


def test_types_are_narrowed_by_key_and_type(schemas: FakeSchemas) -> None:
    stores = SchemaStores(schemas, lambda: NOON)

    by_key, by_type = types(T, asked(key="PLA"), stores), types(T, asked(type="number"), stores)

    assert [key.key for key in by_key.schema] == ["plan"]
    assert ([key.key for key in by_type.schema], by_type.total) == (["age"], 1)

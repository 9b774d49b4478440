"""What counts as nothing in which field, and what is somebody's."""

from typing import Any

import pytest

from waypost.sources.formats.placeholders import Kind, placeholder_list
from waypost.tenants import NO_CHANGES, Placeholders

COMMON = placeholder_list(NO_CHANGES)
KINDS: tuple[Kind, ...] = ("id", "email", "name", "name_part")
OF_EVERY_FIELD = [
    *("undefined", "UNDEFINED", " Undefined\t", "null", "NULL", "none", "n/a", "N/A", "#N/A"),
    *("NaN", "(not set)", "[object Object]", "-", "--", "\u2014", "?", "\\N", '"null"'),
    *("{{user.id}}", "{{ user.email }}", "${userId}", "#{id}", "{user_id}", "{0}", "<user id>"),
    *("<nil>", "<%= id %>", "%USER_ID%", "%%user%%", "%s", "%(id)s", "*|EMAIL|*", "[[id]]"),
    *("$userId", "$user->id", "%7B%7Buser.id%7D%7D"),
]
OF_IDS = [
    *("0", "-1", "0.0", 0, -1, 0.0, True, False, [], {}, "true", "anonymous", "Guest", "unknown"),
    *("00000000-0000-0000-0000-000000000000", "0" * 32, "user_id", "lmy47d"),
]
SOMEBODYS = [
    *("u1", "10", "00123", 7, "0x1f", "null-island", "nonesuch", "undefined1", "anna", "na-42"),
    *("{3F2504E0-4F89-11D3-9A0C-0305E82C3301}", "00000000-0000-0000-0000-000000000001"),
    *("$device:5ab1", "50%", "<ann@acme.com>", "[12]", {"id": 1}, [1], "x" * 300, "#12"),
    *("${a" * 100, None, "", "  "),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", OF_EVERY_FIELD)
def test_what_machines_write_for_nothing_is_nothing_in_every_field(value: Any, kind: Kind) -> None:
    assert COMMON.holds(value, kind)


@pytest.mark.parametrize("value", OF_IDS)
def test_what_every_stranger_may_have_is_no_id(value: Any) -> None:
    assert COMMON.holds(value, "id")


def test_the_text_0_is_a_user_and_nothing_else_of_zeros_is() -> None:
    assert [COMMON.holds(value, "user") for value in ("0", " 0 ", 0, "0.0", "00")] == [
        *(False, False, True, True, True),
    ]
    assert placeholder_list(Placeholders(add=("0",))).holds("0", "user")


@pytest.mark.parametrize("value", SOMEBODYS)
def test_an_id_that_only_looks_like_a_placeholder_is_somebodys(value: Any) -> None:
    assert not COMMON.holds(value, "id")


@pytest.mark.parametrize(
    "value",
    [
        *("undefined@undefined", "null@null", "undefined@acme.com", "None@None.com"),
        *("{{user}}@acme.com", "unknown@unknown.com", "noemail@acme.com", "n/a@n/a"),
    ],
)
def test_an_address_without_anybody_before_its_at_is_no_address(value: str) -> None:
    assert COMMON.holds(value, "email")


@pytest.mark.parametrize("value", ["nan@acme.com", "guest@acme.com", "ann@acme.com", "0@acme.com"])
def test_an_address_that_may_be_read_by_somebody_is_one(value: str) -> None:
    assert COMMON.holds(value, "email") is (value[0] == "0")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        *(("Nan", "name"), ("Na", "name"), ("Guest", "name"), ("Unknown Mortal", "name")),
        *(("Null", "name_part"), ("None", "name_part"), ("Nil", "name_part")),
    ],
)
def test_a_name_that_people_have_is_kept(value: str, kind: Kind) -> None:
    assert not COMMON.holds(value, kind)


def test_two_names_that_were_joined_of_nothing_are_no_name() -> None:
    assert COMMON.holds("null null", "name")
    assert COMMON.holds("undefined undefined", "name")


def test_a_tenant_adds_values_for_every_field_and_keeps_others() -> None:
    own = placeholder_list(Placeholders(add=(" Kein ",), keep=("0", "{{USER}}", "null@acme.com")))

    assert all(own.holds(" KEIN", kind) for kind in KINDS)
    assert not own.holds("0", "id")
    assert not own.holds(0, "id")
    assert not own.holds("{{user}}", "id")
    assert not own.holds("null@acme.com", "email")
    assert own.holds("undefined", "id")


def test_placeholders_are_taken_out_at_any_depth_and_named_by_their_path() -> None:
    item = {"userId": "undefined", "context": {"traits": {"email": "n/a", "plan": "none"}}}

    struck = COMMON.strike(
        item, {(): {"userId": "id"}, ("context", "traits"): {"email": "email"}, ("x", "y"): {}}
    )

    assert [(value.field, value.value) for value in struck] == [
        ("context.traits.email", "n/a"),
        ("userId", "undefined"),
    ]
    assert item == {"context": {"traits": {"plan": "none"}}}


def test_a_note_is_short_whatever_the_value_is() -> None:
    item = {"id": "{{" + "\u00e9" * 250 + "}}"}

    (value,) = COMMON.strike(item, {(): {"id": "id"}})
    note = value.note(3, line=5)

    assert (note.index, note.line, note.code, note.verdict) == (3, 5, "placeholder", "noted")
    assert len(note.message) < 300
    assert len(note.payload or "") <= 258

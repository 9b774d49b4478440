"""The types of property keys: what is learned, and what becomes of a value of another type."""

from typing import Any

import pytest

from waypost.ingest.schema import MAX_CHANGES, MAX_KEY_BYTES, MAX_KEYS, TYPES, Schema, check
from waypost.tenants import TypeConflicts

ONE_OF_EACH: dict[str, Any] = {
    "string": "a",
    "number": 1.5,
    "boolean": True,
    "object": {"in": 1},
    "array": [1],
}


def known(**types: str) -> Schema:
    return Schema(types=types)


def left(properties: dict[str, Any], policy: TypeConflicts, **types: str) -> Any:
    clean, conflicts, _ = check(properties, known(**types), policy)
    assert conflicts
    return clean


@pytest.mark.parametrize("name", TYPES)
def test_the_first_value_of_a_key_fixes_its_type(name: str) -> None:
    value = ONE_OF_EACH[name]

    clean, conflicts, learned = check({"key": value}, Schema(), "set_aside")

    assert (clean, conflicts) == ({"key": value}, [])
    assert learned["key"] == name


@pytest.mark.parametrize("expected", TYPES)
@pytest.mark.parametrize("actual", TYPES)
def test_any_other_type_is_a_conflict_that_names_both(expected: str, actual: str) -> None:
    _, conflicts, _ = check({"key": ONE_OF_EACH[actual]}, known(key=expected), "set_aside")

    told = [(each.key, each.path, each.expected, each.actual) for each in conflicts]
    assert told == ([] if expected == actual else [("key", "key", expected, actual)])


def test_whole_and_broken_numbers_are_of_one_type() -> None:
    assert check({"key": 1}, known(key="number"), "set_aside")[1] == []
    assert check({"key": 1.5}, known(key="number"), "set_aside")[1] == []


def test_true_is_no_number() -> None:
    _, (conflict,), _ = check({"key": True}, known(key="number"), "set_aside")

    assert conflict.actual == "boolean"


def test_a_key_has_its_type_at_whatever_depth() -> None:
    text = {"some_string": "a", "some_object": {"some_string": 23, "other": 1}}

    clean, (conflict,), _ = check(text, Schema(), "set_aside")

    assert clean == {"some_string": "a", "some_object": {"other": 1}}
    assert (conflict.key, conflict.path, conflict.value) == (
        "some_string",
        "some_object.some_string",
        23,
    )


def test_objects_in_arrays_are_walked_and_their_place_is_named() -> None:
    items = {"price": 1, "items": [{"price": 2}, [{"price": "3"}], "a", 4]}

    clean, (conflict,), _ = check(items, Schema(), "set_aside")

    assert clean["items"] == [{"price": 2}, [{}], "a", 4]
    assert conflict.path == "items[1][0].price"


def test_null_has_no_type() -> None:
    clean, conflicts, learned = check({"a": None, "b": None}, known(a="number"), "set_aside")

    assert (clean, conflicts, learned) == ({"a": None, "b": None}, [], {})


def test_what_is_set_aside_teaches_nothing_of_what_it_holds() -> None:
    _, _, learned = check({"key": {"inside": 1}, "other": "a"}, known(key="string"), "set_aside")

    assert learned == {"other": "string"}


def test_properties_without_a_conflict_are_not_copied() -> None:
    properties = {"a": {"b": [{"c": 1}]}}

    clean, _, learned = check(properties, Schema(), "set_aside")
    again, _, nothing = check(properties, Schema(types=learned), "set_aside")

    assert clean is properties
    assert again is properties
    assert nothing == {}


def test_properties_with_a_conflict_are_not_changed_in_place() -> None:
    properties = {"a": {"b": 1}, "b": "text"}

    check(properties, known(b="string"), "set_aside")

    assert properties == {"a": {"b": 1}, "b": "text"}


@pytest.mark.parametrize(
    ("value", "expected", "read"),
    [
        ("23", "number", 23),
        ("-1.50", "number", -1.5),
        (23, "string", "23"),
        (1.5, "string", "1.5"),
        (True, "string", "true"),
        ("true", "boolean", True),
        ("false", "boolean", False),
    ],
)
def test_coerce_reads_a_value_as_the_type_of_its_key(value: Any, expected: str, read: Any) -> None:
    kept = left({"key": value}, "coerce", key=expected)["key"]

    assert (type(kept), kept) == (type(read), read)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *(("23 apples", "number"), ("", "number"), ("1" * 39, "number"), ("NaN", "number")),
        *(("1e9999", "number"), ("٣", "number"), ("0x1", "number"), (True, "number")),
        *(("yes", "boolean"), (1, "boolean"), ({}, "string"), ([], "string"), ("[]", "array")),
    ],
)
def test_what_cannot_be_coerced_is_set_aside(value: Any, expected: str) -> None:
    assert left({"key": value, "b": None}, "coerce", key=expected) == {"b": None}


@pytest.mark.parametrize("policy", ["keep", "change"])
def test_keep_and_change_leave_the_value_and_look_inside_it(policy: TypeConflicts) -> None:
    properties = {"key": {"inner": 1}}

    clean, conflicts, _ = check(properties, known(key="string", inner="string"), policy)

    assert clean == properties
    assert [conflict.path for conflict in conflicts] == ["key", "key.inner"]


def test_a_tenant_has_two_thousand_typed_keys_and_the_rest_pass_untyped() -> None:
    full = Schema(types={f"k{n}": "string" for n in range(MAX_KEYS - 1)})

    _, conflicts, learned = check({"last": 1, "over": 2, "k0": "a"}, full, "set_aside")
    none, _, nothing = check({"over": 1}, Schema(types=full.types | learned), "set_aside")

    assert (conflicts, learned) == ([], {"last": "number"})
    assert (none, nothing) == ({"over": 1}, {})


def test_a_very_long_key_has_no_type() -> None:
    properties = {"k" * MAX_KEY_BYTES: 1, "é" * MAX_KEY_BYTES: 1}

    assert check(properties, Schema(), "set_aside")[2] == {"k" * MAX_KEY_BYTES: "number"}


def test_the_schema_remembers_what_a_type_was_before() -> None:
    schema = Schema().grown({"a": "number"}, "01", 1).grown({"a": "string", "b": "array"}, "05", 5)
    schema = schema.grown({"a": "object"}, "07", 7)

    kinds = [schema.at(place).types["a"] for place in ("04", "05", "06", "07", "08")]

    assert kinds == ["number", "number", "string", "string", "object"]
    assert (schema.types["b"], schema.first_seen) == ("array", {"a": 1, "b": 5})


def test_a_late_message_does_not_undo_what_a_newer_one_changed() -> None:
    schema = Schema().grown({"a": "number"}, "01", 1).grown({"a": "string"}, "05", 5)

    assert schema.grown({"a": "boolean"}, "03", 3) is schema


def test_what_changes_without_end_does_not_grow_without_end() -> None:
    schema = Schema()
    for n in range(3 * MAX_CHANGES):
        schema = schema.grown({"a": TYPES[n % 2]}, f"{n:06d}", n)

    assert len(schema.changes) == MAX_CHANGES

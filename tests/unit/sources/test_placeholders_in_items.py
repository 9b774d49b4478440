"""A placeholder counts as absent in every field that tells whose something is, in every format."""

import gzip
import io
import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from waypost.event import Batch, Event, Verdict
from waypost.sources import (
    csv_body,
    kinesin,
    moesif,
    moesif_calls,
    moesif_profiles,
    natero,
    planhat,
    segment,
    synerise,
)
from waypost.sources.formats import files
from waypost.tenants import Placeholders

NOW = 1_795_176_000_000  # 2026-11-20T12:00:00Z
NOTHING = ("undefined", " NULL ", "n/A", "{{ user.id }}")
DATE = "2026-11-20T11:00:00Z"
Parse = Callable[..., Batch]
_CALL = {"request": {"verb": "GET", "uri": "https://acme.com/x", "time": DATE}}
_TRACK = {"type": "track", "event": "Did", "timestamp": DATE}
_PERSON = {"email": "ann@acme.com", "name": "Ann Lee"}
_NATERO = {"action": "login", "created_at": NOW, "account_id": "acme", "user_id": "ann"}


def csv(body: bytes, received: int, *, changes: Placeholders) -> Batch:
    """The items of a JSON body as the rows of a CSV."""
    items = json.loads(body)
    names = list(items[0])
    rows = [",".join(names), *(",".join(str(item[name]) for name in names) for item in items)]
    return csv_body.read(("\n".join(rows)).encode(), received, changes).batch


def packed_csv(body: bytes, received: int, *, changes: Placeholders) -> Batch:
    """The items of a JSON body as a gzipped CSV file."""
    items = json.loads(body)
    names = list(items[0])
    rows = [",".join(names), *(",".join(str(item[name]) for name in names) for item in items)]
    stream = files.Counted(io.BytesIO(gzip.compress("\n".join(rows).encode())))
    (batch,) = files.batches(stream, received, 100, changes)
    return batch


def json_file(body: bytes, received: int, *, changes: Placeholders) -> Batch:
    (batch,) = files.batches(files.Counted(io.BytesIO(body)), received, 100, changes)
    return batch


_ACTIVITY = {"externalId": "ann", "cId": "acme", "action": "Did", "date": DATE, **_PERSON}
# parse, an item that is complete, and its fields with what becomes of them in the event
FORMATS: dict[str, tuple[Parse, dict[str, Any], dict[str, str]]] = {
    **{
        f"planhat {name}": (
            parse,
            _ACTIVITY,
            {"externalId": "external_id", "cId": "company_id", "email": "email", "name": "name"},
        )
        for name, parse in {
            "json": planhat.parse,
            "csv": csv,
            "csv.gz": packed_csv,
            "file": json_file,
        }.items()
    },
    "planhat, other spellings": (
        planhat.parse,
        {"id": "ann", "companyExternalId": "acme", "email": "ann@acme.com", "messageId": "m1"},
        {"id": "external_id", "companyExternalId": "company_id"},
    ),
    "segment": (
        segment.parse,
        {**_TRACK, "userId": "ann", "anonymousId": "a1", "context": {"groupId": "acme"}},
        {
            "userId": "external_id",
            "anonymousId": "anonymous_id",
            "context.groupId": "company_id",
        },
    ),
    "segment, traits": (
        segment.parse,
        {"type": "identify", "user_id": "ann", "traits": {**_PERSON, "companyId": "acme"}},
        {
            "user_id": "external_id",
            "traits.email": "email",
            "traits.name": "name",
            "traits.companyId": "company_id",
        },
    ),
    "moesif": (
        moesif.actions,
        {
            "action_name": "Did",
            "user_id": "ann",
            "anonymous_id": "a1",
            "company_id": "acme",
            "request": {"uri": "https://acme.com"},
        },
        {"user_id": "external_id", "anonymous_id": "anonymous_id", "company_id": "company_id"},
    ),
    "moesif, calls": (
        moesif_calls.events,
        {**_CALL, "user_id": "ann", "anonymous_id": "a1", "company_id": "acme"},
        {"user_id": "external_id", "anonymous_id": "anonymous_id", "company_id": "company_id"},
    ),
    "moesif, users": (
        moesif_profiles.users,
        {"user_id": "ann", "anonymous_id": "a1", "company_id": "acme", "metadata": dict(_PERSON)},
        {
            "user_id": "external_id",
            "anonymous_id": "anonymous_id",
            "company_id": "company_id",
            "metadata.email": "email",
            "metadata.name": "name",
        },
    ),
    "natero": (
        natero.parse,
        {**_NATERO, "details": {"email": "ann@acme.com", "name": "Ann"}},
        {"details.email": "email", "details.name": "name"},
    ),
    "synerise": (
        synerise.parse,
        {
            "action": "client.assignToCompany",
            "label": "Joined",
            "client": {
                "customId": "c1",
                "uuid": "07243772-008a-42e1-ba37-c3807cebde8f",
                "email": "ann@acme.com",
            },
            "params": {"companyId": 7},
        },
        {
            "client.customId": "external_id",
            "client.uuid": "anonymous_id",
            "client.email": "email",
        },
    ),
    "kinesin": (
        kinesin.parse,
        {
            "event_type": "kinesinlms.core.user.login",
            "anon_username": "a1",
            "course_slug": "maths",
            "course_run": "SP",
        },
        {"course_slug": "company_id", "course_run": "company_id"},
    ),
}
CASES = [(name, path) for name, (_, _, fields) in FORMATS.items() for path in fields]
# Without these an item of the format is nobody's, or is not complete.
NEEDED = [
    ("planhat json", {"externalId": "undefined", "email": "N/A"}, "identity_missing"),
    ("planhat csv", {"externalId": "undefined", "email": "N/A"}, "identity_missing"),
    ("segment", {"userId": "undefined", "anonymousId": "null"}, "identity_missing"),
    ("moesif", {"user_id": "undefined", "anonymous_id": "0", "company_id": ""}, "identity_missing"),
    ("moesif, calls", {"user_id": "undefined", "anonymous_id": "0", "company_id": ""}, "no_user"),
    ("natero", {"user_id": "undefined"}, "missing_field"),
    ("natero", {"account_id": "N/A"}, "missing_field"),
    ("synerise", {"client": {"customId": "null", "email": "null@null"}}, "identity_missing"),
    ("kinesin", {"anon_username": "undefined"}, "identity_missing"),
]


def judged(name: str, item: dict[str, Any], changes: Placeholders = Placeholders()) -> Batch:  # noqa: B008
    return FORMATS[name][0](json.dumps([item]).encode(), NOW, changes=changes)


def with_value(name: str, path: str, value: Any) -> dict[str, Any]:
    item = deepcopy(FORMATS[name][1])
    *parents, field = path.split(".")
    part = item
    for parent in parents:
        part = part[parent]
    part[field] = value
    return item


def identity(event: Event) -> dict[str, str | None]:
    names = ("external_id", "anonymous_id", "company_id", "email", "name")
    return {name: getattr(event, name) for name in names}


@pytest.mark.parametrize("value", NOTHING)
@pytest.mark.parametrize(("name", "path"), CASES)
def test_the_event_is_taken_without_the_placeholder_and_that_is_noted(
    name: str, path: str, value: str
) -> None:
    known = identity(judged(name, FORMATS[name][1]).events[0])

    batch = judged(name, with_value(name, path, value))

    field = FORMATS[name][2][path]
    assert known[field]
    assert identity(batch.events[0]) == known | {field: None}
    (note,) = batch.rejects
    assert (note.index, note.verdict, note.code) == (0, Verdict.NOTED, "placeholder")
    assert note.field == path
    assert batch.received == len(batch.events)


@pytest.mark.parametrize(("name", "given", "code"), NEEDED)
def test_what_is_nobodys_without_its_placeholder_is_refused_by_name(
    name: str, given: dict[str, Any], code: str
) -> None:
    batch = judged(name, {**FORMATS[name][1], **given})

    (reject,) = batch.rejects
    assert (batch.events, reject.code, reject.line) == (
        [],
        code,
        2 if name == "planhat csv" else None,
    )
    assert reject.verdict is not Verdict.NOTED
    assert "a placeholder" in reject.message
    assert (reject.field or "").rpartition(".")[2] in json.dumps(given)


@pytest.mark.parametrize("name", FORMATS)
def test_a_tenant_says_in_every_format_what_counts_as_absent(name: str) -> None:
    path, field = next(iter(FORMATS[name][2].items()))
    changes = Placeholders(add=("nobody@acme.com",), keep=("undefined@acme.com", "undefined"))

    kept = judged(name, with_value(name, path, "undefined@acme.com"), changes)
    added = judged(name, with_value(name, path, "Nobody@acme.com"), changes)

    assert "undefined@acme.com" in str(getattr(kept.events[0], field))
    assert kept.rejects == []
    assert [note.code for note in added.rejects] == ["placeholder"]


@pytest.mark.parametrize("value", [False, True, 0, [], {}])
@pytest.mark.parametrize("name", ["planhat json", "planhat file", "segment", "moesif, users"])
def test_a_json_value_that_is_no_text_can_stand_for_nothing(name: str, value: Any) -> None:
    path, field = next(iter(FORMATS[name][2].items()))

    batch = judged(name, with_value(name, path, value))

    assert getattr(batch.events[0], field) is None
    assert [note.field for note in batch.rejects] == [path]


def test_the_next_spelling_of_a_field_is_read_where_the_first_holds_nothing() -> None:
    batch = judged("planhat json", {"externalId": "undefined", "id": "ann", "cId": "acme"})

    assert batch.events[0].external_id == "ann"


def test_a_name_is_joined_of_the_part_that_is_one() -> None:
    planhats = judged("planhat json", {"id": "ann", "firstName": "Ann", "lastName": "undefined"})
    segments = judged("segment", {"type": "identify", "userId": "a", "traits": {"lastName": "N/A"}})

    assert (planhats.events[0].name, segments.events[0].name) == ("Ann", None)
    assert [note.field for note in planhats.rejects + segments.rejects] == [
        "lastName",
        "traits.lastName",
    ]


def test_what_a_property_says_is_the_senders_own() -> None:
    given = {"email": "none", "name": "null", "userId": "undefined"}
    info = judged("planhat json", {"externalId": "ann", "info": given})
    properties = judged("segment", {**_TRACK, "userId": "ann", "properties": given})
    feature = {**_NATERO, "action": "feature", "feature": "Did", "details": given}

    found = [info.events[0], properties.events[0], judged("natero", feature).events[0]]

    assert [event.properties for event in found] == [given, given, {"details": given}]


def test_a_header_that_holds_nothing_leaves_the_anonymous_id_to_the_body() -> None:
    body = json.dumps(FORMATS["kinesin"][1]).encode()

    batch = kinesin.parse(body, NOW, anon=" undefined ")

    assert batch.events[0].anonymous_id == "a1"


def test_only_messages_of_somebody_count_at_planhats_dock() -> None:
    body = json.dumps({**_TRACK, "userId": "undefined", "anonymousId": "a1"}).encode()

    (reject,) = segment.parse_dock(body, NOW).rejects

    assert (reject.code, reject.verdict) == ("identity_missing", Verdict.IGNORED)


@pytest.mark.parametrize("user", ["ann", "0"])
def test_a_placeholder_that_another_name_of_its_field_outdoes_is_not_noted(user: str) -> None:
    item = {"externalId": user, "companyExternalId": "acme", "cId": "null"}

    batch = planhat.parse(json.dumps(item).encode(), NOW)

    assert (batch.events[0].company_id, batch.rejects) == ("acme", [])

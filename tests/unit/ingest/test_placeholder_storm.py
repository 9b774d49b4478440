"""Strangers who share a placeholder share nothing else, and every one of them is accounted for."""

import json
from typing import Any

import pytest

from tests.faults.pipeline import NOW, Pipeline, wrong
from tests.unit.ingest.loading import Loader
from waypost.event import Reject, Verdict
from waypost.ingest.messages import FRAME_EVENTS
from waypost.profiles.directory import User
from waypost.sources import csv_body, planhat, segment
from waypost.tenants import Placeholders, Tenant

STRANGERS = 10_000


def sent(pipeline: Pipeline, *items: dict[str, Any]) -> None:
    """One request of Segment's messages."""
    body = json.dumps([{"timestamp": "2027-01-15T07:00:00Z", **item} for item in items]).encode()
    changes = pipeline.tenant.placeholders
    assert pipeline.request(segment.parse(body, pipeline.clock.now, "track", changes))


def stranger(n: int, **fields: Any) -> dict[str, Any]:
    return {"userId": "undefined", "anonymousId": f"a{n}", "event": "Did", **fields}


def users(pipeline: Pipeline) -> list[User]:
    return pipeline.directory.everybody


def entries(pipeline: Pipeline, verdict: Verdict) -> list[Reject]:
    messages = pipeline.ledger.entries.values()
    return [entry for some in messages for entry in some if entry.verdict == verdict]


@pytest.mark.slow
def test_a_storm_of_strangers_makes_as_many_users_who_share_nothing() -> None:
    pipeline = Pipeline()
    known = {"email": "ann@acme.com", "companyId": "acme"}
    sent(pipeline, stranger(0, type="identify", traits=known))
    sent(pipeline, *(stranger(n) for n in range(STRANGERS)))

    pipeline.settle()

    (ann,) = [user for user in users(pipeline) if user.email]
    others = [user for user in users(pipeline) if user.id != ann.id]
    assert ann.anonymous_id == "a0"
    assert len(others) == STRANGERS - 1
    assert {(user.external_id, user.account_id) for user in others} == {(None, None)}
    assert len({user.anonymous_id for user in others}) == len(others)
    assert len(entries(pipeline, Verdict.NOTED)) == STRANGERS + 1


def test_a_company_of_nothing_is_no_account() -> None:
    pipeline = Pipeline()
    companies = ("NULL", "N/A", "0", "undefined", "acme")
    for n, company in enumerate(companies):
        sent(pipeline, {"userId": f"u{n}", "event": "Did", "context": {"groupId": company}})

    pipeline.settle()

    assert [account.id for account in pipeline.directory.every_account] == ["acme"]
    assert sorted(str(user.account_id) for user in users(pipeline)) == ["None"] * 4 + ["acme"]


def test_every_item_of_a_storm_is_accounted_for_once() -> None:
    pipeline = Pipeline()
    items = [stranger(0), stranger(1, anonymousId="null"), {"userId": "ann", "event": "Did"}]
    sent(pipeline, *items)
    sent(pipeline, *items)

    pipeline.settle()

    totals = pipeline.totals()
    assert totals["received"] == 2 * len(items)
    assert (totals["rejected"], totals["duplicate"]) == (2, 2)
    assert totals["stored"] == 2
    (refused, _) = entries(pipeline, Verdict.REJECTED)
    assert (refused.index, refused.code) == (1, "identity_missing")


def test_a_tenant_whose_first_user_is_0_keeps_that_user() -> None:
    pipeline = Pipeline()
    pipeline.tenant = Tenant("t1", placeholders=Placeholders(keep=("0",)))

    sent(pipeline, {"userId": 0, "event": "Did"}, {"userId": "undefined", "event": "Did"})
    pipeline.settle()

    assert [user.external_id for user in users(pipeline)] == ["0"]


def test_an_item_with_a_placeholder_or_without_its_field_is_one_event() -> None:
    pipeline = Pipeline()
    item = {"userId": "ann", "event": "Did"}

    sent(pipeline, item | {"anonymousId": "null"})
    sent(pipeline, item)
    pipeline.settle()

    assert len(pipeline.archived()) == 1
    assert pipeline.totals()["duplicate"] == 1


ROWS = [f"u{n},N/A,n/a,Did,2027-01-14T00:00:00Z" for n in range(FRAME_EVENTS + 2)]
HEADER = "externalId,cId,email,action,date"


def load(remaining_ms: Any = lambda: 900_000) -> Loader:
    loader = Loader()
    loader.load(loader.put_bytes("\n".join([HEADER, *ROWS]).encode()), remaining_ms=remaining_ms)
    loader.go_on(remaining_ms)
    return loader


def test_a_file_with_more_notes_than_rows_keeps_its_parts() -> None:
    loader = load()

    record = loader.record()
    notes = [[entry.index for entry in message.rejects] for message in loader.messages()]
    assert (record.received, record.rejected, record.parts) == (len(ROWS), 0, 2)
    assert [message.part for message in loader.messages()] == [0, 1]
    assert notes[0] == [n for n in range(FRAME_EVENTS) for _ in "ce"]
    assert {entry.line for entry in loader.messages()[1].rejects} == {5002, 5003}


def test_a_file_is_read_by_its_tenants_own_list() -> None:
    own = Placeholders(add=("test",), keep=("-1",))
    loader = Loader(Tenant("t1", placeholders=own))

    loader.load(loader.put(*(f"{who},acme,Did,2027-01-14T00:00:00Z" for who in ("-1", "Test"))))

    (message,) = loader.messages()
    assert [event.external_id for event in message.events] == ["-1"]
    assert [(entry.index, entry.code) for entry in message.rejects] == [(1, "identity_missing")]


def test_a_file_may_have_a_user_0_and_no_company_0() -> None:
    loader = Loader()

    loader.load(loader.put("0,0,Did,2027-01-14T00:00:00Z"))

    (message,) = loader.messages()
    assert [(event.external_id, event.company_id) for event in message.events] == [("0", None)]
    assert [(entry.field, entry.code) for entry in message.rejects] == [
        ("companyExternalId", "placeholder")
    ]


def test_a_file_that_is_continued_gives_the_same_ids() -> None:
    assert load(lambda: 1).ids() == load().ids()


@pytest.mark.parametrize("rows", [3, FRAME_EVENTS + 2])
def test_a_batch_counts_its_rows_and_not_their_notes(rows: int) -> None:
    pipeline = Pipeline()
    text = "\n".join([HEADER, *ROWS[:rows]])

    assert pipeline.request(csv_body.read(text.encode(), NOW).batch, stream=True)
    pipeline.deliver()

    parts = pipeline.batches.parts.values()
    assert sum(part.stored for part in parts) == rows
    assert len(entries(pipeline, Verdict.NOTED)) == 2 * rows


def test_the_accounting_holds_beside_notes() -> None:
    pipeline = Pipeline()
    items = [{"externalId": "ann", "cId": "acme", "email": "N/A", "action": "Did", "date": NOW}]
    assert pipeline.request(planhat.parse(json.dumps(items).encode(), NOW))
    assert pipeline.request(planhat.parse(json.dumps(items).encode(), NOW))

    pipeline.settle()

    assert wrong(pipeline) == []

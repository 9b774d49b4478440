"""Traits and event properties may share a word: neither is held against the other's type."""

from typing import Any

import pytest

from tests.faults.pipeline import NOW, Pipeline
from waypost.event import GROUP, IDENTIFY, Batch, Event
from waypost.lake import records
from waypost.tenants import Tenant, TypeConflicts

POLICIES: tuple[TypeConflicts, ...] = ("set_aside", "coerce", "keep", "change")
KINDS = pytest.mark.parametrize("kind", [IDENTIFY, GROUP])


def pipeline_of(policy: TypeConflicts) -> Pipeline:
    pipeline = Pipeline()
    pipeline.tenant = Tenant("t1", type_conflicts=policy)
    return pipeline


def send(pipeline: Pipeline, *said: tuple[str | None, dict[str, Any]]) -> None:
    """One request: events (of kind None) and traits, all of ann at acme."""
    who: dict[str, Any] = {"external_id": "ann", "company_id": "acme"}
    events = [
        Event(n=n, time=NOW + n, kind=kind, action=None if kind else "Did", properties=given, **who)
        for n, (kind, given) in enumerate(said)
    ]
    assert pipeline.request(Batch(events))
    pipeline.deliver()
    pipeline.clock.tick(1_000)


def traits(pipeline: Pipeline, kind: str) -> dict[str, Any]:
    directory = pipeline.directory
    (owner,) = directory.everybody if kind == IDENTIFY else directory.every_account
    return {key: value for key, value in owner.traits.items() if value is not None}


def landed(pipeline: Pipeline, kind: str | None) -> list[dict[str, Any] | None]:
    objects = (pipeline.lake.objects[put.key] for put in pipeline.lake.landing("t1", ""))
    received = [record for packed in objects for record in records.unpack(packed)]
    received.sort(key=lambda record: (record.received, record.n))
    return [record.properties for record in received if record.kind == kind]


def notes(pipeline: Pipeline) -> list[str]:
    return [reject.code for entry in pipeline.ledger.entries.values() for reject in entry]


@KINDS
@pytest.mark.parametrize("policy", POLICIES)
def test_a_trait_survives_an_event_that_used_the_word_otherwise(
    policy: TypeConflicts, kind: str
) -> None:
    pipeline = pipeline_of(policy)
    send(pipeline, (None, {"plan": 5}))

    send(pipeline, (kind, {"plan": "pro", "tier": "gold"}))

    assert traits(pipeline, kind) == {"plan": "pro", "tier": "gold"}
    assert landed(pipeline, kind) == [{"plan": "pro", "tier": "gold"}]
    assert notes(pipeline) == []


@KINDS
@pytest.mark.parametrize("policy", POLICIES)
def test_an_event_keeps_a_property_whose_word_was_a_trait_first(
    policy: TypeConflicts, kind: str
) -> None:
    pipeline = pipeline_of(policy)
    send(pipeline, (kind, {"plan": "pro"}))

    send(pipeline, (None, {"plan": 5}))

    assert landed(pipeline, None) == [{"plan": 5}]
    assert pipeline.schemas.get("t1").types == {"plan": "number"}
    assert traits(pipeline, kind) == {"plan": "pro"}
    assert notes(pipeline) == []


@KINDS
def test_one_request_may_say_both_in_any_order(kind: str) -> None:
    pipeline = pipeline_of("set_aside")

    send(pipeline, (kind, {"plan": "pro"}), (None, {"plan": 5}), (kind, {"plan": "free"}))

    assert traits(pipeline, kind) == {"plan": "free"}
    assert landed(pipeline, None) == [{"plan": 5}]
    assert notes(pipeline) == []


@KINDS
def test_a_trait_alone_teaches_no_type_and_reads_none(kind: str) -> None:
    pipeline = pipeline_of("set_aside")

    send(pipeline, (kind, {"plan": "pro", "address": {"city": "Ulm"}}))

    assert (pipeline.schemas.known, pipeline.schemas.remembered) == ({}, {})


@KINDS
def test_events_go_on_to_be_held_against_events(kind: str) -> None:
    pipeline = pipeline_of("set_aside")
    send(pipeline, (None, {"plan": 5}), (kind, {"plan": "pro"}))

    send(pipeline, (None, {"plan": "pro", "seats": 2}))

    assert landed(pipeline, None) == [{"plan": 5}, {"seats": 2}]
    assert notes(pipeline) == ["type_conflict"]


@KINDS
def test_a_message_of_both_that_comes_again_gets_the_same_result(kind: str) -> None:
    pipeline = pipeline_of("change")
    send(pipeline, (None, {"plan": 5}), (kind, {"plan": "pro"}), (None, {"plan": "x"}))
    before = (landed(pipeline, None), traits(pipeline, kind), pipeline.schemas.known["t1"].types)

    pipeline._match([0], None)
    pipeline.settle()

    after = (landed(pipeline, None)[:2], traits(pipeline, kind))
    assert (*after, pipeline.schemas.known["t1"].types) == before
    assert (pipeline.totals()["received"], pipeline.totals()["stored"]) == (3, 3)

"""Whose an event is, and in which account, follows from what landed, in any order of arrival."""

from collections import Counter
from itertools import permutations
from typing import Any

import pytest

from tests.faults.landed_people import differing, folded
from tests.faults.pipeline import NOW, Pipeline, event
from waypost.event import IDENTIFY, Batch, Event
from waypost.lake import records
from waypost.tenants import Tenant

NO_ACCOUNT = "(no account)"


def did(action: str, **fields: Any) -> Event:
    return event(0, action, **({"company_id": None} | fields))


def identify(**fields: Any) -> Event:
    return Event(time=NOW + 5, kind=IDENTIFY, **({"external_id": "ann"} | fields))


def send(pipeline: Pipeline, *events: Event) -> None:
    for one in events:
        assert pipeline.request(Batch([one]))
        pipeline.deliver()


def accounts(pipeline: Pipeline) -> Counter[tuple[str | None, str]]:
    """(action, account) → events, as a reader binds what landed of events to what landed of people.

    The company that an event gave, if that account exists; else the account of its user.
    """
    people = folded(pipeline.lake, "t1")
    bound: Counter[tuple[str | None, str]] = Counter()
    for entry in pipeline.lake.landing("t1", ""):
        for record in records.unpack(pipeline.lake.objects[entry.key]):
            user: Any = people["user", record.user_id or ""]
            person: Any = people["user", user.merged_into or user.id]
            given = record.company_id if ("account", record.company_id or "") in people else None
            if record.kind is None:
                bound[record.action, given or person.account_id or NO_ACCOUNT] += 1
    return bound


@pytest.mark.parametrize(
    "placing", [did("Joined", company_id="acme"), identify(company_id="acme")], ids=["did", "told"]
)
def test_what_was_done_before_counts_for_the_account_that_came_later(placing: Event) -> None:
    pipeline = Pipeline()
    send(pipeline, did("Early"))
    before = accounts(pipeline)

    send(pipeline, placing)

    assert before == {("Early", NO_ACCOUNT): 1}
    assert accounts(pipeline)["Early", "acme"] == 1


def test_what_was_done_anonymously_counts_for_the_person() -> None:
    pipeline = Pipeline()
    send(pipeline, did("Known", company_id="acme"))
    visit = did("Anonymous", external_id=None, anonymous_id="a1")

    send(pipeline, visit, identify(anonymous_id="a1"), visit)

    assert accounts(pipeline) == {("Known", "acme"): 1, ("Anonymous", "acme"): 2}


def test_a_company_that_does_not_exist_leaves_the_event_to_its_user() -> None:
    pipeline = Pipeline()
    pipeline.tenant = Tenant("t1", auto_create_accounts=False)
    send(pipeline, did("Did", company_id="nobody"))

    assert accounts(pipeline) == {("Did", NO_ACCOUNT): 1}


def test_accounts_do_not_depend_on_the_order_of_arrival() -> None:
    ends = []
    for order in permutations(range(4)):
        pipeline = Pipeline()
        events = [
            did("Anonymous", external_id=None, anonymous_id="a1"),
            identify(anonymous_id="a1"),
            did("Joined", company_id="acme"),
            did("Mailed", external_id=None, email="ann@acme.com"),
        ]
        send(pipeline, *(events[number] for number in order))
        assert differing(pipeline.lake, pipeline.directory, "t1") == []
        ends.append(accounts(pipeline))

    assert all(end == ends[0] for end in ends)
    assert ends[0][("Anonymous", "acme")] == ends[0][("Joined", "acme")] == 1

"""rudder-sdk-python, unmodified but for its host: all that it sends, and its refusals."""

from functools import partial

import pytest

from tests.clients import faults, segment_calls
from tests.clients.conftest import RunClient
from tests.clients.faults import Bench
from tests.clients.segment_calls import EVERYTHING, ONE

PACKAGE, DRIVER = "rudder-sdk-python", "rudder_python.py"


@pytest.mark.parametrize("scenario", ["gzip", "plain", "sync"])
def test_everything_it_can_say_arrives_field_by_field(
    scenario: str, bench: Bench, run_client: RunClient
) -> None:
    told = segment_calls.make(run_client, DRIVER, scenario, EVERYTHING)

    assert told == {"errors": []}
    segment_calls.assert_everything_arrived(bench)
    segment_calls.record(bench, PACKAGE, scenario)
    first = bench.proxy.posts()[0]
    assert (first.headers.get("content-encoding") == "gzip") == (scenario != "plain")
    identify = first.json()["batch"][0]
    assert "traits" in identify["context"]
    assert "traits" not in identify
    assert "writeKey" not in first.json()


def test_many_events_come_in_several_batches_and_each_counts_once(
    bench: Bench, run_client: RunClient
) -> None:
    segment_calls.assert_many_come_in_batches(
        bench, run_client, DRIVER, PACKAGE, scenario="gzip", most=100
    )


def test_the_same_message_id_twice_counts_once(bench: Bench, run_client: RunClient) -> None:
    same = {**ONE[0], "messageId": "m-1", "timestamp": segment_calls.minutes_ago(3)}

    segment_calls.make(run_client, DRIVER, "gzip", [same, same])

    faults.assert_counted_once(bench, 2)


def test_only_exactly_200_keeps_it_from_sending_again(bench: Bench, run_client: RunClient) -> None:
    bench.proxy.answer(201, after=True)

    segment_calls.make(run_client, DRIVER, "gzip", ONE)

    posts = bench.proxy.posts()
    assert [post.status for post in posts] == [201, 200]
    faults.assert_counted_once(bench, 2)


@pytest.mark.parametrize(("key", "event", "status"), [("nobody", "x", 401), (None, "x" * 600, 400)])
def test_a_hopeless_refusal_is_told_and_not_tried_again(
    key: str | None, event: str, status: int, bench: Bench, run_client: RunClient
) -> None:
    calls = [{**ONE[0], "event": event}]
    settings = {} if key is None else {"WAYPOST_KEY": key}

    told = segment_calls.make(run_client, DRIVER, "gzip", calls, **settings)

    assert told == {"errors": [{"status": status, "messages": 1}]}
    assert len(bench.proxy.posts()) == 1


@pytest.mark.parametrize(("status", "after"), faults.CASES)
def test_a_refusal_is_dropped_or_sent_again_as_the_table_says(
    status: int, after: bool, bench: Bench, run_client: RunClient
) -> None:
    send = partial(segment_calls.make, run_client, DRIVER, "gzip", ONE)

    faults.check(PACKAGE, status, after, send, bench)

"""@segment/analytics-node, unmodified but for its host: all that it sends, and its refusals."""

from functools import partial

import pytest

from tests.clients import compatibility, faults, segment_calls
from tests.clients.conftest import RunClient
from tests.clients.environments import VERSIONS
from tests.clients.faults import Bench
from tests.clients.segment_calls import EVERYTHING, ONE

PACKAGE, DRIVER = "@segment/analytics-node", "segment_node.mjs"


@pytest.mark.parametrize("scenario", ["close", "flush"])
def test_everything_it_can_say_arrives_field_by_field(
    scenario: str, bench: Bench, run_client: RunClient
) -> None:
    told = segment_calls.make(run_client, DRIVER, scenario, EVERYTHING)

    assert told == {"errors": []}
    segment_calls.assert_everything_arrived(bench)
    segment_calls.record(bench, PACKAGE)
    assert bench.proxy.posts()[0].json()["writeKey"] == bench.customer.token


def test_many_events_come_in_several_batches_and_each_counts_once(
    bench: Bench, run_client: RunClient
) -> None:
    segment_calls.assert_many_come_in_batches(
        bench, run_client, DRIVER, PACKAGE, scenario="close", most=15
    )


def test_the_same_message_id_twice_counts_once(bench: Bench, run_client: RunClient) -> None:
    same = {**ONE[0], "messageId": "m-1", "timestamp": segment_calls.minutes_ago(3)}

    segment_calls.make(run_client, DRIVER, "close", [same, same])

    faults.assert_counted_once(bench, 2)


def test_at_planhats_door_only_identify_and_track_count(
    bench: Bench, run_client: RunClient
) -> None:
    told = segment_calls.make(run_client, DRIVER, "close", EVERYTHING, WAYPOST_PATH="/dock/segment")

    assert told == {"errors": []}
    counts = bench.local.settled(bench.customer, len(EVERYTHING))
    assert (counts["stored"], counts["ignored"], counts["rejected"]) == (3, 5, 0)
    (post,) = bench.proxy.posts("/dock/segment")
    assert (post.status, post.answer) == (200, b'{"processed":8,"errors":[]}')
    compatibility.record(PACKAGE, VERSIONS[PACKAGE], post.path, "track")


def test_a_key_that_nobody_has_is_told_and_not_tried_again(
    bench: Bench, run_client: RunClient
) -> None:
    told = segment_calls.make(run_client, DRIVER, "close", ONE, WAYPOST_KEY="nobody")

    assert told == {"errors": [{"message": "Error: [401] Unauthorized"}]}
    assert len(bench.proxy.posts()) == 1


@pytest.mark.parametrize(("status", "after"), faults.CASES)
def test_a_refusal_is_dropped_or_sent_again_as_the_table_says(
    status: int, after: bool, bench: Bench, run_client: RunClient
) -> None:
    send = partial(segment_calls.make, run_client, DRIVER, "close", ONE)

    faults.check(PACKAGE, status, after, send, bench)

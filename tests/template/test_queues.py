"""A message is tried again, never lost and never tried twice at once."""

from typing import Any

import pytest

from tests.template.stack import Stack, place, the_stack
from waypost.ingest import returns, suspects
from waypost.insights import jobs
from waypost.web import job_worker

SOURCES = the_stack().of_type("AWS::Lambda::EventSourceMapping")
QUEUES = the_stack().of_type("AWS::SQS::Queue")
FUNCTIONS = the_stack().of_type("AWS::Lambda::Function")
REDRIVEN = {
    place(queue["RedrivePolicy"]["deadLetterTargetArn"])
    for queue in QUEUES.values()
    if "RedrivePolicy" in queue
}
INVOKED = {
    place(function["DeadLetterConfig"]["TargetArn"])
    for function in FUNCTIONS.values()
    if "DeadLetterConfig" in function
}
DEAD_LETTERS = REDRIVEN | INVOKED
WORK = sorted(set(QUEUES) - DEAD_LETTERS)
FREE = returns.FREE_RECEIVES


def test_there_are_queues_to_look_at() -> None:
    assert SOURCES
    assert WORK
    assert REDRIVEN
    assert INVOKED


@pytest.mark.parametrize("source", SOURCES)
def test_a_message_stays_hidden_until_its_function_must_have_ended(
    stack: Stack, source: str
) -> None:
    """AWS asks for six times the function's timeout plus the longest batching window."""
    mapping = SOURCES[source]
    function = FUNCTIONS[place(mapping["FunctionName"])]
    window = stack.largest(mapping.get("MaximumBatchingWindowInSeconds", 0))

    hidden = _queue(mapping)["VisibilityTimeout"]

    assert hidden >= 6 * function["Timeout"] + window


@pytest.mark.parametrize("queue", ["MatchQueue", "ChunkQueue"])
def test_what_is_given_back_is_not_taken_for_what_ended_its_function(queue: str) -> None:
    assert QUEUES[queue]["VisibilityTimeout"] * 1000 > suspects.HIDDEN_MS


@pytest.mark.parametrize("source", SOURCES)
def test_one_bad_message_is_reported_alone(source: str) -> None:
    assert SOURCES[source]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


@pytest.mark.parametrize("source", SOURCES)
def test_a_batch_above_ten_messages_has_a_window_to_gather_in(stack: Stack, source: str) -> None:
    """AWS refuses a larger batch without a window of at least one second."""
    mapping = SOURCES[source]

    window = stack.smallest(mapping.get("MaximumBatchingWindowInSeconds", 0))

    assert mapping["BatchSize"] <= 10 or window >= 1, "raise MinValue of the window's parameter"


@pytest.mark.parametrize("source", SOURCES)
def test_no_queue_can_take_every_function_of_the_account(stack: Stack, source: str) -> None:
    """An account may run 1,000 functions at once, unless it has asked for more."""
    copies = SOURCES[source]["ScalingConfig"]["MaximumConcurrency"]

    assert 2 <= stack.smallest(copies) <= stack.largest(copies) <= 250


@pytest.mark.parametrize("queue", WORK)
def test_a_message_that_keeps_failing_ends_in_a_dead_letter_queue(queue: str) -> None:
    redrive = QUEUES[queue]["RedrivePolicy"]
    target = QUEUES[place(redrive["deadLetterTargetArn"])]

    assert target["MessageRetentionPeriod"] >= QUEUES[queue]["MessageRetentionPeriod"]


@pytest.mark.parametrize("queue", WORK)
def test_an_hour_of_failures_brings_no_message_to_the_dead_letters(queue: str) -> None:
    receives = QUEUES[queue]["RedrivePolicy"]["maxReceiveCount"]

    failing = sum(returns.span(times)[0] for times in range(1, receives + 1))
    never_begun = sum(returns.span(times)[0] for times in range(1, receives - FREE + 1))

    assert failing >= 85 * 60
    assert never_begun >= 60 * 60


@pytest.mark.parametrize("queue", WORK)
def test_a_message_that_always_fails_reaches_the_dead_letters_within_three_hours(
    queue: str,
) -> None:
    receives = QUEUES[queue]["RedrivePolicy"]["maxReceiveCount"]

    assert sum(returns.span(times)[1] for times in range(1, receives + 1)) <= 3 * 3600


def test_a_job_says_that_it_failed_at_the_last_delivery_of_its_message() -> None:
    assert QUEUES["JobQueue"]["RedrivePolicy"]["maxReceiveCount"] == job_worker.MOST_TRIES


def test_a_job_is_given_up_by_its_record_only_when_no_function_has_it_any_more() -> None:
    """Between two words of one lie a killed function's time, or the longest pause."""
    (source,) = [each for each in SOURCES.values() if _queue(each) is QUEUES["JobQueue"]]
    killed_ms = FUNCTIONS[place(source["FunctionName"])]["Timeout"] * 1000

    assert killed_ms + returns.span(job_worker.MOST_TRIES)[1] * 1000 < jobs.SILENT_MS


@pytest.mark.parametrize("queue", sorted(DEAD_LETTERS))
def test_every_dead_letter_queue_has_an_alarm(stack: Stack, queue: str) -> None:
    alarms = [
        alarm
        for alarm in stack.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        and [place(dimension["Value"]) for dimension in alarm["Dimensions"]] == [queue]
    ]

    assert len(alarms) == 1
    assert (alarms[0]["Threshold"], alarms[0]["ComparisonOperator"]) == (0, "GreaterThanThreshold")


@pytest.mark.parametrize(
    ("queue", "remedy"), [("DeadLetters", "redrive"), ("MissedSchedules", "purge")]
)
def test_an_alarm_says_where_to_read_and_what_to_do(stack: Stack, queue: str, remedy: str) -> None:
    told = stack.of_type("AWS::CloudWatch::Alarm")[f"{queue}Alarm"]["AlarmDescription"]

    assert "log" in told
    assert f"{remedy} {queue}" in told
    assert len(told) <= 1024, "CloudWatch takes no more"


def test_all_queues_share_one_dead_letter_queue_and_no_schedule_shares_it() -> None:
    """A redrive takes messages back to the queue they came from; a schedule's came from none."""
    assert {"DeadLetters"} == REDRIVEN
    assert REDRIVEN.isdisjoint(INVOKED)


@pytest.mark.parametrize("queue", QUEUES)
def test_every_queue_is_encrypted(queue: str) -> None:
    assert QUEUES[queue]["SqsManagedSseEnabled"] is True


def test_a_scheduled_run_that_fails_is_kept_too(stack: Stack) -> None:
    """A schedule invokes asynchronously: without a dead-letter queue a lost run says nothing."""
    scheduled = {
        name
        for name, resource in stack.source["Resources"].items()
        for event in resource.get("Properties", {}).get("Events", {}).values()
        if event["Type"] in ("Schedule", "ScheduleV2")
    }

    kept = {name: place(FUNCTIONS[name]["DeadLetterConfig"]["TargetArn"]) for name in scheduled}

    assert kept
    assert set(kept.values()) <= INVOKED


def _queue(mapping: dict[str, Any]) -> dict[str, Any]:
    return QUEUES[place(mapping["EventSourceArn"])]

"""Somebody is told of what hurts first, and told what to do about it."""

import json
import re
from typing import Any

import pytest

from tests.template.stack import ROOT, Stack, place, the_stack
from waypost.telemetry import published

ALARMS = the_stack().of_type("AWS::CloudWatch::Alarm")
QUEUES = the_stack().of_type("AWS::SQS::Queue")
SETTINGS = the_stack().of_type("AWS::Lambda::Function")
SOURCES = list(the_stack().of_type("AWS::Lambda::EventSourceMapping").values())
FUNCTIONS = sorted(the_stack().functions().values())
WORK = sorted(name for name, queue in QUEUES.items() if "RedrivePolicy" in queue)
COMMAND = re.compile(r"\b(aws (logs|events|service-quotas) [a-z-]+ |redrive \w+|purge \w+)")
MOST_SECONDS_UNTOLD = 2 * 3600
USD_AN_ALARM, USD_A_METRIC = 0.10, 0.30


@pytest.mark.parametrize("queue", WORK)
def test_messages_that_wait_longer_than_work_takes_are_told(stack: Stack, queue: str) -> None:
    (alarm,) = _alarms_on("ApproximateAgeOfOldestMessage", queue)
    (source,) = [source for source in SOURCES if place(source["EventSourceArn"]) == queue]
    window = stack.largest(source.get("MaximumBatchingWindowInSeconds", 0))
    healthy = window + SETTINGS[place(source["FunctionName"])]["Timeout"]

    assert healthy < alarm["Threshold"] <= MOST_SECONDS_UNTOLD
    assert (alarm["Statistic"], alarm["ComparisonOperator"]) == ("Maximum", "GreaterThanThreshold")


def test_single_events_are_missed_before_large_files_are() -> None:
    ages = {queue: _alarms_on("ApproximateAgeOfOldestMessage", queue)[0] for queue in WORK}

    first = min(WORK, key=lambda queue: ages[queue]["Threshold"])

    assert first == "MatchQueue"
    assert ages[first]["Threshold"] <= 600


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_function_that_fails_or_is_throttled_is_named(function: str, metric: str) -> None:
    (alarm,) = _alarms_on(metric, function)

    assert alarm["Namespace"] == "AWS/Lambda"
    assert _text(alarm).startswith(f"{function} ")
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert alarm["Statistic"] == "Sum"


def test_two_hours_without_a_publication_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    (alarm,) = _alarms_on("Published", "AggregateFunction")

    assert alarm["Period"] * alarm["EvaluationPeriods"] == 2 * 3600
    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (1, "LessThanThreshold")
    assert alarm["TreatMissingData"] == "breaching", "nothing counts zero"


def test_the_metric_that_is_counted_is_the_one_that_is_listened_to(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Dimensions are part of a metric's name: one that differs, and the alarm hears nothing."""
    (alarm,) = _alarms_on("Published", "AggregateFunction")

    published()

    line = json.loads(capsys.readouterr().out)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive["Namespace"] == alarm["Namespace"]
    assert [metric["Name"] for metric in directive["Metrics"]] == [alarm["MetricName"]]
    assert directive["Dimensions"] == [[alarm["Dimensions"][0]["Name"]]]
    assert line["FunctionName"] == "", "here no function runs"
    assert line["Published"] == [1]


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_says_what_it_means_and_which_command_helps(alarm: str) -> None:
    text = _text(ALARMS[alarm])

    assert COMMAND.search(text), text
    assert len(re.findall(r"[.:;] ", text)) >= 2, "what happened, what it harms, what to do"
    assert len(text) + 64 * text.count("${") <= 1024, "CloudWatch takes no more"


def test_an_alarm_without_advice_is_caught() -> None:
    assert not COMMAND.search("MatchFunction fails. Have a look at it.")


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_is_told_to_whoever_asked_for_it(stack: Stack, alarm: str) -> None:
    actions = ALARMS[alarm]["AlarmActions"]

    if stack.source["Resources"][alarm].get("Condition") == "HasAlarmEmail":
        assert actions == [{"Ref": "AlarmTopic"}]
    else:
        assert actions == {"Fn::If": ["HasAlarmEmail", [{"Ref": "AlarmTopic"}], []]}


def test_what_nobody_is_told_costs_nearly_nothing(stack: Stack) -> None:
    """Without an address only what must not be lost is watched."""
    resources = stack.source["Resources"]

    always = [name for name in ALARMS if "Condition" not in resources[name]]

    assert sorted(always) == ["DeadLettersAlarm", "MissedSchedulesAlarm"]


def test_the_readme_tells_what_the_alarms_cost(stack: Stack) -> None:
    readme = " ".join((ROOT / "README.md").read_text().split())

    cost = len(ALARMS) * USD_AN_ALARM + USD_A_METRIC
    assert f"{len(ALARMS)} alarms and a metric, {cost:.2f} USD a month" in readme


def _alarms_on(metric: str, resource: str) -> list[dict[str, Any]]:
    """The alarms on one metric of one queue or function."""
    return [
        alarm
        for alarm in ALARMS.values()
        if alarm["MetricName"] == metric
        and [place(dimension["Value"]) for dimension in alarm["Dimensions"]] == [resource]
    ]


def _text(alarm: dict[str, Any]) -> str:
    told = alarm["AlarmDescription"]
    return str(told["Fn::Sub"] if isinstance(told, dict) else told)

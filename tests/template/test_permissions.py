"""One role per function, and in it the calls that it makes: nothing open, nothing spare."""

import pytest

from tests.template.stack import Permission, Stack, open_doors, the_stack

VERBS = sorted(the_stack().functions())
READS = ("Get", "BatchGet", "Query", "Scan", "List", "Describe", "PartiQL", "Select")
KEPT_FROM_DOORS = {"EventsTable", "MetricsTable", "LakeBucket"}
MANAGED = {"AWSLambdaBasicExecutionRole", "AWSLambdaSQSQueueExecutionRole"}


def test_every_function_has_a_role_of_its_own(stack: Stack) -> None:
    roles = {stack.role(verb) for verb in VERBS}

    assert len(roles) == len(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_no_function_may_touch_what_it_does_not_use(stack: Stack, verb: str) -> None:
    found = stack.permissions(verb)

    assert [one for one in found if "*" in one.action] == []
    assert [one for one in found if one.target not in stack.resources] == []


@pytest.mark.parametrize("verb", VERBS)
def test_what_aws_adds_to_a_role_is_only_its_log_and_its_queue(stack: Stack, verb: str) -> None:
    role = stack.of_type("AWS::IAM::Role")[stack.role(verb)]

    assert {arn.rsplit("/", 1)[-1] for arn in role["ManagedPolicyArns"]} <= MANAGED


def test_the_doors_without_a_token_are_found() -> None:
    assert {"planhat", "uploads"} <= set(open_doors())


@pytest.mark.parametrize("verb", open_doors())
def test_an_open_door_can_write_and_never_read(stack: Stack, verb: str) -> None:
    kept = [one for one in stack.permissions(verb) if one.target in KEPT_FROM_DOORS]

    assert [one for one in kept if _reads(one)] == []


def test_the_read_function_writes_nothing(stack: Stack) -> None:
    writes = [one for one in stack.permissions("api") if not _reads(one)]

    assert writes == []


def test_only_the_inbox_rule_may_fill_a_queue_from_outside(stack: Stack) -> None:
    statements = [
        statement
        for policy in stack.of_type("AWS::SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
    ]

    assert [one["Principal"] for one in statements] == [{"Service": "events.amazonaws.com"}]
    assert all("aws:SourceArn" in one["Condition"]["ArnEquals"] for one in statements)


def _reads(permission: Permission) -> bool:
    return permission.action.partition(":")[2].startswith(READS)

"""One role per function, and in it the calls that it makes: nothing open, nothing spare."""

from fnmatch import fnmatchcase

import pytest

from tests.template.stack import TEMPLATE, Permission, Stack, open_doors, the_stack

VERBS = sorted(the_stack().functions())
READS = ("Get", "BatchGet", "Query", "Scan", "List", "Describe", "PartiQL", "Select")
DIRECTORY = "DirectoryTable"
SCREEN = 40
KEPT_FROM_DOORS = {"EventsTable", "MetricsTable", "LakeBucket"}
MANAGED = {"AWSLambdaBasicExecutionRole", "AWSLambdaSQSQueueExecutionRole"}


def verbs_with_a_shared_policy() -> list[str]:
    return [verb for verb in VERBS if the_stack().shared_policies(verb)]


def test_every_function_has_a_role_of_its_own(stack: Stack) -> None:
    roles = {stack.role(verb) for verb in VERBS}

    assert len(roles) == len(VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_no_function_may_touch_what_it_does_not_use(stack: Stack, verb: str) -> None:
    granted = stack.permissions(verb)

    assert [grant for grant in granted if "*" in grant.action] == []
    assert [grant for grant in granted if grant.target not in stack.resources] == []


@pytest.mark.parametrize("verb", VERBS)
def test_what_aws_adds_to_a_role_is_only_its_log_and_its_queue(stack: Stack, verb: str) -> None:
    role = stack.of_type("AWS::IAM::Role")[stack.role(verb)]

    assert {
        arn.rsplit("/", 1)[-1] for arn in role["ManagedPolicyArns"] if isinstance(arn, str)
    } <= MANAGED


def test_the_doors_without_a_token_are_found() -> None:
    assert {"planhat", "uploads"} <= set(open_doors())


@pytest.mark.parametrize("verb", open_doors())
def test_an_open_door_can_write_and_never_read(stack: Stack, verb: str) -> None:
    kept = [grant for grant in stack.permissions(verb) if grant.target in KEPT_FROM_DOORS]

    assert [grant for grant in kept if _reads(grant)] == []


def test_the_read_function_writes_only_what_it_leaves_to_a_job(stack: Stack) -> None:
    writes = [grant for grant in stack.permissions("api") if not _reads(grant)]

    assert [(grant.action, grant.target, grant.keys) for grant in writes] == [
        ("dynamodb:PutItem", DIRECTORY, "*|job"),
        ("sqs:SendMessage", "JobQueue", None),
    ]


def test_the_function_of_jobs_writes_only_their_records_and_answers(stack: Stack) -> None:
    writes = [grant for grant in stack.permissions("answer") if not _reads(grant)]

    assert [(grant.action, grant.resource, grant.keys) for grant in writes] == [
        ("dynamodb:PutItem", DIRECTORY, "*|job"),
        ("sqs:ChangeMessageVisibility", "JobQueue", None),
        ("s3:PutObject", "LakeBucket/answers/*", None),
        ("s3:AbortMultipartUpload", "LakeBucket/answers/*", None),
        ("athena:StartQueryExecution", "LakeWorkgroup", None),
    ]


@pytest.mark.parametrize("verb", VERBS)
def test_no_function_can_make_a_token_or_list_them(stack: Stack, verb: str) -> None:
    """Token hashes lie in the directory table; one of them by its hash is all that is ever read."""
    of_tokens = [
        grant.action
        for grant in stack.permissions(verb)
        if grant.target == DIRECTORY and fnmatchcase("token", grant.keys or "*")
    ]

    assert set(of_tokens) <= {"dynamodb:GetItem"}


@pytest.mark.parametrize("verb", [*verbs_with_a_shared_policy(), "kinesin", "dimensions"])
def test_a_door_reads_and_writes_no_profile(stack: Stack, verb: str) -> None:
    keys = {grant.keys for grant in stack.permissions(verb) if grant.target == DIRECTORY}

    assert keys <= {"tenant", "token", "*|batch"}


def test_a_policy_that_is_shared_is_shared_by_the_doors_of_events_alone() -> None:
    assert set(verbs_with_a_shared_policy()) == {
        *("planhat", "segment", "moesif", "synerise", "natero")
    }


@pytest.mark.parametrize("verb", VERBS)
def test_the_permissions_of_a_function_fit_on_one_screen(verb: str) -> None:
    """From its comment to its last statement, and the policy that it shares with others."""
    shared = [_height(name) for name in the_stack().shared_policies(verb)]

    assert _height(the_stack().functions()[verb], end="      Events:") + sum(shared) <= SCREEN


def test_only_the_inbox_rule_may_fill_a_queue_from_outside(stack: Stack) -> None:
    statements = [
        statement
        for policy in stack.of_type("AWS::SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
    ]

    principals = [statement["Principal"] for statement in statements]
    assert principals == [{"Service": "events.amazonaws.com"}]
    assert all("aws:SourceArn" in entry["Condition"]["ArnEquals"] for entry in statements)


def _height(resource: str, end: str = "") -> int:
    """The lines of a resource in the template, up to the one that begins with `end`."""
    lines = TEMPLATE.read_text().partition(f"\n  {resource}:\n")[2].splitlines()
    return next(n for n, line in enumerate(lines, 1) if line == end)


def _reads(permission: Permission) -> bool:
    return permission.action.partition(":")[2].startswith(READS)

"""No role holds what its function never takes: all calls of this suite against all grants."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.rie.build import Tools
from tests.rie.conftest import HERE, Calls
from tests.rie.gate import spare
from tests.template.stack import Permission, place, the_stack

VERBS = sorted(the_stack().functions())
SHARED = sorted({name for verb in VERBS for name in the_stack().shared_policies(verb)})
PLANTED = Permission("dynamodb:DeleteItem", "DirectoryTable", "token")


@pytest.fixture
def taken(request: pytest.FixtureRequest, tools: Tools, calls: Calls) -> Calls:
    """The calls of the whole suite; a part of it cannot tell what is spare."""
    here = {item.path for item in request.session.items}
    if not set(HERE.glob("test_*.py")) <= here:
        pytest.skip("only all files of tests/rie together make every call")
    return calls


@pytest.mark.parametrize("verb", VERBS)
def test_every_grant_of_a_function_is_one_that_it_takes(taken: Calls, verb: str) -> None:
    assert spare(_grants(verb), taken[verb]) == set()


@pytest.mark.parametrize("policy", SHARED)
def test_every_key_of_a_shared_policy_is_one_that_somebody_takes(taken: Calls, policy: str) -> None:
    holders = [verb for verb in VERBS if policy in the_stack().shared_policies(verb)]
    calls = {call for verb in holders for call in taken[verb]}

    assert spare(the_stack().policy(policy), calls) == set()


@pytest.mark.parametrize("verb", VERBS)
def test_a_grant_that_nobody_needs_is_told(taken: Calls, verb: str) -> None:
    assert spare([*_grants(verb), PLANTED], taken[verb]) == {PLANTED}


def _grants(verb: str) -> Iterator[Permission]:
    """What the function's own calls must take.

    Of a policy that several functions share, one may need but some of the keys. What failed when
    nobody waited for its answer is put aside by Lambda itself, in the function's name.
    """
    shared = [
        grant for name in the_stack().shared_policies(verb) for grant in the_stack().policy(name)
    ]
    queue = the_stack().function(verb).get("DeadLetterConfig", {}).get("TargetArn", "")
    aside = Permission("sqs:SendMessage", place(queue))
    for grant in the_stack().permissions(verb):
        if grant != aside and not _is_for_athena(grant):
            yield replace(grant, keys=None) if grant in shared else grant


def _is_for_athena(grant: Permission) -> bool:
    """What only AWS itself asks for, while Athena answers in the function's name."""
    return grant.action.startswith(("athena:", "glue:")) or grant.action in {
        *("s3:GetBucketLocation", "s3:AbortMultipartUpload")
    }

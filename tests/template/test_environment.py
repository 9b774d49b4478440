"""The template sets what the code reads, and nothing that nobody reads."""

import ast

import pytest

from tests.template.stack import ROOT, Stack, the_stack

ENVIRONMENT = ROOT / "layers" / "shared" / "waypost" / "environment.py"
VERBS = sorted(the_stack().functions())
OTHERS = ("AWS_", "POWERTOOLS_")


def test_every_variable_that_is_read_is_set_for_all_functions(stack: Stack) -> None:
    common = stack.source["Globals"]["Function"]["Environment"]["Variables"]

    assert _own(_read()) == _own(set(common))


@pytest.mark.parametrize("verb", VERBS)
def test_no_function_gets_a_variable_that_nothing_reads(stack: Stack, verb: str) -> None:
    spare = _own(set(stack.environment(verb))) - _read()

    assert spare == set()


def test_a_function_learns_names_and_never_secrets(stack: Stack) -> None:
    text = " ".join(name for verb in VERBS for name in stack.environment(verb))

    assert not any(word in text.upper() for word in ("SECRET", "PASSWORD", "TOKEN", "API_KEY"))


def _read() -> set[str]:
    """The names in capitals that are looked up in environment.py."""
    tree = ast.parse(ENVIRONMENT.read_text())
    names = {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)
    }
    return {name for name in names if isinstance(name, str) and name.isupper()}


def _own(names: set[str]) -> set[str]:
    """Without what the Lambda runtime sets and what Powertools reads by itself."""
    return {name for name in names if not name.startswith(OTHERS)}

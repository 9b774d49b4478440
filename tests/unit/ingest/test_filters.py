"""Allow and deny lists: what a tenant does not want is left out, and says under which rule."""

import pytest

from waypost.event import Event, ItemIgnored
from waypost.ingest import filters
from waypost.tenants import Rule


def check(action: str | None, *policy: Rule, source: str = "segment") -> str:
    try:
        filters.check(Event(action=action), source, policy)
    except ItemIgnored as ignored:
        return f"{ignored.code}: {ignored.message}"
    return "taken"


@pytest.mark.parametrize("action", ["screen.view", "screen.", "screen.a.b"])
def test_a_deny_glob_leaves_out_what_it_fits_and_is_named(action: str) -> None:
    assert check(action, Rule(deny=("screen.*",))) == 'denied: the deny list holds "screen.*"'


@pytest.mark.parametrize("action", ["Screen.view", "a screen.view", "screens"])
def test_a_glob_fits_the_whole_action_letter_by_letter(action: str) -> None:
    assert check(action, Rule(deny=("screen.*",))) == "taken"


def test_with_an_allow_list_only_what_is_on_it_is_taken() -> None:
    policy = Rule(allow=("Logged in", "Created *"))

    outcomes = [check(action, policy) for action in ("Logged in", "Created report", "Viewed")]

    assert outcomes[:2] == ["taken", "taken"]
    assert outcomes[2].startswith("not_allowed")


def test_deny_beats_allow() -> None:
    assert check("Did", Rule(allow=("*",)), Rule(deny=("Did",))).startswith("denied")


def test_a_rule_of_one_source_leaves_the_others_alone() -> None:
    policy = Rule(deny=("*",), source="moesif")

    assert check("Did", policy, source="segment") == "taken"
    assert check("Did", policy, source="moesif").startswith("denied")


def test_activity_without_an_action_passes() -> None:
    assert check(None, Rule(deny=("*",), allow=("x",))) == "taken"


@pytest.mark.parametrize("glob", ["[", "[a-", "**", "a\\", "(?i)x"])
def test_no_glob_breaks_the_door(glob: str) -> None:
    assert check("Did", Rule(deny=(glob,))) in ("taken", f'denied: the deny list holds "{glob}"')

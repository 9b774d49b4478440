"""Allow and deny lists: what a tenant does not want is left out, and says under which rule."""

import re
from typing import Any

import pytest

from waypost.event import Event, ItemError
from waypost.ingest import filters
from waypost.sources.synerise_actions import SHORT_ACTION
from waypost.tenants import Rule


def check(
    action: str | None, *policy: Rule, source: str = "segment", site: str = "", **said: Any
) -> str:
    try:
        filters.check(Event(action=action, **said), source, policy, site)
    except ItemError as refused:
        return f"{refused.code}: {refused.message}"
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


@pytest.mark.parametrize(
    ("said", "site"),
    [
        ({"page": "https://shop.example/cart?x=1"}, "shop.example"),
        ({"page": "HTTP://ann:secret@Shop.Example:8080"}, "shop.example"),
        ({"page": "Cart", "properties": {"url": "https://shop.example/"}}, "Shop.Example"),
        ({"properties": {"pageUrl": "https://www.shop.example"}}, "*.shop.example"),
        ({"properties": {"context": {"page": {"url": "https://shop.example"}}}}, "shop.*"),
    ],
)
def test_a_rule_of_a_site_is_about_what_happens_there(said: dict[str, Any], site: str) -> None:
    rule = Rule(deny=("Did",), site=site)

    assert check("Did", rule, **said).startswith("denied")
    assert check("Did", rule, page="https://other.example/shop.example") == "taken"


@pytest.mark.parametrize(
    "said",
    [{}, {"page": "/cart"}, {"page": "https://"}, {"properties": {"url": 7, "context": "page"}}],
)
def test_what_names_no_page_is_of_no_site(said: dict[str, Any]) -> None:
    assert check("Did", Rule(deny=("*",), site="*.example"), **said) == "taken"


def test_the_site_that_a_sender_declares_counts_before_the_host_of_the_page() -> None:
    shop, docs = Rule(deny=("Did",), site="shop"), Rule(deny=("Did",), site="docs.example")
    page = "https://docs.example/"

    assert check("Did", shop, site="Shop", page=page).startswith("denied")
    assert check("Did", docs, site="shop", page=page) == "taken"


def test_each_site_has_an_allow_list_of_its_own() -> None:
    policy = (Rule(allow=("Bought",), site="shop"), Rule(allow=("Read",), site="docs"))

    assert [check("Bought", *policy, site=site)[:4] for site in ("shop", "docs", "")] == [
        "take",
        "not_",
        "take",
    ]


ACTIONS = [
    "page.visit",
    "a.b",
    "a.b.c",
    "x" * 31 + ".y",
    "x" * 30 + ".y",
    "visit",
    ".b",
    "a.",
    "A b.c",
]


@pytest.mark.parametrize("action", ACTIONS)
def test_a_site_may_want_actions_as_short_as_synerise(action: str) -> None:
    short = action in ("page.visit", "a.b", "a.b.c", "x" * 30 + ".y")
    rule = Rule(short_actions=True, site="shop")

    assert (check(action, rule, site="shop") == "taken") is short
    assert (re.fullmatch(SHORT_ACTION, action) is not None) is short
    assert check(action, rule, site="docs") == "taken"


def test_what_is_denied_is_ignored_whatever_its_form() -> None:
    rule = Rule(short_actions=True, deny=("*",))

    assert check("Much too long, and with spaces at that", rule).startswith("denied")

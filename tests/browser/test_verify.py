"""`waypost verify`: what is wrong with a page is named, and a page that works is left in peace."""

import re

import pytest

from tests.browser import pages
from tests.browser.pages import IDENTIFY, KNOWN
from tests.browser.site import NONCE, policy
from tests.browser.world import Waypost, World
from waypost.cli.verify import installed


def verified(
    world: World, waypost: Waypost, head: str, csp: str | None = None, seconds: int = 5
) -> tuple[int, str]:
    """Exit code and what `waypost verify` printed about a page; `seconds`: its patience with it."""
    address = world.publish("/", head, csp=csp or policy(world.proxy.url))
    named = ("--chromium", installed() or "", "--seconds", str(seconds))
    done = waypost("verify", address, *named)
    return done.returncode, re.sub(r"\s+", " ", done.stdout + done.stderr)


def test_verify_finds_nothing_wrong_with_a_page_that_works(world: World, waypost: Waypost) -> None:
    code, said = verified(world, waypost, world.snippet(IDENTIFY))

    assert code == 0, said


def test_verify_itself_is_not_counted_as_somebodys_activity(world: World, waypost: Waypost) -> None:
    verified(world, waypost, world.snippet(IDENTIFY + 'plantrack.track("One")'))

    assert {item["bot"] for item in world.taken()} <= {True}
    assert world.local.counts(world.customer)["stored"] == 0


@pytest.mark.parametrize(
    ("opened", "names"), [("connect-src", "script-src"), ("script-src", "connect-src")]
)
def test_verify_names_what_the_policy_blocks(
    opened: str, names: str, world: World, waypost: Waypost
) -> None:
    origin, nonce = world.proxy.url, f"'nonce-{NONCE}'"
    csp = f"default-src 'none'; script-src {nonce}; connect-src {origin}"
    if opened == "script-src":
        csp = f"default-src 'none'; script-src {origin} {nonce}"

    code, said = verified(world, waypost, world.snippet(IDENTIFY), csp, seconds=2)

    assert code == 1, said
    assert names in said
    assert origin in said


def test_verify_names_a_tenant_that_does_not_exist(world: World, waypost: Waypost) -> None:
    text = pages.documented(world.proxy.url, "no-such-tenant", calls=IDENTIFY)

    code, said = verified(world, waypost, pages.inline(text))

    assert code == 1, said
    assert "no-such-tenant" in said


def test_verify_says_that_nobody_is_identified_yet(world: World, waypost: Waypost) -> None:
    code, said = verified(world, waypost, world.snippet())

    assert code == 0, said
    assert "identify" in said


def test_verify_says_that_there_is_no_snippet(world: World, waypost: Waypost) -> None:
    code, said = verified(world, waypost, "", seconds=1)

    assert code == 1, said
    assert "snippet" in said


def test_verify_leaves_a_page_that_uses_na_in_peace(world: World, waypost: Waypost) -> None:
    code, said = verified(world, waypost, world.tracker(options=KNOWN))

    assert code == 0, said
    assert world.local.counts(world.customer)["received"] == 0


def test_verify_says_that_nobody_is_logged_in(world: World, waypost: Waypost) -> None:
    code, said = verified(world, waypost, world.tracker())

    assert code == 1, said
    assert "logged in" in said


def test_verify_names_keys_that_nobody_has(world: World, waypost: Waypost) -> None:
    made = 'na("no-such-tenant", "web", {"accountId": "acme", "userId": "u1"})'

    code, said = verified(world, waypost, pages.external(world.script) + pages.inline(made))

    assert code == 1, said
    assert "no-such-tenant" in said


@pytest.mark.parametrize("directive", ["script-src", "connect-src"])
def test_verify_names_what_stops_na(directive: str, world: World, waypost: Waypost) -> None:
    csp = re.sub(f"{directive} {world.proxy.url}", directive, policy(world.proxy.url))

    code, said = verified(world, waypost, world.tracker(options=KNOWN), csp, seconds=2)

    assert code == 1, said
    assert f"{world.proxy.url} to {directive}" in said

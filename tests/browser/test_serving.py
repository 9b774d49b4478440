"""Serving: the script's two addresses, and the snippet of `waypost snippet`."""

import json

import pytest

from tests.browser import pages
from tests.browser.pages import IDENTIFY, KNOWN
from tests.browser.site import NONCE, policy
from tests.browser.tabs import loaded
from tests.browser.world import VISITED, Waypost, World
from waypost.cli import snippet


def pasted(text: str) -> str:
    """The printed snippet with what its user fills in."""
    return text.replace("USER_ID", "u1").replace("EMAIL", "ada@acme.com").replace("COMPANY", "acme")


def hashed(world: World) -> tuple[str, str]:
    """The immutable address of the script and its SRI value, as `waypost snippet --sri` knows."""
    build = snippet.fetch(world.proxy.url)
    return f"{world.proxy.url}/analytics/script/{build.name}", build.integrity


def test_a_browser_that_holds_the_script_fetches_it_no_second_time(world: World) -> None:
    page = world.track(IDENTIFY)
    loaded(page)

    page.goto(world.publish("/next", world.snippet()))
    loaded(page)

    fetched = [x for x in world.proxy.seen if x.path.endswith("plantrack.min.js")]
    assert len(fetched) == 1


def test_a_browser_that_asks_again_is_told_that_nothing_changed(world: World) -> None:
    page = world.track(IDENTIFY)
    loaded(page)

    page.reload()
    page.evaluate(f'() => fetch("{world.script}", {{ cache: "no-cache" }})')
    world.wait(page, 1)
    page.goto(world.publish("/next", world.snippet('plantrack.track("One")')))
    loaded(page)
    world.wait(page, 2)

    fetched = [x.upstream for x in world.proxy.seen if x.path.endswith("plantrack.min.js")]
    assert fetched[0] == 200
    assert set(fetched[1:]) == {304}
    world.among("One")


def test_the_hashed_name_is_fetched_once_for_a_year(world: World) -> None:
    address, _ = hashed(world)

    status, _, headers = world.local.send("GET", address.removeprefix(world.proxy.url))
    other, _, _ = world.local.send("GET", "/analytics/script/plantrack.0123456789abcdef.min.js")

    assert (status, other) == (200, 404)
    assert "immutable" in headers["cache-control"]
    assert "max-age=31536000" in headers["cache-control"]


def test_a_browser_runs_the_builds_that_its_sri_values_name(world: World, waypost: Waypost) -> None:
    printed = waypost("snippet", "--na", "--sri", "--nonce", NONCE).stdout
    asked = len(world.proxy.seen)
    page = world.open(printed.replace("{}", json.dumps(KNOWN)))

    page.evaluate('tracker.sendFeatureEvent("One")')
    world.wait(page, 20)

    world.acted("One")
    fetched = [x.path for x in world.proxy.seen[asked:] if x.method == "GET"]
    assert sorted(path.split(".")[0] for path in fetched) == [
        "/analytics/script/na",
        "/analytics/script/plantrack",
    ]


def test_a_browser_refuses_another_build_than_its_sri_value_names(world: World) -> None:
    address, integrity = hashed(world)
    wrong = integrity[:-4] + "AAAA"
    world.expect("integrity")

    page = world.open(pages.external(address, integrity=wrong, crossorigin="anonymous"))

    assert page.evaluate("typeof window.na") == "undefined"


@pytest.mark.parametrize("sri", [[], ["--sri"]])
def test_the_printed_snippet_works_as_it_is_pasted(
    sri: list[str], world: World, waypost: Waypost
) -> None:
    printed = waypost("snippet", "--nonce", NONCE, *sri)
    page = world.open(pasted(printed.stdout))
    loaded(page)

    page.evaluate('plantrack.track("One")')
    world.wait(page, 5)

    assert (printed.returncode, printed.stderr) == (0, "")
    (event,) = [e for e in world.exactly(*VISITED, "One") if e["action"] == "One"]
    assert (event["user"]["email"], event["account_id"]) == ("ada@acme.com", "acme")
    assert ("integrity" in printed.stdout) == bool(sri)


def test_the_printed_snippet_without_a_nonce_works_where_inline_code_may_run(
    world: World, waypost: Waypost
) -> None:
    printed = waypost("snippet").stdout
    csp = policy(world.proxy.url).replace(f"'nonce-{NONCE}'", "'unsafe-inline'")
    page = world.open(pasted(printed), csp=csp)
    loaded(page)

    world.wait(page, 5)

    world.exactly(*VISITED)


def test_a_policy_that_trusts_nonces_alone_runs_the_printed_snippet(
    world: World, waypost: Waypost
) -> None:
    printed = waypost("snippet", "--nonce", NONCE).stdout
    csp = f"default-src 'none'; script-src 'nonce-{NONCE}'; connect-src {world.proxy.url}"
    own = pages.inline(f'na("{world.customer.tenant}", "web", {json.dumps(KNOWN)}).syncEvents()')
    page = world.open(pasted(printed), csp=csp)
    loaded(page)
    world.wait(page, 5)

    page.goto(world.publish("/na", pages.external(world.script, nonce=NONCE) + own, csp=csp))
    world.wait(page, 5)

    world.exactly(*VISITED, "pageView")


def test_the_printed_snippet_queues_every_call_until_the_script_is_there(
    world: World, waypost: Waypost
) -> None:
    printed = pasted(waypost("snippet", "--nonce", NONCE).stdout)
    calls = 'plantrack.consent(true); plantrack.page("Named"); plantrack.track("One");'
    page = world.open(printed + pages.inline(calls))
    loaded(page)

    world.wait(page, 5)

    world.exactly(*VISITED, "page.visit", "One")

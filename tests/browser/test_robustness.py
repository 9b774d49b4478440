"""Robustness: nothing that a page passes, patches or left behind makes the script throw."""

from typing import Any

import pytest

from tests.browser.pages import IDENTIFY
from tests.browser.payloads import HOSTILE
from tests.browser.tabs import loaded
from tests.browser.world import World

POLLUTE = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'


@pytest.mark.parametrize("payload", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_call_throws_whatever_it_is_given(payload: str, world: World) -> None:
    head = world.tracker("", {"accountId": "acme", "userId": "u0"}) + world.snippet(IDENTIFY)
    page = world.open(head)
    loaded(page)
    world.expect("^(?!thrown)")  # addresses that lead nowhere, keys that nobody has

    thrown = page.evaluate(
        f"""() => {{
          const thrown = [];
          const each = (owner, names) => names.forEach((name) => {{
            for (const given of [[V()], ["x", V()], [V(), V(), V()], ["x", {{ a: V() }}]]) {{
              try {{ owner[name](...given); }} catch (error) {{ thrown.push(name + ": " + error); }}
            }}
          }});
          const V = () => {payload};
          each(plantrack, ["push", "load", "init", "page", "track", "identify"]);
          each(tracker, Object.keys(tracker).filter((name) => name != "logout"));
          const odd = [[V()], ["a", V()], ["a", "b", V()], [V(), "a", {{ userId: V() }}]];
          for (const given of odd) {{
            try {{ na(...given); }} catch (error) {{ thrown.push("na: " + error); }}
          }}
          return thrown;
        }}"""
    )
    page.evaluate('plantrack.identify("u1"); plantrack.track("Still here")')
    world.wait(page, 10)

    assert thrown == []
    world.among("Still here")
    assert page.evaluate("[({}).polluted, [].polluted, window.polluted]") == [None, None, None]


def test_no_cookie_queue_storage_or_attribute_pollutes_a_prototype(world: World) -> None:
    cookie: Any = {"name": "_plantrack", "value": POLLUTE, "url": world.site.url}
    body = """<button data-plantrack-event="Pressed" data-plantrack-__proto__="polluted"
      data-plantrack-constructor="polluted" data-plantrack-proto="x">Press</button>
      <form data-plantrack-event="Sent"><input name="__proto__" value="polluted"
      data-plantrack-field></form>"""
    queued = f"""plantrack.push(["__proto__", {POLLUTE}], ["constructor", {POLLUTE}]);
      plantrack.init(JSON.parse('{POLLUTE}')); plantrack.track("One", JSON.parse('{POLLUTE}'));
      for (const key of ["q1", "turn", "session", "unwanted"])
        localStorage["plantrack." + key] = '{POLLUTE}';"""
    visitor = world.visitor()
    visitor.add_cookies([cookie])
    page = visitor.new_page()
    page.goto(world.publish("/", world.snippet(IDENTIFY + queued), body))
    loaded(page)

    page.click("button")
    world.wait(page, 20)

    world.among("Pressed")
    assert page.evaluate("[({}).polluted, [].polluted, (() => 0).polluted]") == [None, None, None]

"""Tagged elements: what a page says in its markup is sent as it says, and nothing else."""

from tests.browser.pages import IDENTIFY
from tests.browser.tabs import loaded
from tests.browser.world import VISITED, World

BUTTON = """<button data-plantrack-event="Viewed prices" data-plantrack-weight="2"
  data-plantrack-plan="pro"><b>Prices</b></button><p>Text</p><button id="other">Other</button>"""

FORM = """<form action="/sent" method="post" data-plantrack-event="Asked for a demo">
  <input name="seats" value="12" data-plantrack-field>
  <select name="plan" data-plantrack-field><option>pro</option></select>
  <input name="phone" value="555-1234">
  <input name="password" type="password" value="hunter2" data-plantrack-field>
  <button>Send</button></form>"""

# Each name stands for a property or a method of the form itself.
SHADOWED = """<form data-plantrack-event="Applied" onsubmit="return false">
  <input name="attributes" value="many" data-plantrack-field>
  <input name="getAttribute"><input name="getAttributeNames"><input name="querySelectorAll">
  <input name="closest"><input name="tagName"><input name="nodeType"><input name="action">
  <button>Send</button></form>"""
IN_SHADOW = """() => {
  const root = document.querySelector("#host").attachShadow({ mode: "open" });
  root.innerHTML = `<button data-plantrack-event="Pressed"><i>Press</i></button>
    <form data-plantrack-event="Signed up"><input name="plan" value="pro" data-plantrack-field>
    <button id="send">Send</button></form><p data-plantrack-hover="Read">Small</p>`;
  root.querySelector("form").addEventListener("submit", (event) => event.preventDefault());
}"""


def test_a_click_on_a_tagged_element_is_an_event_with_its_properties(world: World) -> None:
    page = world.track(IDENTIFY, body=BUTTON)
    loaded(page)

    page.click("b")
    page.click("p")
    page.click("#other")
    world.wait(page, 20)

    events = world.exactly(*VISITED, "Viewed prices")
    (event,) = [e for e in events if e["action"] == "Viewed prices"]
    assert (event["weight"], event["info"]) == (2, {"plan": "pro"})


def test_a_tagged_link_that_leads_away_is_an_event_and_still_leads_away(world: World) -> None:
    address = world.publish("/target", "")
    link = f'<a href="{address}" data-plantrack-event="Followed">Go</a>'
    page = world.track(IDENTIFY, body=link)
    loaded(page)

    page.click("a")
    page.wait_for_url(address)

    world.exactly(*VISITED, "Followed")


def test_a_tagged_element_that_is_added_later_counts_as_well(world: World) -> None:
    page = world.track(IDENTIFY)
    loaded(page)

    page.evaluate(
        """() => {
          const button = document.createElement("button");
          button.dataset.plantrackEvent = "Pressed";
          button.textContent = "Press";
          document.body.append(button);
        }"""
    )
    page.click("button")
    world.wait(page, 2)

    world.exactly(*VISITED, "Pressed")


def test_a_tagged_form_tells_its_tagged_fields_and_no_other(world: World) -> None:
    world.publish("/sent", "")
    page = world.track(IDENTIFY, body=FORM)
    loaded(page)

    page.click("button")
    page.wait_for_url("**/sent")

    events = world.exactly(*VISITED, "Asked for a demo")
    (event,) = [e for e in events if e["action"] == "Asked for a demo"]
    assert (event["info"]["seats"], event["info"]["plan"]) == ("12", "pro")
    sent = b"".join(post.body for post in world.proxy.posts())
    assert b"555-1234" not in sent
    assert b"hunter2" not in sent


def test_how_long_a_tagged_element_is_hovered_over_is_told(world: World) -> None:
    boxes = '<p data-plantrack-hover="Read the fine print">Small</p><h1>Big</h1>'
    page = world.track(IDENTIFY, body=boxes)
    loaded(page)

    page.hover("p")
    world.wait(page, 4)
    page.hover("h1")
    world.wait(page, 2)

    (event,) = world.acted("Read the fine print")
    assert 4_000 <= event["info"]["duration"] < 6_000


def test_a_pointer_that_only_passes_is_no_hovering(world: World) -> None:
    boxes = '<p data-plantrack-hover="Read the fine print">Small</p><h1>Big</h1>'
    page = world.track(IDENTIFY, body=boxes)
    loaded(page)

    page.hover("h1")
    page.evaluate(
        """() => ["p", "h1"].forEach((name) => document.querySelector(name)
          .dispatchEvent(new MouseEvent("mouseover", { bubbles: true })))"""
    )
    world.wait(page, 20)

    world.exactly(*VISITED)


def test_what_lies_in_an_open_shadow_root_counts_as_well(world: World) -> None:
    page = world.track(IDENTIFY, body='<div id="host"></div><h1>Big</h1>')
    loaded(page)
    page.evaluate(IN_SHADOW)

    page.click("i")
    page.click("#send")
    page.hover("p")
    world.wait(page, 4)
    page.hover("h1")
    world.wait(page, 2)

    events = {
        e["action"]: e["info"] for e in world.exactly(*VISITED, "Pressed", "Signed up", "Read")
    }
    assert events["Signed up"] == {"plan": "pro"}
    assert 4_000 <= events["Read"]["duration"] < 6_000


def test_a_form_whose_inputs_are_named_like_its_methods_counts(world: World) -> None:
    csp = f"script-src {world.proxy.url} 'unsafe-inline'"
    page = world.track(IDENTIFY, body=SHADOWED, csp=csp)
    loaded(page)

    page.evaluate('document.querySelector("button").click()')
    world.wait(page, 2)

    (event,) = world.acted("Applied")
    assert event["info"] == {"attributes": "many"}

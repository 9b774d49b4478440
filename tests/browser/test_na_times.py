"""na: how long session, module and page were in use, and when nobody was there."""

import pytest
from playwright.sync_api import Page

from tests.browser.pages import KNOWN
from tests.browser.world import World


def test_a_change_of_module_tells_how_long_the_last_was_in_use(world: World) -> None:
    page = world.na('tracker.setModuleId("Reports")', KNOWN)

    world.wait(page, 20)
    page.evaluate('tracker.setModuleId("Admin")')
    world.wait(page, 10)
    page.evaluate('tracker.setModuleId("Admin"); tracker.setModuleId("Reports")')
    world.sync(page)

    reports, admin = world.acted("moduleEnd", "moduleEnd")
    assert (reports["module"], admin["module"]) == ("Reports", "Admin")
    assert 20_000 <= reports["module_ms"] < 23_000
    assert 10_000 <= admin["module_ms"] < 13_000


def test_the_session_reports_its_active_time_every_15_seconds(world: World) -> None:
    page = world.na(options=KNOWN)

    world.wait(page, 46)
    world.sync(page)

    events = world.among("sessionSync", "sessionSync", "sessionSync")
    events = [e for e in events if e["action"] == "sessionSync"]
    assert len(events) == 3
    assert all(14_000 <= e["active_ms"] < 18_000 for e in events)
    assert {e["session"] for e in events} != {None}


def test_how_often_the_session_reports_can_be_chosen(world: World) -> None:
    page = world.na(options=KNOWN | {"sessionSyncInterval": 5})

    world.wait(page, 21)
    world.sync(page)

    events = world.among(*["sessionSync"] * 4)
    assert [e["action"] for e in events].count("sessionSync") == 4


@pytest.mark.parametrize(("minutes", "options"), [(30, {}), (2, {"sessionTimeout": 2})])
def test_a_session_ends_after_its_time_of_silence(
    minutes: int, options: dict[str, int], world: World
) -> None:
    page = world.na('tracker.sendFeatureEvent("One")', KNOWN | options)

    world.wait(page, minutes * 60 - 20)
    page.mouse.move(9, 9)
    page.evaluate('tracker.sendFeatureEvent("Two")')
    page.clock.fast_forward((minutes * 60 + 70) * 1000)
    page.mouse.move(20, 20)
    page.evaluate('tracker.sendFeatureEvent("Three")')
    world.sync(page)

    events = {e["action"]: e for e in world.among("One", "Two", "Three")}
    assert events["One"]["session"] == events["Two"]["session"]
    assert events["Three"]["session"] != events["Two"]["session"]


def test_without_a_click_a_movement_or_a_key_the_visitor_is_idle(world: World) -> None:
    page = world.na('tracker.setModuleId("Reports")', KNOWN)

    world.wait(page, 300)
    world.sync(page)

    module, idle = sorted(world.acted("moduleEnd", "sessionIdle"), key=lambda e: e["action"])
    syncs = [e for e in world.among("sessionSync") if e["action"] == "sessionSync"]
    assert module["module"] == "Reports"
    assert 50_000 < module["module_ms"] < 70_000
    active = idle.get("active_ms", 0) + sum(e["active_ms"] for e in syncs)
    assert 50_000 < active < 70_000


@pytest.mark.parametrize("sign", ["click", "move", "key"])
def test_a_sign_of_life_resumes_and_idle_time_is_not_counted(sign: str, world: World) -> None:
    page = world.na('tracker.setModuleId("Reports")', KNOWN)
    world.wait(page, 600)

    stir(page, sign)
    world.wait(page, 20)
    page.evaluate('tracker.setModuleId("Admin")')
    world.sync(page)

    events = world.acted("moduleEnd", "sessionIdle", "moduleEnd")
    after, before = sorted(e["module_ms"] for e in events if e["action"] == "moduleEnd")
    assert 50_000 < before < 70_000
    assert 20_000 <= after < 30_000


def stir(page: Page, sign: str) -> None:
    if sign == "click":
        page.mouse.click(30, 30)
    elif sign == "move":
        page.mouse.move(40, 40)
    else:
        page.keyboard.press("a")


@pytest.mark.parametrize("sign", ["click", "move", "key"])
def test_whoever_does_something_is_not_idle(sign: str, world: World) -> None:
    page = world.na('tracker.setModuleId("Reports")', KNOWN)

    for _ in range(8):
        world.wait(page, 25)
        stir(page, sign)
        page.mouse.move(1, 1)
    page.evaluate('tracker.sendFeatureEvent("Still here")')
    world.sync(page)

    world.acted("Still here")


def test_leaving_tells_how_long_page_and_module_were_in_use(world: World) -> None:
    page = world.na('tracker.setModuleId("Reports")', KNOWN)
    world.wait(page, 20)

    page.close()

    events = {e["action"]: e for e in world.among("moduleEnd", "pageViewEnd")}
    assert events["moduleEnd"]["module"] == "Reports"
    assert 20_000 <= events["moduleEnd"]["module_ms"] < 25_000
    assert 20_000 <= events["pageViewEnd"]["info"]["time_spent"] < 25_000


def test_an_idle_visitor_leaves_without_a_second_end_of_the_module(world: World) -> None:
    page = world.na('tracker.setModuleId("Reports")', KNOWN)
    world.wait(page, 200)

    page.goto(world.publish("/plain", ""))
    page.close()

    world.acted("moduleEnd", "sessionIdle")


def test_leaving_tells_nothing_where_that_is_switched_off(world: World) -> None:
    page = world.na('tracker.sendFeatureEvent("One")', KNOWN | {"trackUnload": False})
    world.wait(page, 5)

    page.close()

    world.acted("One")
    assert "pageViewEnd" not in [e["action"] for e in world.arrived(2)]

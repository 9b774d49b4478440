"""Random visits under faults: nothing is counted twice, and nothing acknowledged is missing."""

import pytest

from tests import effort
from tests.browser.journeys import Journeys
from tests.browser.world import World

# Bugs that a script could have, put between the real one and its network.
NEW_ID_PER_RESEND = """{
  const renamed = (body) => JSON.stringify(JSON.parse(body).map(
    (event) => ({ ...event, messageId: String(Math.random()) })));
  const fetches = window.fetch, beacon = Navigator.prototype.sendBeacon;
  window.fetch = (url, o) => fetches(url, o && o.body ? { ...o, body: renamed(o.body) } : o);
  Navigator.prototype.sendBeacon = function (url, body) {
    return beacon.call(this, url, renamed(body)); };
}"""
FORGETS_WHAT_WAS_REFUSED = """{
  const fetches = window.fetch;
  window.fetch = (url, o) => fetches(url, o).then((answer) =>
    answer.ok ? answer : new Response("{}", { status: 200 }));
}"""


@pytest.mark.parametrize("seed", range(1, effort.times(1, 1, 4) + 1))
def test_50_random_visits_double_nothing_and_lose_nothing(seed: int, world: World) -> None:
    journeys = Journeys(world, world.visitor(), seed)

    journeys.run(50)

    outcome = journeys.outcome()
    assert len(journeys.tracked) > 200
    assert outcome.counts["duplicate"] > 20, "the faults made the browser send too little again"
    assert (outcome.doubled, outcome.lost, outcome.missing) == (set(), set(), set())


def test_the_check_finds_a_script_with_a_new_id_for_every_resend(world: World) -> None:
    visitor = world.visitor()
    visitor.add_init_script(NEW_ID_PER_RESEND)
    journeys = Journeys(world, visitor, 1)

    journeys.run(12)

    assert journeys.outcome().doubled


def test_the_check_finds_a_script_that_forgets_what_was_refused(world: World) -> None:
    visitor = world.visitor()
    visitor.add_init_script(FORGETS_WHAT_WAS_REFUSED)
    journeys = Journeys(world, visitor, 1)

    journeys.run(20)

    assert journeys.outcome().missing

"""Every interleaving of two hourly runs, `match` and a crash ends in numbers that are right."""

import pytest

from tests.faults.publication_model import Arrival, Landing, Scenario, explore

E, F, G = Arrival("e", 1), Arrival("f", 2), Arrival("g", 6)
FIRST, TWIN, THIRD = Arrival("x", 3), Arrival("x", 4), Arrival("x", 5)

SCENARIOS = {
    "one hour": Scenario(
        {"p": Landing(1, (G,)), "a": Landing(1, (E,)), "b": Landing(1, (F,))}, ("p",), ("a",)
    ),
    "hours apart": Scenario({"a": Landing(1, (E,)), "b": Landing(3, (F,))}, (), ("a",)),
    "an event twice, the earlier reception lands later": Scenario(
        {"a": Landing(1, (TWIN,)), "b": Landing(2, (FIRST, F))}, (), ("a",)
    ),
    "the same, hours apart": Scenario(
        {"a": Landing(1, (TWIN,)), "b": Landing(3, (FIRST,)), "c": Landing(1, (F,))}, (), ("a",)
    ),
    "redelivered in the next hour": Scenario(
        {"a": Landing(1, (E,)), "b": Landing(2, (E, F))}, (), ("a",)
    ),
    "a file loses its last row": Scenario(
        {
            "a": Landing(1, (TWIN,)),
            "b": Landing(2, (FIRST,)),
            "c": Landing(1, (THIRD,)),
            "d": Landing(1, (G,)),
        },
        ("a",),
        ("b", "c"),
    ),
    "two days": Scenario(
        {"a": Landing(1, (E, Arrival("h", 3, 1))), "b": Landing(1, (Arrival("f", 2, 1),))},
        (),
        ("a",),
        1,
    ),
}

BUGS = {
    "manifests read after the listing": "one hour",
    "a claim keeps the version": "one hour",
    "no fence": "one hour",
    "no If-Match": "one hour",
    "files listed after the claim": "one hour",
    "two runs may write the same bytes": "one hour",
    "marked as read before publishing": "one hour",
    "doubtful hours are no work": "hours apart",
    "an empty file is deleted": "a file loses its last row",
    "empty files of doubtful hours left out": "an event twice, the earlier reception lands later",
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_interleaving_ends_in_wrong_numbers(name: str) -> None:
    found = explore(SCENARIOS[name])

    assert found.states > 10_000
    assert found.endings > 50
    assert found.wrong == []


@pytest.mark.parametrize("bug", BUGS)
def test_the_model_catches_a_planted_bug(bug: str) -> None:
    found = explore(SCENARIOS[BUGS[bug]], bug)

    assert found.wrong

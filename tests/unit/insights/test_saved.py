"""Saved questions: their names, their size, and what is given beside them."""

import pytest

from waypost.errors import Refused
from waypost.insights import saved
from waypost.insights.saved import MOST_BYTES, SavedQuestion


def question(name: str = "weekly", value: str = "users") -> SavedQuestion:
    return SavedQuestion(name, "metrics", {"metric": [value]}, 1_800_000_000_000)


@pytest.mark.parametrize("name", ["a", "Active users-by_week 2", "x" * 64, "-", "_"])
def test_names_of_letters_digits_spaces_dashes_and_underscores_are_taken(name: str) -> None:
    saved.check(question(name))


@pytest.mark.parametrize(
    "name", ["", "x" * 65, " a", "a ", " ", "a/b", "a.b", "a|b", "ä", "a\n", "a\nb", "..", "a%20b"]
)
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(Refused) as refusal:
        saved.check(question(name))

    assert (refusal.value.code, refusal.value.extra["field"]) == ("bad_question", "name")


def test_a_question_has_8000_bytes_at_most() -> None:
    saved.check(question(value="x" * (MOST_BYTES - 200)))

    with pytest.raises(Refused) as refusal:
        saved.check(question(value="ä" * (MOST_BYTES // 2)))

    assert refusal.value.code == "bad_question"


def test_what_is_given_beside_a_question_takes_the_place_of_its_own() -> None:
    own = {"metric": ["users"], "action": ["a", "b"]}

    assert saved.with_others(own, {"action": ["c"], "interval": ["day"], "metric": [""]}) == {
        "metric": ["users"],
        "action": ["c"],
        "interval": ["day"],
    }
    assert saved.with_others(own, {}) == own


@pytest.mark.parametrize("given", [{"last": ["7d"]}, {"from": ["2026-01-01"]}])
def test_one_span_takes_the_place_of_another(given: dict[str, list[str]]) -> None:
    own = {"metric": ["users"], "last": ["30d"], "to": ["2026-02-01"]}

    assert saved.with_others(own, given) == {"metric": ["users"], **given}

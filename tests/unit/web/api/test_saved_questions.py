"""Saved questions: only what its route would answer is saved, within bounds, by name."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.asking import asked
from tests.unit.lake.lakes import NOW, TENANT
from tests.unit.web.question_world import KIND, World, counted
from waypost.errors import BadQuery, NotFound, Refused
from waypost.insights.saved import MOST_BYTES, MOST_QUESTIONS
from waypost.times import iso
from waypost.web.api import routes, saved, saving


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setitem(routes.QUESTIONS, KIND, counted)
    return World(tmp_path)


def save(world: World, name: str = "q", **body: Any) -> saved.QuestionAnswer:
    text = json.dumps({"kind": KIND, **body}).encode()
    return saving.save(TENANT, name, text, world.saving())


def names(world: World) -> list[str]:
    answer = saved.questions(TENANT, asked(), world.questions)
    assert answer.total == len(answer.questions)
    return [question.name for question in answer.questions]


def test_a_question_is_saved_as_it_is_read_again(world: World) -> None:
    given = {"least": 2, "explain": True, "filter": ["action=a", "info.x exists"], "last": "7d"}

    answer = save(world, "Weekly a", parameters=given, title="A by week")

    assert saved.question(TENANT, "Weekly a", world.questions) == answer
    assert (answer.kind, answer.title, answer.saved) == (KIND, "A by week", iso(NOW))
    assert answer.parameters == {
        "least": ["2"],
        "explain": ["true"],
        "filter": ["action=a", "info.x exists"],
        "last": ["7d"],
    }


def test_a_question_takes_the_place_of_the_one_before(world: World) -> None:
    save(world, parameters={"least": 1})
    save(world, parameters={"least": 2})

    assert names(world) == ["q"]
    assert saved.question(TENANT, "q", world.questions).parameters == {"least": ["2"]}


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"lesat": 1}, "lesat"),
        ({"least": "many"}, "least"),
        ({"least": [1, 2]}, "least"),
        ({"filter": ["nonsense"]}, "filter"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"format": "xml"}, "format"),
        ({"from": "2027-02-30"}, "from"),
    ],
)
def test_what_the_route_would_refuse_is_not_saved(
    world: World, parameters: dict[str, Any], field: str
) -> None:
    with pytest.raises(BadQuery) as refusal:
        save(world, parameters=parameters)

    assert refusal.value.extra["field"] == field
    assert names(world) == []


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "conuted"},
        {"kind": "runs"},
        {"kind": 1},
        {"nmae": "q"},
        {"parameters": {"least": {"a": 1}}},
        {"parameters": ["least"]},
        {"parameters": {"least": None}},
        {"title": 7},
    ],
)
def test_a_body_that_is_no_question_is_refused(world: World, body: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        save(world, **body)

    assert names(world) == []


def test_a_kind_that_there_is_not_is_told_with_what_may_be_meant(world: World) -> None:
    with pytest.raises(Refused, match="did you mean counted"):
        save(world, kind="conuted")


@pytest.mark.parametrize("name", ["a/b", "x" * 65, " a", ""])
def test_a_name_that_there_cannot_be_is_refused(world: World, name: str) -> None:
    with pytest.raises(Refused) as refusal:
        save(world, name)

    assert refusal.value.extra["field"] == "name"


def test_a_question_that_is_too_large_is_refused(world: World) -> None:
    with pytest.raises(Refused) as refusal:
        save(world, title="x" * MOST_BYTES)

    assert refusal.value.code == "bad_question"


def test_a_tenant_saves_200_questions_at_most(world: World) -> None:
    for number in range(MOST_QUESTIONS):
        save(world, f"q{number}")

    save(world, "q7", parameters={"least": 2})
    with pytest.raises(Refused) as refusal:
        save(world, "one more")

    assert refusal.value.code == "questions_full"
    saving.delete(TENANT, "q0", world.questions)
    save(world, "one more")
    assert len(names(world)) == MOST_QUESTIONS


def test_a_question_that_was_deleted_is_unknown(world: World) -> None:
    answer = save(world)

    assert saving.delete(TENANT, "q", world.questions) == answer

    for name in ("q", "a/b", "", "x" * 2_000):
        with pytest.raises(NotFound):
            saved.question(TENANT, name, world.questions)
        with pytest.raises(NotFound):
            saving.delete(TENANT, name, world.questions)


def test_questions_of_another_tenant_are_unknown(world: World) -> None:
    save(world)

    assert saved.questions("t2", asked(), world.questions).questions == []
    with pytest.raises(NotFound):
        saved.question("t2", "q", world.questions)

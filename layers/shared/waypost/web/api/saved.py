"""GET /api/v1/questions: saved questions by name, as data."""

from msgspec import Struct

from waypost import times
from waypost.errors import NotFound
from waypost.insights import saved
from waypost.insights.ports import QuestionStore
from waypost.insights.saved import SavedQuestion
from waypost.web.asking import Parameters


class QuestionAnswer(Struct):
    """A saved question. `saved` is ISO 8601 in UTC."""

    name: str
    title: str | None
    kind: str
    parameters: dict[str, list[str]]
    saved: str


class QuestionsAnswer(Struct):
    questions: list[QuestionAnswer]
    total: int


def questions(tenant: str, parameters: Parameters, store: QuestionStore) -> QuestionsAnswer:
    """All saved questions, by name."""
    parameters.refuse_rest()
    listed = [shown(question) for question in store.every(tenant)]
    return QuestionsAnswer(listed, len(listed))


def question(tenant: str, name: str, store: QuestionStore) -> QuestionAnswer:
    """One saved question. Raises `NotFound`."""
    return shown(asked(tenant, name, store))


def asked(tenant: str, name: str, store: QuestionStore) -> SavedQuestion:
    """The question of a name. Raises `NotFound`."""
    question = store.get(tenant, name) if saved.is_name(name) else None
    if question is None:
        raise NotFound("there is no saved question of this name", code="unknown_question")
    return question


def shown(question: SavedQuestion) -> QuestionAnswer:
    return QuestionAnswer(
        name=question.name,
        title=question.title,
        kind=question.kind,
        parameters=question.parameters,
        saved=times.iso(question.saved),
    )

"""PUT and DELETE /api/v1/questions/{name}: what is saved is a question that its route takes."""

import msgspec
import pydantic

from waypost.errors import Refused
from waypost.insights import fields, saved
from waypost.insights.ports import QuestionStore, SavingStores
from waypost.insights.saved import MOST_QUESTIONS, SavedQuestion
from waypost.web.api import kinds
from waypost.web.api.saved import QuestionAnswer, asked, shown
from waypost.web.api.settings import Strict, read

_Value = str | int | float | bool


class _Question(Strict):
    kind: str
    parameters: dict[str, _Value | list[_Value]] = pydantic.Field(default_factory=dict)
    title: str | None = None


def save(tenant: str, name: str, body: bytes, stores: SavingStores) -> QuestionAnswer:
    """Saves a question under a name, in the place of the one before.

    Raises `Refused` for what there cannot be, and `BadQuery` for parameters that the route of its
    kind refuses.
    """
    given = read(_Question, body)
    question = SavedQuestion(name, given.kind, _texts(given), stores.clock(), given.title)
    saved.check(question)
    _check_kind(question.kind)
    tenants, clock = stores.tenants, stores.clock
    kinds.check(question.kind, tenant, question.parameters, tenants=tenants, clock=clock)
    names = {standing.name for standing in stores.questions.every(tenant)}
    if len(names | {name}) > MOST_QUESTIONS:
        raise Refused(f"{MOST_QUESTIONS} questions are saved; delete one", code="questions_full")
    stores.questions.put(tenant, question)
    return shown(question)


def delete(tenant: str, name: str, store: QuestionStore) -> QuestionAnswer:
    """Deletes a saved question, and answers what it was. Raises `NotFound`."""
    question = asked(tenant, name, store)
    store.delete(tenant, name)
    return shown(question)


def _texts(given: _Question) -> dict[str, list[str]]:
    """Values as a query has them; a number or true is its text in JSON."""
    return {
        name: [_text(value) for value in (values if isinstance(values, list) else [values])]
        for name, values in given.parameters.items()
    }


def _text(value: _Value) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _check_kind(kind: str) -> None:
    known = kinds.every()
    if kind not in known:
        meant = fields.near(kind, known)
        raise Refused(
            f"kind is one of {', '.join(known)}{meant}", code="bad_question", field="kind"
        )

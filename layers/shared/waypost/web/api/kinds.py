"""The kinds of questions: each is asked by its route, goes on as a job, and may be saved."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from waypost.insights.ports import KindStores, ProfileStores, QuestionStores
from waypost.tenants import Tenants
from waypost.web.api import routes
from waypost.web.asking import Parameters

_LISTS = ("accounts", "users")


class _Understood(Exception):
    """Raised where a question begins to look for its answer."""


class _Unopened:
    """Stands for the lake and the directory, and ends the question that reaches for them."""

    def __getattr__(self, _: str) -> Any:
        raise _Understood


def every() -> list[str]:
    return [*routes.QUESTIONS, *_LISTS]


def answer(kind: str, tenant: str, parameters: Parameters, stores: KindStores) -> Struct:
    """The answer to a question of a kind. Raises what its route raises."""
    if kind in _LISTS:
        ask, _ = routes.LISTS[kind]
        return ask(tenant, parameters, stores.profiles)
    return routes.QUESTIONS[kind](tenant, parameters, stores.questions)


def check(
    kind: str,
    tenant: str,
    given: Mapping[str, list[str]],
    *,
    tenants: Tenants,
    clock: Callable[[], int],
) -> None:
    """Raises `BadQuery` for parameters that the route of a kind refuses.

    The route's own reader reads them: all of it comes before the first look at the lake.
    """
    unopened: Any = _Unopened()
    stores = KindStores(
        QuestionStores(tenants, unopened, clock),
        ProfileStores(unopened, unopened, clock),
    )
    parameters = Parameters(given)
    parameters.is_csv()
    try:
        answer(kind, tenant, parameters, stores)
    except _Understood:
        return

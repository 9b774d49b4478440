"""The routes below /api/v1 that read, each for the tenant of the token."""

from collections.abc import Callable

from waypost import services
from waypost.insights.saved import with_others
from waypost.web.api import jobs, kinds, routes, saved
from waypost.web.api.routes import Reading
from waypost.web.app import App
from waypost.web.asking import Parameters
from waypost.web.reading import formatted, parameters_of
from waypost.web.responses import Response

# The tenant whose token may read; the token comes first, so that a stranger costs no store.
Reader = Callable[[], str]


def register(app: App, reader: Reader) -> None:
    """Gives an app all that can be read."""
    for kind in kinds.every():
        _kind(app, reader, kind)
    for route in routes.LISTS.keys() - kinds.every():
        _all(app, reader, route, routes.LISTS[route])
    for route, reading in routes.THINGS.items():
        _one(app, reader, route, reading)
    _answer_of_saved(app, reader)


def _kind(app: App, reader: Reader, kind: str) -> None:
    @app.get(f"/api/v1/{kind}")
    def answered() -> Response:
        return _asked(reader(), kind, parameters_of(app))


def _all(app: App, reader: Reader, route: str, reading: Reading) -> None:
    answer, stores = reading

    @app.get(f"/api/v1/{route}")
    def answered() -> Response:
        tenant = reader()
        return formatted(lambda asked: answer(tenant, asked, stores()), parameters_of(app))


def _one(app: App, reader: Reader, route: str, reading: Reading) -> None:
    answer, stores = reading

    @app.get(f"/api/v1/{route}/<name>")
    def answered(name: str) -> Response:
        tenant, parameters = reader(), parameters_of(app)
        parameters.refuse_rest()
        return formatted(lambda _: answer(tenant, name, stores()), parameters)


def _answer_of_saved(app: App, reader: Reader) -> None:
    @app.get("/api/v1/questions/<name>/answer")
    def answered(name: str) -> Response:
        tenant = reader()
        question = saved.asked(tenant, name, services.saved_questions())
        given = with_others(question.parameters, parameters_of(app).given)
        return _asked(tenant, question.kind, Parameters(given))


def _asked(tenant: str, kind: str, parameters: Parameters) -> Response:
    """The answer to a question, or the job that goes on with it."""

    def respond() -> Response:
        stores = services.kind_stores()
        return formatted(lambda page: kinds.answer(kind, tenant, page, stores), parameters)

    def check() -> None:
        tenants, clock = services.tenants(), services.clock
        kinds.check(kind, tenant, parameters.given, tenants=tenants, clock=clock)

    return jobs.or_job(
        respond,
        check,
        tenant=tenant,
        kind=kind,
        parameters=parameters,
        stores=services.job_stores,
    )

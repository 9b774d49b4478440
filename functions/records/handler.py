"""Planhat's models: /companies, /endusers, /leancompanies, and GET /dimensiondata."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import services
from waypost.profiles.planhat import dimensions, listings, upserts
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.endusers import ENDUSERS
from waypost.profiles.planhat.records import Model
from waypost.tenants import Tenant
from waypost.tokens import Scope
from waypost.web import auth
from waypost.web.app import call, decoded, door, query, reply, resolve

app = door("models", upserts.refusal)


def _for(scope: Scope, answer: Callable[..., Any], *asked: object) -> Response[str]:
    return reply(answer(*asked, auth.tenant(app, scope), services.models()))


def _written(answer: Callable[..., Any], *asked: object) -> Any:
    id = auth.tenant(app, "write")
    owner = services.directory().tenant(id) or Tenant(id)
    return answer(*asked, call(app).body, owner, services.clock, services.models())


def _routes(model: Model) -> None:
    path = f"/{model.name}"
    app.get(path)(lambda: _for("read", listings.page, model, query(app)))
    app.post(path)(lambda: reply(_written(upserts.create, model)))
    app.put(path)(lambda: reply(*_written(upserts.upsert, model)))
    app.get(f"{path}/<id>")(lambda id: _for("read", upserts.read, model, decoded(id)))
    app.delete(f"{path}/<id>")(lambda id: _for("write", upserts.delete, model, decoded(id)))

    @app.put(f"{path}/<id>")
    @app.patch(f"{path}/<id>")
    def change(id: str) -> Response[str]:
        return reply(_written(upserts.change, model, decoded(id)))


_routes(COMPANIES)
_routes(ENDUSERS)


@app.get("/leancompanies")
def lean() -> Response[str]:
    return _for("read", listings.lean, query(app))


@app.get("/dimensiondata")
def points() -> Response[str]:
    return _for("read", dimensions.listed, services.dimensions(), query(app))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return resolve(app, event, context)

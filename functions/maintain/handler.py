"""Planhat's models: /companies, /endusers, /leancompanies, and GET /dimensiondata."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import access, dimensions, http, listings, services, upserts
from waypost.companies import COMPANIES
from waypost.endusers import ENDUSERS
from waypost.models import Model
from waypost.tenants import Tenant
from waypost.tokens import Scope

app = http.door("models", upserts.refusal)


def _for(scope: Scope, answer: Callable[..., Any], *asked: object) -> Response[str]:
    return http.reply(answer(*asked, access.tenant(app, scope), services.models()))


def _written(answer: Callable[..., Any], *asked: object) -> Any:
    id = access.tenant(app, "write")
    owner = services.directory().tenant(id) or Tenant(id)
    return answer(*asked, http.call(app).body, owner, services.clock, services.models())


def _routes(model: Model) -> None:
    path = f"/{model.name}"
    app.get(path)(lambda: _for("read", listings.page, model, http.query(app)))
    app.post(path)(lambda: http.reply(_written(upserts.create, model)))
    app.put(path)(lambda: http.reply(*_written(upserts.upsert, model)))
    app.get(f"{path}/<id>")(lambda id: _for("read", upserts.read, model, http.decoded(id)))
    app.delete(f"{path}/<id>")(lambda id: _for("write", upserts.delete, model, http.decoded(id)))

    @app.put(f"{path}/<id>")
    @app.patch(f"{path}/<id>")
    def change(id: str) -> Response[str]:
        return http.reply(_written(upserts.change, model, http.decoded(id)))


_routes(COMPANIES)
_routes(ENDUSERS)


@app.get("/leancompanies")
def lean() -> Response[str]:
    return _for("read", listings.lean, http.query(app))


@app.get("/dimensiondata")
def points() -> Response[str]:
    return _for("read", dimensions.listed, services.dimensions(), http.query(app))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return http.resolve(app, event, context)

"""Planhat's models: /companies, /endusers, /leancompanies, and GET /dimensiondata."""

from typing import Any

from waypost import services
from waypost.deadline import Context
from waypost.profiles.planhat import dimensions, listings, upserts
from waypost.profiles.planhat.companies import COMPANIES
from waypost.profiles.planhat.endusers import ENDUSERS
from waypost.web import auth
from waypost.web.api import records
from waypost.web.app import App, reply
from waypost.web.responses import Response

app = App("models", upserts.refusal)

records.add_routes(app, COMPANIES, services.record_stores)
records.add_routes(app, ENDUSERS, services.record_stores)


@app.get("/leancompanies")
def lean_companies() -> Response:
    tenant = auth.granted(app.headers, "read", services.tokens())
    return reply(listings.lean(app.query(), tenant, services.models(), services.lists()))


@app.get("/dimensiondata")
def points() -> Response:
    tenant = auth.granted(app.headers, "read", services.tokens())
    return reply(dimensions.listed(services.dimensions(), app.query(), tenant, services.models()))


def lambda_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    return app.resolve(event, context)

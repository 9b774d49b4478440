"""/companies and /endusers: Planhat's records over HTTP, for the tenant of the token."""

from collections.abc import Callable

from waypost import tenants
from waypost.profiles.planhat import listings, upserts
from waypost.profiles.planhat.ports import RecordStores
from waypost.profiles.planhat.records import Model
from waypost.tenants import Tenant
from waypost.web import auth
from waypost.web.app import App, reply
from waypost.web.responses import Response

_Sent = tuple[bytes, Tenant, RecordStores]


def add_routes(app: App, model: Model, stores: Callable[[], RecordStores]) -> None:
    """The routes of one model."""

    @app.get(f"/{model.name}")
    def page() -> Response:
        tenant = auth.granted(app.headers, "read", stores().tokens)
        return reply(listings.page(model, app.query(), tenant, stores().models, stores().lists))

    @app.post(f"/{model.name}")
    def create() -> Response:
        return reply(upserts.create(model, *_sent(app, stores())))

    @app.put(f"/{model.name}")
    def upsert() -> Response:
        return reply(*upserts.upsert(model, *_sent(app, stores())))

    @app.get(f"/{model.name}/<id>")
    def read(id: str) -> Response:
        tenant = auth.granted(app.headers, "read", stores().tokens)
        return reply(upserts.read(model, id, tenant, stores().models))

    @app.put(f"/{model.name}/<id>")
    @app.patch(f"/{model.name}/<id>")
    def change(id: str) -> Response:
        return reply(upserts.change(model, id, *_sent(app, stores())))

    @app.delete(f"/{model.name}/<id>")
    def delete(id: str) -> Response:
        tenant = auth.granted(app.headers, "write", stores().tokens)
        return reply(upserts.delete(model, id, tenant, stores()))


def _sent(app: App, stores: RecordStores) -> _Sent:
    """What a write needs, in the order in which `upserts` takes it; the tenant comes first."""
    id = auth.granted(app.headers, "write", stores.tokens)
    body = app.call().body
    return body, tenants.settings_of(id, stores.tenants), stores

"""What a customer's pages fetch: GET /analytics/plantrack.min.js, and the site's lists."""

from functools import cache
from pathlib import Path
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from waypost import services
from waypost.errors import NotFound
from waypost.web import auth, script
from waypost.web.app import App, reply
from waypost.web.script import Script

app = App(script.SOURCE)


@app.get("/analytics/plantrack.min.js", compress=True)
def latest() -> Response[str]:
    return _served(_build(), immutable=False)


@app.get("/analytics/script/<name>", compress=True)
def pinned(name: str) -> Response[str]:
    if not _build().is_named(name):
        raise NotFound("there is no such build of the script any more", code="unknown_script")
    return _served(_build(), immutable=True)


@app.get("/analytics/sites/<tenant>")
def lists(tenant: str) -> Response[str]:
    rules = auth.known_tenant(tenant, services.door_tenants()).rules
    headers = {"Cache-Control": "public, max-age=60", "Access-Control-Allow-Origin": "*"}
    return reply(script.lists(rules), headers=headers)


@cache
def _build() -> Script:
    return Script(Path(__file__).with_name("plantrack.min.js").read_bytes())


def _served(build: Script, *, immutable: bool) -> Response[str]:
    headers = build.headers(immutable=immutable)
    if build.is_known(app.headers.get("if-none-match", "")):
        # A 304 has no body, and even nothing would be 20 bytes as gzip.
        return Response(304, headers["Content-Type"], "", headers, compress=False)
    return Response(200, headers["Content-Type"], build.body.decode(), headers)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)

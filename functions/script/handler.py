"""What a customer's pages fetch: the script, the file for `na`, and the lists of a site."""

from functools import cache
from pathlib import Path
from typing import Any

from waypost import services
from waypost.deadline import Context
from waypost.errors import NotFound
from waypost.web import auth, script
from waypost.web.app import App, reply
from waypost.web.responses import Response
from waypost.web.script import Script

app = App(script.SOURCE)


@app.get("/analytics/plantrack.min.js")
def latest() -> Response:
    return _served(_build("plantrack"), immutable=False)


@app.get("/analytics/script/<name>")
def file(name: str) -> Response:
    for build in (_build("plantrack"), _build("na")):
        if name == build.latest or build.is_named(name):
            return _served(build, immutable=name != build.latest)
    raise NotFound("there is no such build of the script any more", code="unknown_script")


@app.get("/analytics/sites/<tenant>")
def lists(tenant: str) -> Response:
    rules = auth.known_tenant(tenant, services.door_tenants()).rules
    headers = {"Cache-Control": "public, max-age=60", "Access-Control-Allow-Origin": "*"}
    return reply(script.lists(rules, app.query().get("site", "")), headers=headers)


@cache
def _build(file: str) -> Script:
    return Script(Path(__file__).with_name(f"{file}.min.js").read_bytes(), file)


def _served(build: Script, *, immutable: bool) -> Response:
    headers = build.headers(immutable=immutable)
    if build.is_known(app.headers.get("if-none-match", "")):
        return Response(304, headers=headers)
    return Response(200, body=build.body.decode(), headers=headers, compress=True)


def lambda_handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    return app.resolve(event, context)

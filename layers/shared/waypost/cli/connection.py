"""Which Waypost a command talks to, as which tenant, with which token."""

import ipaddress
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import typer

from waypost.cli.output import USAGE, Failure
from waypost.local import credentials

if TYPE_CHECKING:
    from waypost.sdk.client import Client, ClientError

_DEFAULT_PORT = "3000"


@dataclass(frozen=True, slots=True)
class Connection:
    """A place and the identity to use there; empty where none is known."""

    url: str
    tenant: str = ""
    token: str = ""

    @property
    def is_local(self) -> bool:
        return is_loopback(urlsplit(self.url).hostname or "")


@contextmanager
def writer(context: typer.Context) -> Iterator["Client"]:
    """A client for the open doors; whatever it raises ends as a `Failure` with its remedy."""
    place = resolve(*context.obj)
    if not place.tenant:
        raise Failure(f"which tenant at {place.url}? give --tenant or WAYPOST_TENANT", USAGE)
    with _client(place) as client:
        yield client


@contextmanager
def reader(context: typer.Context) -> Iterator["Client"]:
    """A client for the read API; whatever it raises ends as a `Failure` with its remedy."""
    place = resolve(*context.obj)
    if not place.token:
        raise Failure(f"{place.url} wants a token; give --token or WAYPOST_TOKEN", USAGE)
    with _client(place) as client:
        yield client


@contextmanager
def _client(place: Connection) -> Iterator["Client"]:
    # urllib3 is a third of the start-up time of a command that needs no network.
    from waypost.sdk.client import Client, ClientError

    try:
        yield Client(place.url, place.tenant, place.token)
    except ClientError as error:
        raise Failure(remedy(error, place)) from error


def resolve(url: str | None, tenant: str | None, token: str | None) -> Connection:
    """What was asked for; the demo tenant and its token fill gaps on the own machine only."""
    place = (url or f"http://127.0.0.1:{os.environ.get('WAYPOST_PORT') or _DEFAULT_PORT}").strip()
    if not _is_url(place):
        raise Failure(f'"{place}" is not a URL; write one like http://127.0.0.1:3000', USAGE)
    if token and not (token.isascii() and token.isprintable()):
        raise Failure("the token holds characters that no token has; copy it again", USAGE)
    asked = Connection(place.rstrip("/"), tenant or "", token or "")
    # The demo token must never reach another machine, where somebody could read it off the wire.
    if not asked.is_local:
        return asked
    return Connection(asked.url, tenant or credentials.TENANT, token or credentials.TOKEN)


def is_loopback(host: str) -> bool:
    """Whether a host name can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def remedy(error: "ClientError", place: Connection) -> str:
    """The error in one line that says what to do."""
    if error.status == 0 and error.code == "unreachable":
        todo = "start it with make dev" if place.is_local else "check --url"
        return f"{error.message}; {todo}"
    if error.code.startswith(("token_", "scope_")):
        return f"{error.message}; check --token or WAYPOST_TOKEN"
    if error.code == "unknown_tenant":
        return f"no tenant has this id at {place.url}; check --tenant or WAYPOST_TENANT"
    return error.message


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        # Asked for its port, a URL with one that is no number raises.
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False

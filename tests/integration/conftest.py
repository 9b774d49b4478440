"""The worlds of the contract suites: in memory, on AWS in this process, on the embedded AWS."""

from collections.abc import Iterator
from secrets import token_bytes
from uuid import uuid4

import pytest

from tests.conftest import Local
from tests.integration import mocked, worlds
from tests.integration.worlds import Aws, World
from waypost.storage.tenants_table import SECRET_BYTES
from waypost.tenants import Tenant

EMBEDDED = pytest.param("embedded", marks=pytest.mark.slow)


@pytest.fixture
def moto() -> Iterator[Aws]:
    with mocked.running() as stores:
        yield stores


@pytest.fixture
def embedded(local: Local, monkeypatch: pytest.MonkeyPatch) -> Aws:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    return local


@pytest.fixture(params=["moto", EMBEDDED])
def aws(request: pytest.FixtureRequest) -> Aws:
    """Where the real stores are."""
    place: Aws = request.getfixturevalue(request.param)
    return place


@pytest.fixture(params=["memory", "moto", EMBEDDED])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "memory":
        return worlds.memory()
    return worlds.real(request.getfixturevalue(request.param))


@pytest.fixture
def tenant(request: pytest.FixtureRequest) -> Tenant:
    """A fresh tenant of the world of the test, if there is one: tests do not see each other's
    things.
    """
    fresh = Tenant(str(uuid4()), secret=token_bytes(SECRET_BYTES))
    if "world" in request.fixturenames:
        request.getfixturevalue("world").add_tenant(fresh)
    return fresh

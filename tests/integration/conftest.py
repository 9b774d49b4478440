"""The two worlds of the contract suite."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.integration import worlds
from tests.integration.worlds import World
from waypost.tenants import Tenant


@pytest.fixture(scope="module")
def aws(request: pytest.FixtureRequest) -> Iterator[World]:
    """The real stores; the doors' own signing takes its credentials from the environment."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield worlds.aws(request.getfixturevalue("local"))


@pytest.fixture(params=["memory", "aws"])
def world(request: pytest.FixtureRequest) -> World:
    return worlds.memory() if request.param == "memory" else request.getfixturevalue("aws")


@pytest.fixture
def tenant() -> Tenant:
    """A fresh tenant: tests do not see each other's things."""
    return Tenant(str(uuid4()))

"""The built artefact and its functions, each behind the permissions of its own role."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import Local
from tests.rie import build
from tests.rie.build import Tools
from tests.rie.emulator import Function
from tests.rie.gate import Gate
from tests.template.stack import Permission, Stack, the_stack
from waypost.local import stack as deployed
from waypost.local.emulator import CREDENTIALS, REGION

HERE = Path(__file__).parent
LAST = HERE / "test_spare_grants.py"
Calls = dict[str, set[Permission]]


class Lambdas:
    """Every function of the build, ready to be run against the local default's AWS."""

    def __init__(
        self, tools: Tools, artefact: Path, local: Local, logs: Path, calls: Calls
    ) -> None:
        self._tools = tools
        self._artefact = artefact
        self._local = local
        self._logs = logs
        self._calls = calls
        self._stack: Stack = the_stack()
        cloudformation = local.client("cloudformation")
        resources = cloudformation.describe_stack_resources(StackName=deployed.NAME)
        self._physical = {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for resource in resources["StackResources"]
        }

    @contextmanager
    def start(
        self, verb: str, *, role: str | None = None, timeout: int | None = None
    ) -> Iterator[tuple[Function, Gate]]:
        """A running function and its gate; `role` is another function's, `timeout` its own time."""
        logical = {name: id for id, name in self._physical.items()}
        permissions = self._stack.permissions(role or verb)
        with (
            Gate(self._local.aws, permissions, logical) as gate,
            Function(
                self._tools,
                self._artefact / self._stack.functions()[verb],
                layer=self._artefact / "SharedLayer",
                environment=self._environment(verb, gate.url),
                timeout=timeout or self._stack.function(verb)["Timeout"],
                log=self._logs / f"{verb}-{uuid4().hex}.log",
            ) as function,
        ):
            try:
                yield function, gate
            finally:
                if role is None:
                    self._calls.setdefault(verb, set()).update(gate.used)

    def run(self, verb: str, event: Any) -> Any:
        """One call, in a process of its own; whatever its role does not allow fails the test."""
        with self.start(verb) as (function, gate):
            answer = function.invoke(event)
        assert gate.refused == []
        return answer

    def _environment(self, verb: str, aws: str) -> dict[str, str]:
        names = self._stack.environment(verb)
        memory = self._stack.function(verb)["MemorySize"]
        return {
            **{name: self._resolve(value) for name, value in names.items()},
            **CREDENTIALS,
            "AWS_REGION": REGION,
            "AWS_ENDPOINT_URL": aws,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(memory),
        }

    def _resolve(self, value: Any) -> str:
        """A template value: text, a parameter's default, or a resource's physical name."""
        if not isinstance(value, dict):
            return str(value)
        name = value["Ref"]
        parameter = self._stack.source["Parameters"].get(name)
        return str(parameter["Default"]) if parameter else str(self._physical[name])


@pytest.fixture(scope="session")
def builder() -> Tools:
    """What it takes to build, or a skip that says what is missing."""
    return _or_skip(build.to_build)


@pytest.fixture(scope="session")
def tools() -> Tools:
    """What it takes to build and run, or a skip that says what is missing."""
    return _or_skip(build.to_run)


@pytest.fixture(scope="session")
def artefact(builder: Tools) -> Path:
    """The output of `sam build`, made once."""
    return build.build(builder)


@pytest.fixture(scope="session")
def calls() -> Calls:
    """What the calls of every function took, in all tests of this suite so far."""
    return {}


@pytest.fixture
def lambdas(tools: Tools, artefact: Path, local: Local, tmp_path: Path, calls: Calls) -> Lambdas:
    """The functions, against the AWS of the local default."""
    return Lambdas(tools, artefact, local, tmp_path, calls)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is spare is known when all else has been called."""
    items.sort(key=lambda item: item.path == LAST)


def _or_skip(find: Callable[[], Tools]) -> Tools:
    try:
        return find()
    except build.NotHere as missing:
        pytest.skip(str(missing))

"""The deployed functions, as the stack has them: what to run, with what, and for how long."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from waypost.local.emulator import CREDENTIALS, REGION
from waypost.local.template import Template

_LAYER = "SharedLayer"


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the stack. `timeout` is in seconds, `at_once` how many copies AWS lets run."""

    name: str
    arn: str
    handler: str
    paths: tuple[Path, ...]
    timeout: int
    memory: int
    at_once: int | None
    environment: dict[str, str]


def deployed(
    template: Template, names: dict[str, str], *, root: Path, url: str, client: Any
) -> dict[str, Function]:
    """The functions behind the API by logical id, as deployed to the AWS at `url`.

    `names` are what they are called there. Their code runs where it stands under `root`, so that
    edits are live after a restart.
    """
    pages = client.get_paginator("list_functions").paginate()
    settings = {each["FunctionName"]: each for page in pages for each in page["Functions"]}
    layer = root / template.code[_LAYER]
    return {
        function: _function(
            settings[names[function]]
            | client.get_function_concurrency(FunctionName=names[function]),
            (root / template.code[function], layer),
            url,
        )
        for function in set(template.routes.values())
    }


def _function(settings: dict[str, Any], paths: tuple[Path, ...], url: str) -> Function:
    """What Lambda sets for a function by itself, and what the template sets besides."""
    own = {
        "AWS_LAMBDA_FUNCTION_NAME": settings["FunctionName"],
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings["MemorySize"]),
        "AWS_LAMBDA_FUNCTION_VERSION": settings["Version"],
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": url,
        "LAMBDA_TASK_ROOT": str(paths[0]),
    }
    return Function(
        name=settings["FunctionName"],
        arn=settings["FunctionArn"],
        handler=settings["Handler"],
        paths=paths,
        timeout=settings["Timeout"],
        memory=settings["MemorySize"],
        at_once=settings.get("ReservedConcurrentExecutions"),
        environment={**CREDENTIALS, **own, **settings["Environment"]["Variables"]},
    )

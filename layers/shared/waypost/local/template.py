"""What the local default reads in template.yaml itself: routes, gateway responses and code."""

from dataclasses import dataclass
from typing import Any

import yaml

_Safe = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Safe):  # type: ignore[misc, valid-type]
    """Reads a template; intrinsic functions become their plain values."""


# Enough here: nothing that is read below is an intrinsic function.
_Loader.add_multi_constructor("!", lambda _, __, node: getattr(node, "value", None))


@dataclass(frozen=True, slots=True)
class Template:
    """The REST API of the template, and the folders of its code; functions by logical id.

    `routes` holds the function behind each (method, path), `responses` the gateway responses by
    type, `code` the folder of each function and of each layer.
    """

    routes: dict[tuple[str, str], str]
    responses: dict[str, dict[str, Any]]
    code: dict[str, str]


def read(text: str) -> Template:
    resources: dict[str, dict[str, Any]] = yaml.load(text, Loader=_Loader)["Resources"]  # noqa: S506
    properties = {name: item.get("Properties", {}) for name, item in resources.items()}
    return Template(
        routes={
            (event["Properties"]["Method"].upper(), event["Properties"]["Path"]): function
            for function, resource in properties.items()
            for event in resource.get("Events", {}).values()
            if event["Type"] == "Api"
        },
        responses=dict(properties["Api"]["GatewayResponses"]),
        code={
            name: resource.get("CodeUri") or resource["ContentUri"]
            for name, resource in properties.items()
            if "CodeUri" in resource or "ContentUri" in resource
        },
    )

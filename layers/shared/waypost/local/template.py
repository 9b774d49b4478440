"""What the local default reads in template.yaml itself: gateway responses and ANY routes."""

from typing import Any

import yaml


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads a template; intrinsic functions become their plain values."""


# Enough here: nothing that is read below is an intrinsic function.
_Loader.add_multi_constructor("!", lambda _, __, node: getattr(node, "value", None))


def gateway_responses(template: str) -> dict[str, dict[str, Any]]:
    """The gateway responses of the template's REST API, by type."""
    return dict(_resources(template)["Api"]["Properties"]["GatewayResponses"])


def any_routes(template: str) -> dict[str, str]:
    """The logical id of the function behind each path that takes every method."""
    return {
        event["Properties"]["Path"]: function
        for function, resource in _resources(template).items()
        for event in resource.get("Properties", {}).get("Events", {}).values()
        if event["Type"] == "Api" and event["Properties"]["Method"] == "ANY"
    }


def _resources(template: str) -> dict[str, dict[str, Any]]:
    return dict(yaml.load(template, Loader=_Loader)["Resources"])  # noqa: S506

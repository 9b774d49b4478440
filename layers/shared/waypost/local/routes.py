"""Which function a request is for, as a REST API finds it: by its resources and their methods."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Parameters = dict[str, str]
# What ANY stands for; a REST API knows no other method.
_ANY = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})


@dataclass(slots=True)
class _Resource:
    path: str
    methods: dict[str, str] = field(default_factory=dict)
    children: dict[str, "_Resource"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one resource: its path with variables, their values as sent, its function."""

    resource: str
    parameters: Parameters
    function: str


class Routes:
    """The resource tree of an API.

    A name wins over a `{variable}`, and that over a `{greedy+}` one. Values are not decoded, so
    `%2F` parts nothing; empty segments count for nothing, so neither do more slashes than one.
    """

    def __init__(self, methods: Mapping[tuple[str, str], str]) -> None:
        """`methods` holds the function behind each (method, path); a method may be ANY."""
        self._root = _Resource("/")
        for (method, path), function in methods.items():
            resource = self._root
            for part in _segments(path):
                below = f"{resource.path.rstrip('/')}/{part}"
                resource = resource.children.setdefault(part, _Resource(below))
            resource.methods[method] = function

    def find(self, method: str, path: str) -> Route | None:
        """The route of a request, if there is one.

        Where the resource lacks the method, only a greedy one may still take the request.
        """
        if method not in _ANY:
            return None
        met = False
        for resource, parameters in _matches(self._root, _segments(path)):
            greedy = resource.path.endswith("+}")
            function = resource.methods.get(method) or resource.methods.get("ANY")
            if function and (greedy or not met):
                return Route(resource.path, parameters, function)
            met = True
        return None


def _segments(path: str) -> list[str]:
    return [part for part in path.split("/") if part]


def _matches(resource: _Resource, segments: list[str]) -> Iterator[tuple[_Resource, Parameters]]:
    """Every resource that a path leads to, the closest first."""
    if not segments:
        yield resource, {}
        return
    segment, *rest = segments
    if literal := resource.children.get(segment):
        yield from _matches(literal, rest)
    for part, child in resource.children.items():
        if part.startswith("{") and not part.endswith("+}"):
            for leaf, parameters in _matches(child, rest):
                yield leaf, {part[1:-1]: segment, **parameters}
    for part, child in resource.children.items():
        if part.endswith("+}"):
            yield child, {part[1:-2]: "/".join(segments)}

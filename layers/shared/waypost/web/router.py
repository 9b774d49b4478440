"""
Which handler answers a method on a path.

A path is its segments: a doubled slash and one at the end make no difference, as API Gateway finds
a resource without regard to them. Each segment is decoded once, so that an id may hold a slash
(`%2F`) or a percent sign (`%25`).
"""

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import unquote

from waypost.errors import NotFound
from waypost.web.responses import Response

Handler = Callable[..., Response]
H = TypeVar("H", bound=Callable[..., Any])
# The segments of a path, of which None stands for any: its value goes to the handler, by its name.
_Shape = tuple[str | None, ...]


class Place:
    """A path as it is registered (`/x/<id>`), and the handlers of its methods."""

    def __init__(self, path: str) -> None:
        names = [part[1:-1] if part.startswith("<") else None for part in _split(path)]
        self.path = path
        self.names = {n: name for n, name in enumerate(names) if name is not None}
        self.handlers: dict[str, Handler] = {}
        # Methods that another function answers on the same path.
        self.elsewhere: set[str] = set()

    @property
    def methods(self) -> list[str]:
        """What a browser may ask of this path, HEAD and OPTIONS with it."""
        head = {"HEAD"} if "GET" in self.handlers else set()
        return sorted({"OPTIONS"} | head | self.elsewhere | self.handlers.keys())

    def handler(self, method: str) -> Handler:
        """Who answers; HEAD is a GET whose body nobody sends. Raises `NotFound`."""
        handler = self.handlers.get("GET" if method == "HEAD" else method)
        if handler is None:
            raise no_route()
        return handler


class Router:
    """The places of one function. What is spelled out wins over what is variable."""

    def __init__(self) -> None:
        self._places: dict[_Shape, Place] = {}

    def place(self, path: str) -> Place:
        """The place of a registered path, made where there is none yet.

        Raises `ValueError` where it is known by other names: a handler would not know these.
        """
        shape = tuple(None if part.startswith("<") else part for part in _split(path))
        place = self._places.setdefault(shape, Place(path))
        if place.path != path:
            raise ValueError(f"{path} is registered as {place.path}")
        return place

    def find(self, path: str) -> tuple[Place, dict[str, str]]:
        """The place of a path as it was sent, and its variable segments. Raises `NotFound`."""
        segments = _decoded(_split(path))
        place = self._places.get(segments) or self._variable(segments)
        return place, {name: segments[n] for n, name in place.names.items()}

    def routes(self) -> set[tuple[str, str]]:
        """Method and path of every handler."""
        return {(verb, place.path) for place in self._places.values() for verb in place.handlers}

    def _variable(self, segments: tuple[str, ...]) -> Place:
        # Few, and of few lengths: no function has more than a dozen that fit in length.
        for shape, place in self._places.items():
            if len(shape) == len(segments) and all(
                wanted is None or wanted == given
                for wanted, given in zip(shape, segments, strict=True)
            ):
                return place
        raise no_route()


def tidy(path: str) -> str:
    """A path without slashes that say nothing; still encoded."""
    return "/" + "/".join(_split(path))


def no_route() -> NotFound:
    """In the words of the gateway, which answers where no function knows the path."""
    return NotFound("there is no such route; the README lists them", code="no_route")


def _split(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def _decoded(segments: list[str]) -> tuple[str, ...]:
    try:
        return tuple(
            unquote(segment, errors="strict") if "%" in segment else segment for segment in segments
        )
    except UnicodeDecodeError:
        # What is not text names nothing: two such ids must not be taken for one.
        raise no_route() from None

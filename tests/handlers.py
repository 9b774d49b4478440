"""The handlers in functions/, loaded here, and the routes that they answer."""

import importlib.util
import re
from functools import cache
from types import ModuleType

from tests.template.stack import FUNCTIONS

Route = tuple[str, str]
_SEGMENT = re.compile(r"<(\w+)>")


@cache
def handler(verb: str) -> ModuleType:
    """The handler of a function; each has a module of its own, since all have one name."""
    path = FUNCTIONS / verb / "handler.py"
    spec = importlib.util.spec_from_file_location(f"handler_of_{verb}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def served(verb: str) -> set[Route]:
    """(method, path) of what a function answers, in the template's spelling; HEAD goes with GET."""
    app = getattr(handler(verb), "app", None)
    routes = app.router.routes() if app else set()
    named = {(method, _SEGMENT.sub(r"{\1}", path)) for method, path in routes}
    return named | {("HEAD", path) for method, path in named if method == "GET"}

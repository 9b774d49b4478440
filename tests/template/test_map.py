"""The package's docstring is its map, and the map is complete."""

import re

import waypost
from tests.conftest import ROOT

PACKAGE = ROOT / "layers" / "shared" / "waypost"


def test_the_map_of_the_package_names_every_module() -> None:
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}

    named = set(re.findall(r"[a-z]+", waypost.__doc__ or ""))

    assert (modules | folders) - named == set()

"""What a test asks of the API, as the doors read it from a query."""

from waypost.web.asking import Parameters


def asked(**given: str | list[str]) -> Parameters:
    """Parameters by name; one that Python keeps for itself is written with `_` behind it."""
    lists = {name: [value] if isinstance(value, str) else value for name, value in given.items()}
    return Parameters({name.removesuffix("_"): values for name, values in lists.items()})

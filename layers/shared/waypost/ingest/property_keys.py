"""Properties: the free part of an event, brought to keys that every store and query can hold."""

from typing import Any


def plain_keys(value: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The properties with `_` for each dot in a key, at every level (Moesif's rule).

    Where the plain key is there as well it keeps its value, and the dotted one is left out: the
    second part of the answer names those.
    """
    lost: list[str] = []
    return _plain(value, lost), lost


def any_dotted(many: list[dict[str, Any]], flat: bool) -> bool:
    """Whether a key of any of them has a dot, told of many at once; `flat`: nothing is nested."""
    if "." in "".join(set[str]().union(*many)):
        return True
    return not flat and any(map(dotted, many))


def dotted(value: Any) -> bool:
    """Whether any key inside has a dot. Most properties have none and need no copy."""
    members = value
    if type(value) is dict:
        if "." in "".join(value):
            return True
        members = value.values()
    for member in members:
        kind = type(member)
        if (kind is dict or kind is list) and dotted(member):
            return True
    return False


def _plain(value: Any, lost: list[str]) -> Any:
    if type(value) is list:
        return [_plain(element, lost) for element in value]
    if type(value) is not dict:
        return value
    plain: dict[str, Any] = {}
    for key, member in value.items():
        name = key.replace(".", "_")
        # Taken by the plain key itself, wherever it stands, or by another dotted one before.
        if name != key and (name in value or name in plain):
            lost.append(key)
        else:
            plain[name] = _plain(member, lost)
    return plain

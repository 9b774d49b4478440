"""Properties: the free part of an event, brought to keys that every store and query can hold."""

from typing import Any


def plain_keys(value: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The properties with `_` for each dot in a key, at every level (Moesif's rule).

    Where the plain key is there as well it keeps its value, and the dotted one is left out: the
    second part of the answer names those. Properties without a dot come back as they are.
    """
    if not _dotted(value):
        return value, []
    lost: list[str] = []
    return _plain(value, lost), lost


def _dotted(value: Any) -> bool:
    inner = value
    if type(value) is dict:
        if any("." in key for key in value):
            return True
        inner = value.values()
    for one in inner:
        kind = type(one)
        if (kind is dict or kind is list) and _dotted(one):
            return True
    return False


def _plain(value: Any, lost: list[str]) -> Any:
    if type(value) is list:
        return [_plain(one, lost) for one in value]
    if type(value) is not dict:
        return value
    found: dict[str, Any] = {}
    for key, one in value.items():
        name = key.replace(".", "_")
        if name != key and (name in value or name in found):
            lost.append(key)
        else:
            found[name] = _plain(one, lost)
    return found

"""Traits: what senders say of a user or an account, merged so that arrival order never matters."""

from typing import Any

import msgspec

MAX_BYTES = 64 * 1024


def merged(
    old: dict[str, Any], times: dict[str, int], new: dict[str, Any], at: int
) -> tuple[dict[str, Any], dict[str, int]]:
    """(traits, time of each) after one more report at `at` (epoch ms).

    Of two reports of one trait the later by its own time counts; objects merge key by key, and an
    absent or null trait erases nothing (Moesif's rule). Traits beyond 64 KB as JSON are left out:
    the report itself is kept in the lake.
    """
    traits, since = dict(old), dict(times)
    for key, value in new.items():
        if value is None:
            continue
        newest = at >= since.get(key, at)
        traits[key] = _laid_over(traits.get(key), value) if newest else _laid_over(value, old[key])
        since[key] = max(at, since.get(key, at))
    if len(msgspec.json.encode(traits)) > MAX_BYTES:
        return old, times
    return traits, since


def _laid_over(below: Any, above: Any) -> Any:
    """The upper value; of two objects, both, the upper one's keys winning."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    kept = {key: value for key, value in above.items() if value is not None}
    return below | {key: _laid_over(below.get(key), value) for key, value in kept.items()}

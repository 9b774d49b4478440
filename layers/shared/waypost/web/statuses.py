"""
Statuses: what each door answers in each situation, and what each vendor's client makes of it.

The one place where a status is chosen. A client that drops what it is refused must never be
refused for Waypost's own trouble, so every door sheds load with a status that its clients send
again; `tests/clients` holds each line of `CLIENTS` against the shipped client.
"""

from dataclasses import dataclass

from waypost.errors import Unauthorised, Unavailable, WaypostError

RETRY_AFTER_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Door:
    """The statuses of one door. `challenge` goes with `unauthorised`, if there is one."""

    taken: int = 200
    unauthorised: int = 401
    overloaded: int = 503
    challenge: str | None = 'Basic realm="waypost"'


@dataclass(frozen=True, slots=True)
class Client:
    """A shipped client: its doors, what it takes as success, what it sends again by itself.

    `resends` is what it does with a refused POST of events; other failures it drops or raises.
    """

    package: str
    version: str
    doors: tuple[str, ...]
    success: range
    resends: frozenset[int]
    retry_after: frozenset[int] = frozenset()


DOORS = {
    "api": Door(challenge='Bearer realm="waypost"'),
    "planhat": Door(),
    "segment": Door(),
    "moesif": Door(),
    "synerise": Door(taken=202, challenge='Bearer realm="waypost"'),
    "natero": Door(),
    "kinesin": Door(taken=201, unauthorised=403, challenge=None),
    "models": Door(challenge='Bearer realm="waypost"'),
}

_NONE: frozenset[int] = frozenset()
_PLANHAT = frozenset({408, 425, 429, 500, 502, 503, 504})
_SEGMENT = frozenset({408, 410, 429, 460, 500, 502, 503, 504})
_RUDDER = frozenset({429, 500, 502, 503, 504})

CLIENTS = (
    Client("cruds", "1.9.1", ("planhat", "models", "segment"), range(200, 300), _PLANHAT, _PLANHAT),
    Client("segment-analytics-python", "2.4.0", ("segment",), range(200, 300), _SEGMENT, _SEGMENT),
    Client(
        "@segment/analytics-node",
        "3.1.0",
        ("segment",),
        range(200, 400),
        _SEGMENT,
        frozenset({429}),
    ),
    Client("rudder-sdk-python", "2.1.9", ("segment",), range(200, 201), _RUDDER),
    Client("moesifapi", "1.5.5", ("moesif",), range(200, 209), _NONE),
    Client("moesif-nodejs", "3.11.0", ("moesif",), range(200, 207), _NONE),
    Client("request", "2.88.2", ("planhat",), range(100, 600), _NONE),
)


def of(error: WaypostError, door: str) -> int:
    """The status that a door answers an error with."""
    if isinstance(error, Unavailable):
        return DOORS[door].overloaded
    if isinstance(error, Unauthorised):
        return DOORS[door].unauthorised
    return error.status

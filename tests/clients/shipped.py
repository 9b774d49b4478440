"""The shipped clients, and what each makes of a status; `test_faults` holds every line of it."""

from dataclasses import dataclass


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

"""A boto3 client whose calls are tried again, by the one deadline of the process."""

from collections.abc import Callable
from typing import Any, TypeVar

import urllib3
from botocore import exceptions
from botocore.exceptions import ClientError

from waypost.deadline import Deadline
from waypost.errors import Unavailable
from waypost.storage import refusals
from waypost.storage.items import code

T = TypeVar("T")
# The answer was lost, or broke off; what it was about may have been done.
_LOST = (
    exceptions.HTTPClientError,
    exceptions.ConnectionError,
    exceptions.IncompleteReadError,
    exceptions.FlexibleChecksumError,
    urllib3.exceptions.HTTPError,
)


class Calls:
    """Stands for a client: the same methods, each tried until it works or the time is up.

    Raises `Unavailable` then; what AWS refuses for good is the client's own `ClientError`. A call
    that was done and whose answer was lost is done again, so a put under a condition may be
    refused by its own first try.
    """

    def __init__(self, client: Any, deadline: Deadline) -> None:
        self._client = client
        self.deadline = deadline

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if not callable(method):
            return method

        def tried(**request: Any) -> Any:
            return self.until_done(lambda _: method(**request))

        # Only what is not found on the object comes through here: the next call is faster.
        setattr(self, name, tried)
        return tried

    def until_done(self, work: Callable[[Any], T]) -> T:
        """The result of something that makes calls on the client it is given, tried as a whole."""
        # A run that is only slow is refused nothing. Killed, it would say nothing of its messages.
        if self.deadline.is_over():
            raise Unavailable("the time of this run is over; another one will go on")
        for _ in self.deadline.tries():
            try:
                return work(self._client)
            except (ClientError, *_LOST) as error:
                if not passes(error):
                    raise
                reason = error
        raise Unavailable("AWS is busy; the same call will work later") from reason


def passes(error: Exception) -> bool:
    """Whether the same call may work later."""
    if not isinstance(error, ClientError):
        return True
    if code(error) == "TransactionCanceledException":
        listed = error.response.get("CancellationReasons", [])
        reasons = {reason.get("Code") for reason in listed} - {"None", None}
        # One condition that does not hold decides, whatever else there was.
        return bool(reasons) and reasons <= refusals.PASSING
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return refusals.passes(code(error), int(status))

"""A boto3 client whose calls are tried again, by the one deadline of the process."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import urllib3
from botocore import exceptions
from botocore.exceptions import BotoCoreError, ClientError

from waypost.deadline import Deadline
from waypost.errors import CallFailed, Unavailable, WaypostError
from waypost.storage import refusals

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

    Raises `Unavailable` then; what AWS refuses for good is as `refusals.final` has it. A call that
    was done and whose answer was lost is done again, so a put under a condition may be refused by
    its own first try.
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
            except _LOST as error:
                reason: Exception = error
            except ClientError as error:
                if not _passes(error):
                    raise _final(error) from error
                reason = error
            except BotoCoreError as error:  # no credentials, say
                raise CallFailed(type(error).__name__) from error
        raise Unavailable("AWS is busy; the same call will work later") from reason


def _final(error: ClientError) -> WaypostError:
    told = error.response["Error"]
    for reason in error.response.get("CancellationReasons", []):
        if reason.get("Code") == "ValidationError":
            told = reason
    answer = cast(dict[str, Any], error.response)
    return refusals.final(str(told["Code"]), str(told.get("Message", "")), answer)


def _code(error: ClientError) -> str:
    return str(error.response["Error"]["Code"])


def _passes(error: ClientError) -> bool:
    """Whether the same call may work later."""
    if _code(error) == "TransactionCanceledException":
        listed = error.response.get("CancellationReasons", [])
        reasons = {reason.get("Code") for reason in listed} - {"None", None}
        # One condition that does not hold decides, whatever else there was.
        return bool(reasons) and reasons <= refusals.PASSING
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return refusals.passes(_code(error), int(status))

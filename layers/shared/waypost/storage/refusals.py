"""What AWS refuses, now or for good, in Waypost's words: one table for every way of calling it."""

import re
from typing import Any

from waypost.errors import CallFailed, Refused, WaypostError

Item = dict[str, Any]

# Throttled, or broken on AWS's side. Some throttle with a 400, so the status alone does not tell.
STATUSES = frozenset({429, 500, 502, 503, 504})
# Of whole calls, then of single statements of a batch and reasons of a cancelled transaction,
# which are named without `Exception`.
PASSING = frozenset(
    {
        "ThrottlingException",
        "Throttling",
        "ThrottledException",
        "RequestThrottled",
        "RequestThrottledException",
        "TooManyRequestsException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "TransactionConflictException",
        "TransactionInProgressException",
        "KMS.ThrottlingException",
        "InternalServerError",
        "InternalFailure",
        "InternalError",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "RequestTimeout",
        "RequestTimeoutException",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
        "TransactionConflict",
    }
)


# A key or an item that no table takes, in DynamoDB's words; S3 and SQS have codes for it.
_VALIDATION = frozenset({"ValidationException", "ValidationError"})
_KEY = re.compile(r"size of (hashkey|all range keys)|key attribute|key value", re.IGNORECASE)
_ITEM = re.compile(r"item size", re.IGNORECASE)
_LONG_KEYS = frozenset({"KeyTooLongError"})
_LARGE_ITEMS = frozenset(
    {
        "EntityTooLarge",
        "MaxMessageLengthExceeded",
        "AWS.SimpleQueueService.BatchRequestTooLong",
        "BatchRequestTooLong",
    }
)


def passes(code: str, status: int = 0) -> bool:
    """Whether the same call may work later. Everything else stays refused."""
    return code in PASSING or status in STATUSES


def final(code: str, message: str, answer: Item | None = None) -> WaypostError:
    """What a refusal that does not pass is to whoever asked: their own, where it is the size of
    what they sent or asked for; else `CallFailed`.
    """
    validated = code in _VALIDATION
    if code in _LONG_KEYS or (validated and _KEY.search(message)):
        return Refused("a name is empty or longer than anything that can be kept", code="too_long")
    if code in _LARGE_ITEMS or (validated and _ITEM.search(message)):
        return Refused("this is more than one record can keep", code="record_too_large")
    return CallFailed(code, answer)

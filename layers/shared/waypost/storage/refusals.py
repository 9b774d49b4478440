"""What AWS refuses only for now, whatever the service: one table for every way of calling it."""

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


def passes(code: str, status: int = 0) -> bool:
    """Whether the same call may work later. Everything else stays refused."""
    return code in PASSING or status in STATUSES

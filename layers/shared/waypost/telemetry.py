"""Logger and log names. A tenant is a field, never a metric dimension: each would be billed."""

from functools import cache

from aws_lambda_powertools import Logger

REFUSED = "RequestRefused"
MATCHED = "EventsMatched"


@cache
def logger() -> Logger:
    """The JSON logger of this process; level from POWERTOOLS_LOG_LEVEL. Never logs a payload."""
    return Logger(service="waypost")

"""Logger and metric names. Tenants are log fields, never metric dimensions: each would be billed."""

from functools import cache

from aws_lambda_powertools import Logger

REFUSED = "RequestRefused"
MATCHED = "EventsMatched"
REJECTED = "EventsRejected"
UNASSIGNED = "EventsUnassigned"
DUPLICATE = "EventsDuplicate"


@cache
def logger() -> Logger:
    """The JSON logger of this process; level from POWERTOOLS_LOG_LEVEL. Never logs a payload."""
    return Logger(service="waymark")

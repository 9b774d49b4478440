"""Logger, log names, the metric. A tenant is a field, never a dimension: each would be billed."""

from functools import cache

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import MetricUnit, single_metric

from waypost.environment import environment

REFUSED = "RequestRefused"
MATCHED = "EventsMatched"


@cache
def logger() -> Logger:
    """The JSON logger of this process; level from POWERTOOLS_LOG_LEVEL. Never logs a payload."""
    return Logger(service="waypost")


def published() -> None:
    """Counts in CloudWatch that the numbers are up to date; an alarm hears where nothing counts.

    The metric is a line of the log (EMF), so it takes no call and no permission. A function's
    name tells the stacks of an account apart.
    """
    with single_metric("Published", MetricUnit.Count, 1, namespace="Waypost") as metric:
        metric.add_dimension("FunctionName", environment().function)

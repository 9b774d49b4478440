"""Logger, log names, the metric. A tenant is a field, never a dimension: each would be billed.

Powertools is imported with the first line: a door that has nothing to warn of starts without it.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from waypost.environment import environment

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

REFUSED = "RequestRefused"
MATCHED = "EventsMatched"


@cache
def logger() -> Logger:
    """The JSON logger of this process; level from POWERTOOLS_LOG_LEVEL. Never logs a payload."""
    from aws_lambda_powertools import Logger

    return Logger(service="waypost")


def published() -> None:
    """Counts in CloudWatch that the numbers are up to date; an alarm hears where nothing counts.

    The metric is a line of the log (EMF), so it takes no call and no permission. A function's
    name tells the stacks of an account apart.
    """
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    with single_metric("Published", MetricUnit.Count, 1, namespace="Waypost") as metric:
        metric.add_dimension("FunctionName", environment().function)

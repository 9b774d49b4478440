"""When everybody was active for the first time of all."""

from waypost.insights import whose
from waypost.insights.whose import Side
from waypost.lake.plans import Columns


def tables(side: Side) -> dict[str, Columns]:
    """What a plan needs for it."""
    return {"seen": (*whose.given({side}), "first"), **whose.tables({side})}


def of_all(side: Side) -> str:
    """The query of people or accounts (`id`) with their `first` activity, epoch ms."""
    everything = whose.resolved(f"SELECT {', '.join(tables(side)['seen'] or ())} FROM seen", {side})
    return (
        f"SELECT {side} AS id, min(first) AS first FROM ({everything}) "
        f"WHERE {side} IS NOT NULL GROUP BY id"
    )

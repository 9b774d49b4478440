"""What a question of the benchmarks is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.benchmarks.question_lakes import Made
from waypost.insights.ports import LakeReader

Rows = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Question:
    """`goal` is the CPU, in seconds, that it may take of the tenant M."""

    name: str
    goal: float
    ask: Callable[[LakeReader, Made], Rows]
    bare: str
    about: str = ""  # who is asked about: `account` or `user`

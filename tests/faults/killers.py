"""Kills a piece of work at each call that it makes of its stores."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any


class Crash(BaseException):
    """The process is gone: nobody catches this, and nothing runs after it."""


@dataclass
class Killer:
    """Dies at its `at`-th store call: before it, or after it was applied and not yet answered."""

    at: int | None = None
    when: str = "before"
    calls: int = 0
    _lock: Any = field(default_factory=Lock, repr=False, compare=False)

    def __call__(self, call: Callable[..., Any], *args: Any, **named: Any) -> Any:
        with self._lock:
            number = self.calls
            self.calls += 1
        dies = self.at is not None and number >= self.at
        if dies and (self.when == "before" or number != self.at):
            raise Crash
        answer = call(*args, **named)
        if isinstance(answer, Iterator):
            answer = iter(list(answer))
        if dies:
            raise Crash
        return answer


@dataclass
class Intruder(Killer):
    """Lets somebody else in before the `at`-th store call, instead of dying there."""

    effect: Callable[[], object] = lambda: None

    def __call__(self, call: Callable[..., Any], *args: Any, **named: Any) -> Any:
        with self._lock:
            number = self.calls
            self.calls += 1
        if number == self.at:
            self.effect()
        return call(*args, **named)


@dataclass
class Mortal:
    """A store, every call of which goes through a killer."""

    store: Any
    killer: Killer

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.store, name)
        return lambda *args, **named: self.killer(call, *args, **named)


def mortal(killer: Killer | None, *stores: Any) -> Any:
    """The stores, their calls through a killer if there is one."""
    return stores if killer is None else tuple(Mortal(store, killer) for store in stores)


def survives(work: Callable[[], object]) -> bool:
    try:
        work()
    except Crash:
        return False
    return True


def every_point(work: Callable[[Killer], object]) -> list[Killer]:
    """A killer for each point of a piece of work that makes K calls: 2K of them."""
    counting = Killer()
    work(counting)
    return [Killer(at, when) for at in range(counting.calls) for when in ("before", "after")]

"""Every interleaving of the actors of the publication model, and what is wrong with any of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import count
from typing import Any, NamedTuple

from tests.faults.publication_model import (
    MONTH,
    Arrival,
    Call,
    File,
    Month,
    Program,
    Protocol,
    Rows,
)

NAMES = "ABCD"


class World(NamedTuple):
    """What stands in the stores, and what a reader should not have been told."""

    landed: frozenset[str] = frozenset()
    read: frozenset[str] = frozenset()
    months: tuple[Month, ...] = ()
    bucket: frozenset[File] = frozenset()
    todo: frozenset[int] = frozenset()
    told: str = ""


class Scenario(NamedTuple):
    """Objects by name: those that runs folded one after the other before the `actors` begin, and
    those that wait `unread`; all else lands at any time. An actor is interrupted `switches` times
    in all, or however often.
    """

    objects: dict[str, Rows]
    actors: tuple[str, ...] = ("run", "run")
    published: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    crashes: int = 1
    switches: int | None = None


class Explored(NamedTuple):
    """What was found: how many states and endings, and a way to each that is wrong."""

    states: int
    endings: int
    wrong: list[tuple[list[str], list[str]]]


class Model:
    """The stores and actors of a scenario. An actor is the answers that it got; None: it ended."""

    def __init__(self, scenario: Scenario, bug: str = "") -> None:
        days = {row.day for rows in scenario.objects.values() for row in rows}
        self.numbers = tuple(range(1 + max(days) // MONTH))
        # Of each month something lands when all is over, so that a run writes it once more.
        self.news = {
            f"news {n}": frozenset({Arrival("news", n, number * MONTH) for number in self.numbers})
            for n in range(2)
        }
        self.objects = scenario.objects | self.news
        self.scenario, self.protocol = scenario, Protocol(self.objects, bug)
        self.programs = [
            self._program(kind, name) for kind, name in zip(scenario.actors, NAMES, strict=False)
        ]
        self.next_call = cache(lambda place, answers: next_call(self.programs[place], answers)[0])
        # By what an actor remembers, the answers of one way to it.
        self._ways: dict[Any, tuple[Any, ...]] = {}

    def _program(self, kind: str, name: str) -> Program:
        def handing_over() -> Any:
            yield from self.protocol.run(name, hasty=True)
            yield from self.protocol.run(name * 2)

        kinds: dict[str, Program] = {
            "run": lambda: self.protocol.run(name),
            "run that hands over": handing_over,
            "compaction": lambda: self.protocol.compaction(name),
            "reader": lambda: self.protocol.reader(self.numbers),
        }
        return kinds[kind]

    def begin(self) -> Any:
        world = World(months=tuple(map(Month, self.numbers)))
        for name in self.scenario.published:
            world = world._replace(landed=world.landed | {name})
            world = self.alone(world, f"P{name}")
        world = world._replace(landed=world.landed | {*self.scenario.unread})
        return (
            world,
            ((),) * len(self.programs),
            self.scenario.crashes,
            None,
            self.scenario.switches,
        )

    def alone(self, world: World, name: str) -> World:
        """The world after a run that nobody disturbs, when whoever lost a claim is over."""
        answers: tuple[Any, ...] = ()
        while call := next_call(lambda: self.protocol.run(name, later=True), answers)[0]:
            world, answer = self.apply(world, call)
            answers = (*answers, answer)
        return world

    def moves(self, state: Any) -> Iterator[tuple[str, Any]]:
        world, actors, crashes, last, switches = state
        for name in self.scenario.objects.keys() - world.landed:
            landed = world._replace(landed=world.landed | {name})
            yield f"{name} lands", (landed, actors, crashes, last, switches)
        for place, answers in enumerate(actors):
            if answers is None:
                continue
            ended = (*actors[:place], None, *actors[place + 1 :])
            left = switches
            if switches is not None and last not in (None, place):
                left -= 1
                if left < 0:
                    continue
            # Who was last matters only where it is counted.
            mine = None if switches is None else place
            call = self.next_call(place, answers)
            if call is None:
                yield f"{NAMES[place]} ends", (world, ended, crashes, None, left)
                continue
            after, answer = self.apply(world, call)
            going = (*actors[:place], self._way(place, (*answers, answer)), *actors[place + 1 :])
            yield f"{NAMES[place]} {call.name}", (after, going, crashes, mine, left)
            if crashes and self.scenario.actors[place] != "reader":
                yield f"{NAMES[place]} dies", (world, ended, crashes - 1, None, left)

    def _way(self, place: int, answers: tuple[Any, ...]) -> tuple[Any, ...]:
        """Answers after which the actor goes on as after these, the same for all that are alike."""
        _, memory = next_call(self.programs[place], answers)
        return self._ways.setdefault((place, memory), answers)

    def apply(self, world: World, call: Call) -> tuple[World, Any]:
        """The world after a call to a store, and the answer."""
        if call.name in _READS:
            return world, _READS[call.name](world, call.of)
        if call.name == "put":
            return _put(world, *call.of)
        if call.name == "answer":
            return world._replace(told=world.told or self._told(*call.of)), None
        return _WRITES[call.name](world, call.of), None

    def _told(self, before: frozenset[str], months: Iterable[Month], fresh: frozenset[str]) -> str:
        """What is wrong with an answer: all that landed before the question is in it, once."""
        rows = Counter(row for month in months for row in month.rows())
        waits = {row for month in months for file in month.staged for row in file.rows}
        told = {*rows} | waits | self._rows_of(fresh)
        if rows.total() != len(rows):
            return "a reader is told of an arrival twice"
        return "" if self._rows_of(before) <= told else "a reader is not told of an arrival"

    def _rows_of(self, names: Iterable[str]) -> set[Arrival]:
        return {row for name in names for row in self.objects[name]}

    def broken(self, world: World) -> list[str]:
        """What is wrong with the stores, at whatever moment."""
        named = {each.file for month in world.months for each in month.named}
        staged = {file for month in world.months for file in month.staged}
        rows = Counter(row for month in world.months for row in month.rows())
        known = {*rows, *(row for file in staged for row in file.rows)}
        checks = {
            "a file that is named is gone": named | staged <= world.bucket,
            "an arrival is told of twice": rows.total() == len(rows),
            "what is marked as read is nowhere": self._rows_of(world.read) <= known,
            world.told: not world.told,
        }
        return [problem for problem, holds in checks.items() if not holds]

    def judge(self, world: World) -> list[str]:
        """What is wrong once everything has come to its end."""
        for name in self.news:
            world = self.alone(world._replace(landed=world.landed | {name}), f"Z{name}")
        rows = {row for month in world.months for row in month.rows()}
        named = {each.file for month in world.months for each in month.named}
        # What a run staged in vain, the bucket itself deletes in the end.
        nobodys = {file for file in world.bucket - named if not file.key.endswith("staged")}
        checks = {
            "an arrival is lost": self._rows_of(world.landed) == rows,
            "something waits for ever": not any(month.staged for month in world.months),
            "files are nobody's": not nobodys,
        }
        return [*self.broken(world), *(text for text, holds in checks.items() if not holds)]


def next_call(program: Program, answers: tuple[Any, ...]) -> tuple[Call | None, Any]:
    """What an actor does after these answers, and all that it remembers of them.

    It begins anew, and is told them again.
    """
    steps = program()
    try:
        call: Call = next(steps)
        for answer in answers:
            call = steps.send(answer)
    except StopIteration:
        return None, None
    return call, tuple(_memory(steps))


def _memory(steps: Any) -> Iterator[Any]:
    while steps is not None and steps.gi_frame is not None:
        frame = steps.gi_frame
        kept = ((name, _frozen(value)) for name, value in sorted(frame.f_locals.items()))
        yield frame.f_lasti, tuple(kept)
        steps = steps.gi_yieldfrom


def _frozen(value: Any) -> Any:
    if isinstance(value, set):
        return frozenset(value)
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    return repr(value) if isinstance(value, count) else value


def _put(world: World, month: Month, at_any_version: bool) -> tuple[World, bool]:
    standing = world.months[month.number]
    won = at_any_version or standing.version == month.version - 1
    months = (*world.months[: month.number], month, *world.months[month.number + 1 :])
    return (world._replace(months=months) if won else world), won


_READS: dict[str, Callable[[World, Any], Any]] = {
    "mark": lambda world, _: world.read,
    "landing": lambda world, _: world.landed,
    "months": lambda world, numbers: tuple(world.months[number] for number in numbers),
    "todo": lambda world, _: world.todo,
    "fetch": lambda world, file: file in world.bucket,
    "of_month": lambda world, number: frozenset(
        file for file in world.bucket if min(file.days) // MONTH == number
    ),
}
_WRITES: dict[str, Callable[[World, Any], World]] = {
    "write": lambda world, file: world._replace(
        bucket=frozenset(other for other in world.bucket if other.key != file.key) | {file}
    ),
    "delete": lambda world, files: world._replace(bucket=world.bucket - files),
    "put_mark": lambda world, names: world._replace(read=names),
    "put_todo": lambda world, numbers: world._replace(todo=world.todo | numbers),
    "end_todo": lambda world, number: world._replace(todo=world.todo - {number}),
}


def explore(scenario: Scenario, bug: str = "") -> Explored:
    """Tries every interleaving, and looks at each state; each ending is followed by undisturbed
    runs, and judged.
    """
    model = Model(scenario, bug)
    begin = model.begin()
    came_from: dict[Any, Any] = {begin: None}
    waiting, wrong, endings = [begin], list[tuple[list[str], list[str]]](), set[World]()
    while waiting:
        state = waiting.pop()
        world, actors, *_ = state
        problems = model.broken(world)
        over = world.landed >= scenario.objects.keys() and not any(
            answers is not None for answers in actors
        )
        if over and world not in endings:
            endings.add(world)
            problems += model.judge(world)
        if problems:
            wrong.append((_way(state, came_from), problems))
            continue
        for label, after in model.moves(state):
            if after not in came_from:
                came_from[after] = state, label
                waiting.append(after)
        if bug and wrong:
            break
    return Explored(len(came_from), len(endings), wrong)


def _way(state: Any, came_from: dict[Any, Any]) -> list[str]:
    steps = []
    while came_from[state] is not None:
        state, label = came_from[state]
        steps.append(label)
    return steps[::-1]

"""
The publication protocol as a state machine, so that every interleaving can be tried.

A step is one call to a store, named after the function that makes it in
`waypost.lake.hourly_run` and `waypost.lake.commit`. Actors: hourly runs, any of which may die once,
and `match`, which lands objects at any time. A `bug` leaves out or misplaces one safeguard.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

ATTEMPTS = 5


class Arrival(NamedTuple):
    """An event's arrival: the event it is of, its place in the order of reception, its day."""

    event: str
    received: int
    day: int = 0


class Landing(NamedTuple):
    hour: int
    arrivals: tuple[Arrival, ...]


class File(NamedTuple):
    """A Parquet file. `etag` names its bytes; rows are (event, received)."""

    day: int
    hour: int
    etag: object
    rows: frozenset[tuple[str, int]]


class Head(NamedTuple):
    """The manifest of a day and the numbers it names; `counts` is (hour, received, stored)."""

    version: int = 0
    rewriting: frozenset[int] = frozenset()
    numbers: tuple[str, ...] = ()
    counts: frozenset[tuple[int, int, int]] = frozenset()


class World(NamedTuple):
    landed: frozenset[str]
    read: frozenset[str]
    heads: tuple[Head, ...]
    files: frozenset[File]

    def file(self, day: int, hour: int) -> File | None:
        return next((file for file in self.files if file[:2] == (day, hour)), None)


class Day(NamedTuple):
    """`waypost.lake.commit.Day`: one event day in the hands of a run."""

    day: int
    head: Head
    hours: frozenset[int]
    doubtful: frozenset[int]
    etags: tuple[tuple[int, object], ...]


class Run(NamedTuple):
    """What a run remembers between two of its steps."""

    name: str
    step: str = "watermark"
    attempt: int = 0
    read: frozenset[str] = frozenset()
    heads: tuple[Head, ...] = ()
    objects: frozenset[str] = frozenset()
    hours: frozenset[int] = frozenset()
    touched: tuple[int, ...] = ()
    etags: tuple[tuple[int, object], ...] = ()
    held: tuple[Day, ...] = ()
    staying: frozenset[tuple[int, str, int]] = frozenset()
    todo: tuple[tuple[int, int], ...] = ()
    lost: bool = False


PUBLISH = 99
LISTED_LATE = "files listed after the claim"
Next = tuple[World, Run]


class Protocol:
    """What each step does. `attempts` bounds how often a run begins again after a lost race."""

    def __init__(self, objects: dict[str, Landing], attempts: int = 2, bug: str = "") -> None:
        self.objects, self.attempts, self.bug = objects, attempts, bug
        self.days = 1 + max(a.day for landing in objects.values() for a in landing.arrivals)

    def step(self, world: World, run: Run) -> Next:
        after: Next = getattr(self, run.step)(world, run)
        return after

    # hourly_run._plan

    def watermark(self, world: World, run: Run) -> Next:
        late = self.bug == "manifests read after the listing"
        return world, run._replace(step="landing" if late else "manifests", read=world.read)

    def manifests(self, world: World, run: Run) -> Next:
        run = run._replace(heads=world.heads, step="landing")
        return (world, self._planned(run)) if run.objects else (world, run)

    def landing(self, world: World, run: Run) -> Next:
        run = run._replace(objects=world.landed, step="manifests")
        return (world, self._planned(run)) if run.heads else (world, run)

    def _planned(self, run: Run) -> Run:
        doubtful = {hour for head in run.heads for hour in head.rewriting}
        if self.bug == "doubtful hours are no work":
            doubtful = set()
        hours = {self.objects[name].hour for name in run.objects - run.read} | doubtful
        known = [self.objects[name] for name in run.objects]
        touched = {a.day for landing in known if landing.hour in hours for a in landing.arrivals}
        run = run._replace(hours=frozenset(hours), touched=tuple(sorted(touched)))
        if not hours:
            return Run(run.name, "end")
        if self.bug == "marked as read before publishing":
            return run._replace(step="advance")
        if not touched:
            return run._replace(step="advance")
        return run._replace(step="claim" if self.bug == LISTED_LATE else "parquet")

    def _landed(self, run: Run) -> list[Landing]:
        wanted = run.hours | {hour - 1 for hour in run.hours}
        return [self.objects[name] for name in run.objects if self.objects[name].hour in wanted]

    # commit.claim, day by day

    def parquet(self, world: World, run: Run) -> Next:
        late = self.bug == LISTED_LATE
        day = run.held[-1].day if late else run.touched[0]
        etags = tuple(sorted((file.hour, file.etag) for file in world.files if file.day == day))
        if not late:
            return world, run._replace(etags=etags, step="claim")
        held = (*run.held[:-1], run.held[-1]._replace(etags=etags))
        return world, run._replace(held=held, step="claim" if run.touched else "fetch")

    def claim(self, world: World, run: Run) -> Next:
        day, head = run.touched[0], run.heads[run.touched[0]]
        run = run._replace(touched=run.touched[1:])
        landed = self._landed(run)
        mine = {o.hour for o in landed if any(a.day == day for a in o.arrivals)}
        hours = (run.hours & mine) | head.rewriting
        late = self.bug == LISTED_LATE
        step = ("claim" if late else "parquet") if run.touched else "fetch"
        if not hours <= {o.hour for o in landed} or world.heads[day].version != head.version:
            return world, run._replace(lost=True, step=step)
        bump = 0 if self.bug == "a claim keeps the version" else 1
        claimed = head._replace(version=head.version + bump, rewriting=hours)
        held = (*run.held, Day(day, claimed, hours, head.rewriting, run.etags))
        run = run._replace(held=held, step="parquet" if late else step)
        return _with_head(world, day, claimed), run

    # hourly_run._staying, Fold.decide

    def fetch(self, world: World, run: Run) -> Next:
        staying = {
            (file.day, *row)
            for held in run.held
            for file in world.files
            if file.day == held.day and file.hour not in held.hours
            for row in file.rows
        }
        todo = [(held.day, h) for held in run.held for h in (*sorted(held.hours), PUBLISH)]
        return world, _onwards(run._replace(staying=frozenset(staying), todo=tuple(todo)))

    def _fold(self, run: Run, day: int) -> Iterator[tuple[int, str, int, bool]]:
        """(hour, event, received, whether it is stored) of each arrival, as Fold decides."""
        hours: dict[tuple[str, int], int] = {}
        for landing in self._landed(run):
            for event, received, of in landing.arrivals:
                if of == day:
                    place = event, received
                    hours[place] = min(landing.hour, hours.get(place, landing.hour))
        standing = {event for of, event, _ in run.staying if of == day}
        for (event, received), hour in hours.items():
            first = min(other for known, other in hours if known == event)
            if (day, event, received) not in run.staying:
                yield hour, event, received, received == first and event not in standing

    # commit._replace and commit.publish

    def write(self, world: World, run: Run) -> Next:
        day, hour = run.todo[0]
        held = next(held for held in run.held if held.day == day)
        decided = self._fold(run, day)
        rows = frozenset((e, r) for h, e, r, stored in decided if stored and h == hour)
        seen, now = dict(held.etags).get(hour), world.file(day, hour)
        after = _onwards(run._replace(todo=run.todo[1:]))
        if self.bug == "an empty file is deleted" and not rows and seen is not None:
            return world._replace(files=world.files - {now}), after
        in_doubt = hour in held.doubtful and self.bug != "empty files of doubtful hours left out"
        if not rows and seen is None and not in_doubt:
            return world, after
        if self.bug != "no If-Match" and seen != (now.etag if now else None):
            return world, self._loses(run)
        same = self.bug == "two runs may write the same bytes"
        etag = (*sorted(rows),) if same else (run.name, run.attempt, *sorted(rows))
        return world._replace(files=world.files - {now} | {File(day, hour, etag, rows)}), after

    def publish(self, world: World, run: Run) -> Next:
        day = run.todo[0][0]
        held = next(held for held in run.held if held.day == day)
        if self.bug != "no fence" and world.heads[day].version != held.head.version:
            return world, self._loses(run)
        decided = [event for event in self._fold(run, day) if event[0] in held.hours]
        numbers = [event for _, event, _, stored in decided if stored]
        numbers += [event for of, event, _ in run.staying if of == day]
        counts = {count for count in held.head.counts if count[0] not in held.hours}
        for hour in held.hours:
            mine = [event for event in decided if event[0] == hour]
            counts.add((hour, len(mine), sum(stored for *_, stored in mine)))
        version = held.head.version + 1
        head = Head(version, frozenset(), tuple(sorted(numbers)), frozenset(counts))
        return _with_head(world, day, head), _onwards(run._replace(todo=run.todo[1:]))

    def _loses(self, run: Run) -> Run:
        left = tuple(step for step in run.todo if step[0] != run.todo[0][0])
        return _onwards(run._replace(todo=left, lost=True))

    # hourly_run._advance, hourly_run.run

    def advance(self, world: World, run: Run) -> Next:
        world = world._replace(read=run.objects)
        if self.bug == "marked as read before publishing" and run.touched:
            return world, run._replace(step="parquet")
        return world, Run(run.name, "end")

    def again(self, world: World, run: Run) -> Next:
        if run.attempt + 1 == self.attempts:
            return world, Run(run.name, "end")
        return world, Run(run.name, attempt=run.attempt + 1)


def _onwards(run: Run) -> Run:
    if run.todo:
        return run._replace(step="publish" if run.todo[0][1] == PUBLISH else "write")
    return run._replace(step="again" if run.lost else "advance")


def _with_head(world: World, day: int, head: Head) -> World:
    heads = (*world.heads[:day], head, *world.heads[day + 1 :])
    return world._replace(heads=heads)


class Scenario(NamedTuple):
    """Objects by name; those already published when two runs begin, and those landed unread."""

    objects: dict[str, Landing]
    published: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    attempts: int = 2
    runs: int = 2


class Explored(NamedTuple):
    """What was found: how many states and endings, and a way to each ending that is wrong."""

    states: int
    endings: int
    wrong: list[tuple[list[str], list[str]]]


def explore(scenario: Scenario, bug: str = "", crashes: int = 1) -> Explored:
    """Tries every interleaving; each ending is followed by one undisturbed run, and judged."""
    protocol = Protocol(scenario.objects, scenario.attempts, bug)
    runs = tuple(Run(name) for name in "ABC"[: scenario.runs])
    begin: Any = (_begin(scenario, protocol), runs, crashes)
    came_from: dict[Any, Any] = {begin: None}
    waiting, verdicts, wrong = [begin], dict[World, list[str]](), []
    while waiting:
        state = waiting.pop()
        world, runs, _ = state
        over = world.landed == set(scenario.objects) and {run.step for run in runs} == {"end"}
        if over and world not in verdicts:
            verdicts[world] = judge(settled(world, scenario, bug), scenario)
            if verdicts[world]:
                wrong.append((_way(state, came_from), verdicts[world]))
        for label, after in _moves(state, protocol):
            if after not in came_from:
                came_from[after] = state, label
                waiting.append(after)
    return Explored(len(came_from), len(verdicts), wrong)


def _begin(scenario: Scenario, protocol: Protocol) -> World:
    world = World(frozenset(), frozenset(), (Head(),) * protocol.days, frozenset())
    if scenario.published:
        world = settled(world._replace(landed=frozenset(scenario.published)), scenario)
    return world._replace(landed=world.landed | set(scenario.unread))


def _moves(state: Any, protocol: Protocol) -> Iterator[tuple[str, Any]]:
    world, runs, crashes = state
    for name in protocol.objects.keys() - world.landed:
        yield f"{name} lands", (world._replace(landed=world.landed | {name}), runs, crashes)
    for n, run in enumerate(runs):
        if run.step == "end":
            continue
        changed, after = protocol.step(world, run)
        yield f"{run.name} {run.step}", (changed, _put(runs, n, after), crashes)
        if crashes:
            dead = Run(run.name, "end")
            yield f"{run.name} dies", (world, _put(runs, n, dead), crashes - 1)


def _put(runs: tuple[Run, ...], n: int, run: Run) -> tuple[Run, ...]:
    return (*runs[:n], run, *runs[n + 1 :])


def settled(world: World, scenario: Scenario, bug: str = "") -> World:
    """The world after one more run that nobody disturbs."""
    protocol, run = Protocol(scenario.objects, ATTEMPTS, bug), Run("Z")
    while run.step != "end":
        world, run = protocol.step(world, run)
    return world


def judge(world: World, scenario: Scenario) -> list[str]:
    """What is wrong with the numbers, the lake or the accounting, once all has settled."""
    arrivals = {a[:2] for name in world.landed for a in scenario.objects[name].arrivals}
    events = sorted({event for event, _ in arrivals})
    numbers = sorted(event for head in world.heads for event in head.numbers)
    lake = sorted(event for file in world.files for event, _ in file.rows)
    received = sum(count for head in world.heads for _, count, _ in head.counts)
    stored = sum(count for head in world.heads for _, _, count in head.counts)
    return [
        *([f"numbers {numbers}"] if numbers != events else []),
        *([f"lake {lake}"] if lake != events else []),
        *(
            [f"counts {received}, {stored}"]
            if (received, stored) != (len(arrivals), len(events))
            else []
        ),
    ]


def _way(state: Any, came_from: dict[Any, Any]) -> list[str]:
    steps = []
    while came_from[state] is not None:
        state, label = came_from[state]
        steps.append(label)
    return steps[::-1]

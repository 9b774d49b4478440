"""Questions over lakes of all sizes, beside bare DuckDB over one file and beside an earlier way."""

from tests.benchmarks import apart, earlier_way, question_lakes
from tests.benchmarks.apart import Usage
from tests.benchmarks.question import Question
from tests.benchmarks.question_lakes import SHAPES
from tests.benchmarks.questions import QUESTIONS

_NAME, _TRIES = 36, 3


def report(shapes: tuple[str, ...] = tuple(SHAPES)) -> str:
    head = "Questions to an empty cache, CPU at one thread; bare DuckDB has one file of all events"
    columns = [f"{title:>11}" for title in ("CPU", "GETs", "MB", "bare", "", "earlier")]
    rows = [f"  {'':<{_NAME}}{''.join(columns)}"]
    for shape in shapes:
        question_lakes.of(SHAPES[shape])
        whole = SHAPES[shape]
        rows.append(f"  {shape}: {whole.events:,} events, {whole.days} days, {whole.users:,} users")
        rows += [_row(shape, question) for question in QUESTIONS]
    note = (
        f"  earlier: numbers of each day walked in Python, as in {earlier_way.COMMIT}; of a week, "
        "and as much more as there are events"
    )
    return "\n".join([head, *rows, note])


def _row(shape: str, question: Question) -> str:
    lake, bare = (_least(way, shape, question.name) for way in ("lake", "bare"))
    assert lake.answer["rows"] == bare.answer["rows"], (shape, question.name)
    earlier = earlier_way.cpu(shape).get(question.name)
    ratio = (
        f"{bare.cpu / lake.cpu:.0f} ×"
        if bare.cpu > 2 * lake.cpu
        else f"{bare.cpu / lake.cpu:.1f} ×"
    )
    figures = [
        f"{lake.cpu:.3f} s",
        str(lake.answer["gets"]),
        f"{lake.answer['bytes'] / 1e6:.2f}",
        f"{bare.cpu:.3f} s",
        ratio,
        f"{earlier:,.0f} s" if earlier else "",
    ]
    return f"    {question.name:<{_NAME - 2}}" + "".join(f"{figure:>11}" for figure in figures)


def _least(way: str, shape: str, question: str) -> Usage:
    """Of some tries the one that took the least CPU; what it fetched is the same in all."""
    tries = [apart.run("tests.benchmarks.ask", way, shape, question) for _ in range(_TRIES)]
    return min(tries, key=lambda usage: usage.cpu)

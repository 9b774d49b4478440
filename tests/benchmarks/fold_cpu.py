"""The hourly run over inputs of all kinds, beside bare DuckDB over the same landing objects."""

from tests.benchmarks import apart, fold_inputs
from tests.benchmarks.apart import Usage
from tests.benchmarks.fold_inputs import Input

_NAME = 32


def report(inputs: tuple[Input, ...] = fold_inputs.ALL) -> str:
    titles = f"  {'':<{_NAME}}{'seconds':>9}{'CPU':>8}{'memory':>9}{'disk':>9}"
    notes = []
    rows = [titles]
    for what in inputs:
        folder = str(what.folder())
        bare = apart.run("tests.benchmarks.bare_fold", folder) if what.is_once else None
        real = apart.run("tests.benchmarks.real_fold", what.name)
        if bare is not None:
            assert bare.answer["events"] == real.answer["stored"], what.name
            rows.append(_row(f"{what.name}, bare DuckDB", bare))
        of_bare = f"   {real.cpu / bare.cpu:.2f} × bare" if bare is not None else ""
        rows.append(_row(what.name, real) + of_bare)
        if "runs" in real.answer:
            today = real.answer["today"].get("stored", 0)
            notes.append(
                f"  {what.name}: {real.answer['runs']} runs of 60 s at most; "
                f"{today:,} events of today after the first"
            )
    head = "Hourly run, two cores: seconds, CPU in seconds, MB of memory and of disk"
    return "\n".join([head, *rows, *notes])


def _row(name: str, usage: Usage) -> str:
    figures = (
        f"{usage.seconds:>9.1f}{usage.cpu:>8.1f}{usage.memory_mb:>9,.0f}{usage.disk_mb:>9,.0f}"
    )
    return f"  {name:<{_NAME}}{figures}"

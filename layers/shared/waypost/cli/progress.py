"""Progress bars on stderr."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

Update = Callable[[int, int], None]


@contextmanager
def bar(title: str, unit: Literal["bytes", "rows"], *, shown: bool) -> Iterator[Update]:
    """A bar to be told (done, in all), or something that listens and shows nothing."""
    if not shown:
        yield _ignore
        return
    # Here, since rich takes long to import and most commands show no bar.
    from rich import progress
    from rich.console import Console

    amount = progress.DownloadColumn() if unit == "bytes" else progress.MofNCompleteColumn()
    columns = (
        progress.TextColumn("{task.description:<9}"),
        progress.BarColumn(),
        progress.TaskProgressColumn(),
        amount,
        progress.TextColumn("" if unit == "bytes" else "rows"),
        progress.TimeElapsedColumn(),
    )
    with progress.Progress(*columns, console=Console(stderr=True)) as running:
        task = running.add_task(title, total=None)
        # 0 in all means that nobody knows yet: rich then moves the bar instead of filling it.
        yield lambda done, total: running.update(task, completed=done, total=total or None)


def _ignore(done: int, total: int) -> None:
    """Shows nothing."""

"""Load over HTTP: the same request from several connections, each waiting for its answer."""

import http.client
import os
import threading
import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Post:
    """A request that carries `events` of them. Answers but 200 are failures."""

    url: str
    body: bytes
    events: int
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Told:
    """What a load came to; `times` are the seconds of each request that was answered 200."""

    seconds: float = 0.0
    events: int = 0
    failures: int = 0
    times: list[float] = field(default_factory=list)

    @property
    def a_second(self) -> float:
        return self.events / self.seconds

    def add(self, other: "Told") -> None:
        """Another round of the same load."""
        self.seconds += other.seconds
        self.events += other.events
        self.failures += other.failures
        self.times += other.times


def run(post: Post, *, connections: int, seconds: float) -> Told:
    """Sends for so long, and until every connection has had an answer; then what came of it."""
    told, lock = Told(), threading.Lock()
    began = time.monotonic()
    arguments = post, began + seconds, told, lock
    threads = [threading.Thread(target=_send, args=arguments) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told.seconds = time.monotonic() - began
    return told


def _send(post: Post, until: float, told: Told, lock: threading.Lock) -> None:
    parts = urlsplit(post.url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=120)
    while True:
        began = time.monotonic()
        connection.request("POST", parts.path, body=post.body, headers=post.headers)
        answer = connection.getresponse()
        answer.read()
        ended = time.monotonic()
        with lock:
            if answer.status == 200:
                told.events += post.events
                told.times.append(ended - began)
            else:
                told.failures += 1
        if ended > until:
            connection.close()
            return


def cpu(root: int) -> float:
    """CPU seconds of a process and of all that it has started and that still runs."""
    parents: dict[int, list[int]] = {}
    spent: dict[int, float] = {}
    for folder in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{folder}/stat") as stat:
                fields = stat.read().rpartition(")")[2].split()
        except OSError:
            continue  # ended meanwhile
        parents.setdefault(int(fields[1]), []).append(int(folder))
        spent[int(folder)] = (int(fields[11]) + int(fields[12])) / _TICKS
    tree, total = [root], 0.0
    while tree:
        process = tree.pop()
        total += spent.get(process, 0.0)
        tree += parents.get(process, [])
    return total

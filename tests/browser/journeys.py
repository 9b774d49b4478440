"""Journeys: seeded random visits under faults, and what became of every event of theirs."""

import random
from collections import Counter
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Page

from tests.browser.pages import IDENTIFY
from tests.browser.tabs import hide, loaded, show, skip, waiting
from tests.browser.world import READABLE, World, items
from tests.conftest import eventually

PATHS = ("/a", "/b", "/c")
FAULTS = (408, 429, 500, 502, 503)


@dataclass
class Outcome:
    """What became of the events: the three sets are empty where all is well.

    `lost` are those of `missing` whose arrival the browser was told of.
    """

    doubled: set[str]
    missing: set[str]
    lost: set[str]
    counts: dict[str, int]


@dataclass
class Journeys:
    """One visitor who comes again and again; each visit is a few random acts in one or two tabs."""

    world: World
    visitor: BrowserContext
    seed: int
    tracked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        for path in PATHS:
            self.world.publish(path, self.world.snippet(IDENTIFY))
        self.world.expect("Failed to load resource|CORS policy")

    def run(self, visits: int) -> None:
        tabs = [self._open()]
        for _ in range(visits):
            self._visit(tabs[0])
            if self.random.random() < 0.5:
                self._sleep(tabs[0])
            for _ in range(self.random.randint(2, 4)):
                act = self.random.choice(ACTS)
                act(self, tabs)
            while len(tabs) > 1:
                tabs.pop().close()

    def outcome(self) -> Outcome:
        """Once all is well again, and a last page had the time to send what was left.

        An event is doubled that the live feed shows twice, or that the numbers count twice.
        """
        last = self._open()
        eventually(lambda: self._send_rest(last), lambda left: not left, 60)
        eventually(self.world.traffic.pending, lambda posts: posts == 0)
        taken = sum(len(items(post)) for post in self.world.proxy.posts() if post.upstream == 200)
        counts = self.world.local.settled(self.world.customer, taken)
        self.world.local.aggregate(self.world.customer)
        seen, shown = self._counted(), self._shown()
        doubled = {name for name in self.tracked if max(seen.get(name, 0), shown[name]) > 1}
        return Outcome(
            doubled, set(self.tracked) - seen.keys(), self._acknowledged() - seen.keys(), counts
        )

    def _acknowledged(self) -> set[str]:
        """What the browser sent in requests that it saw taken."""
        taken = [post for post in self.world.proxy.posts() if post.status == 200]
        return {i["action"] for post in taken for i in items(post)} & set(self.tracked)

    def _send_rest(self, page: Page) -> list[str]:
        self._sleep(page)
        return waiting(page)

    def _sleep(self, page: Page) -> None:
        """The visitor comes back after so long that all is well and no pause is left."""
        self.world.proxy.heal()
        skip(page, 600)
        self.world.wait(page, 5)

    def _counted(self) -> dict[str, int]:
        """How many events of each action of these journeys there are, in the read API's numbers."""
        path = "metrics?metric=events&group_by=action"
        totals = self.world.local.get(self.world.customer, path)["totals"]
        return {one["key"]: one["value"] for one in totals if one["key"] in self.tracked}

    def _shown(self) -> Counter[str]:
        """How often each action is in the live feed."""
        shown: Counter[str] = Counter()
        following = ""
        while following is not None:
            page = self.world.local.get(self.world.customer, f"events?limit=500{following}")
            shown.update(event["action"] for event in page["events"])
            following = page["next"] and f"&cursor={page['next']}"
        return shown

    # ---- Acts ----

    def _open(self) -> Page:
        tab = self.visitor.new_page()
        self._visit(tab)
        return tab

    def _visit(self, tab: Page) -> None:
        here = tab.url.removeprefix(self.world.site.url)
        tab.goto(self.world.site.url + self.random.choice([p for p in PATHS if p != here]))
        loaded(tab)

    def track(self, tabs: list[Page]) -> None:
        for _ in range(self.random.randint(1, 3)):
            name = f"e{len(self.tracked)}"
            self.tracked.append(name)
            self.random.choice(tabs).evaluate("name => plantrack.track(name)", name)

    def wait(self, tabs: list[Page]) -> None:
        self.track(tabs)
        self.world.wait(tabs[-1], self.random.choice((0.5, 1.5, 5, 10)))

    def refuse(self, tabs: list[Page]) -> None:
        """The next requests fail, with an answer or without, before or after they arrived."""
        headers = self.random.choice((READABLE, READABLE, READABLE, {}))
        after, times = self.random.random() < 0.5, self.random.randint(1, 3)
        self.world.proxy.answer(self.random.choice(FAULTS), times, after, headers)
        self.track(tabs)
        if self.random.random() < 0.5:
            self.world.wait(tabs[-1], 1.5)

    def disconnect(self, tabs: list[Page]) -> None:
        self.visitor.set_offline(True)
        self.track(tabs)
        self.world.wait(tabs[-1], self.random.choice((1.5, 5)))
        if len(tabs) > 1 and self.random.random() < 0.5:
            tabs.pop().close()
        self.visitor.set_offline(False)

    def switch(self, tabs: list[Page]) -> None:
        self.track(tabs)
        hide(tabs[-1])
        if self.random.random() < 0.5:
            self.world.wait(tabs[-1], 2)
        show(tabs[-1])

    def move(self, tabs: list[Page]) -> None:
        self.track(tabs)
        self._visit(tabs[-1])

    def back(self, tabs: list[Page]) -> None:
        self.move(tabs)
        self.track(tabs)
        tabs[-1].go_back(wait_until="commit")
        loaded(tabs[-1])

    def close(self, tabs: list[Page]) -> None:
        self.track(tabs)
        tabs.pop().close()
        tabs.append(self._open())

    def add(self, tabs: list[Page]) -> None:
        if len(tabs) < 2:
            tabs.append(self._open())
        self.track(tabs)


ACTS = (
    *(Journeys.track, Journeys.wait, Journeys.wait),
    *(Journeys.refuse, Journeys.refuse, Journeys.refuse),
    *(Journeys.disconnect, Journeys.switch, Journeys.move, Journeys.back),
    *(Journeys.close, Journeys.add),
)

"""From key press to painted answer, in the running app.

    python tests/benchmarks/edit_latency.py RUN [--user ID] [--edits N]

The app runs headless on a real run; each edit removes one more item, so that no answer is known
from before. Printed are the median and the 95th percentile of the time until the screen shows the
edit's own answer, and of the engine's part of it.
"""

import argparse
import asyncio
import statistics
import time

from textual import events

from engine.home import Home
from engine.training.runs import find_run
from sigma_tui.app import SigmaApp
from sigma_tui.screens.explorer import ExplorerScreen


async def measure(run: str, user: str | None, edits: int) -> None:
    home = Home.locate()
    screen = ExplorerScreen(
        find_run(home.runs, run).path, home.library, user=user, clock=time.perf_counter
    )
    app = SigmaApp(screen)
    painted, engine = [], []
    async with app.run_test(size=(120, 36)) as pilot:
        while screen.shown is None:
            await pilot.pause(0.05)
        for edit in range(edits + 5):
            started = time.perf_counter()
            app.post_message(events.Key("d", "d"))  # as the terminal's driver does
            while len(screen.journey.past) <= edit or screen.took is None:
                await asyncio.sleep(0.001)
            if edit >= 5:  # the first ones warm up
                painted.append((time.perf_counter() - started) * 1000)
                engine.append(screen.shown.answer.milliseconds)
        items = len(screen.shown.question.items)
    catalogue = len(screen._explorer.catalogue.labels)
    print(f"{catalogue:,} items, a sequence of {items}, {edits} edits")
    for name, values in (("key to screen", painted), ("engine", engine)):
        p95 = statistics.quantiles(values, n=20)[-1]
        print(f"{name:>14}: median {statistics.median(values):6.1f} ms, p95 {p95:6.1f} ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run")
    parser.add_argument("--user")
    parser.add_argument("--edits", type=int, default=60)
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.run, chosen.user, chosen.edits))

"""Ends the app in order when it is told to end, or its terminal is closed."""

import asyncio
import os
import signal
import threading
from typing import Any

from textual.app import App

from sigma_tui.kept.session import Session

LONGEST = 3.0
"""Seconds that an orderly end may take; a closed terminal takes no more output."""
SHORTLY = 1.0
"""Seconds that the terminal has to take what leaves it as it was."""
NAMES = ("SIGTERM", "SIGHUP")


def end_in_order(app: App[Any], session: Session) -> None:
    """SIGTERM and SIGHUP end the app from now on as ``q`` does: what is remembered is written and
    the terminal is left as it was. To be called while the app runs."""
    loop = asyncio.get_running_loop()
    numbers = [int(getattr(signal, name)) for name in NAMES if hasattr(signal, name)]
    try:
        for number in numbers:
            loop.add_signal_handler(number, _end, app, number)
        # The loop hears of signals by what is written to its descriptor, and only when it comes to
        # read that. A thread stands in between, for the day that the loop comes to nothing more.
        heard, told = os.pipe()
        os.set_blocking(told, False)
        loops = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    except (NotImplementedError, RuntimeError, ValueError):
        return  # not the main thread, or not on this system
    threading.Thread(
        target=_watch, args=(heard, loops, numbers, app, session), name="signals", daemon=True
    ).start()


def _end(app: App[Any], number: int) -> None:
    app.exit(return_code=128 + number)


def _watch(heard: int, loops: int, numbers: list[int], app: App[Any], session: Session) -> None:
    """Passes signals on to the loop, and ends the process if one that ends it has no effect."""
    while signals := os.read(heard, 64):
        try:
            os.write(loops, signals)
        except BlockingIOError:
            pass  # it has not read yet what it was told before, and wakes by that
        except OSError:
            return  # the loop has ended
        for number in signals:
            if number in numbers:
                # The state first; the terminal may hold up the rest for good.
                session.close()
                threading.Event().wait(LONGEST)
                _leave_terminal(app)
                os._exit(128 + number)


def _leave_terminal(app: App[Any]) -> None:
    """What the app would do itself if it did anything; a terminal that takes nothing is left."""
    driver = app._driver

    def leave() -> None:
        if driver is not None:
            if hasattr(driver, "_disable_mouse_support"):
                driver._disable_mouse_support()  # left out below by who may set no signals
            driver.stop_application_mode()
            driver.close()

    leaving = threading.Thread(target=leave, daemon=True)
    leaving.start()
    leaving.join(SHORTLY)

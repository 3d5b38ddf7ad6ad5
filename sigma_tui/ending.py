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


def end_in_order(app: App[Any], session: Session) -> None:
    """SIGTERM and SIGHUP end the app from now on as ``q`` does: what is remembered is written and
    the terminal is left as it was. To be called while the app runs."""
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None:
            try:
                loop.add_signal_handler(number, _end, app, session, number)
            except (NotImplementedError, RuntimeError, ValueError):
                return  # not the main thread, or not on this system


def _end(app: App[Any], session: Session, number: int) -> None:
    threading.Thread(target=_end_anyway, args=(session, number), daemon=True).start()
    app.exit(return_code=128 + number)


def _end_anyway(session: Session, number: int) -> None:
    """The state first; the terminal may hold up the rest for good."""
    session.close()
    threading.Event().wait(LONGEST)
    os._exit(128 + number)

"""Opens the app with a person's settings and what it remembers of the last time."""

import os
import sys
from collections.abc import Callable

from textual.screen import Screen

from engine.errors import SigmaError
from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.kept.session import Session
from sigma_tui.kept.settings import FILE, Settings, changed, read_settings

First = Callable[[Settings, Session], Screen[None]]
"""Makes the first screen from the settings and what is remembered."""


def open_app(home: Home, first: First, *, device: str = "auto") -> None:
    """Runs the app until it is left; what is remembered is on disk then.

    device: as it was asked for; ``auto`` takes the settings'. Raises SigmaError where there is no
    terminal that can draw, and what nobody foresaw; exits with a status above 128 if a signal
    ended the app.
    """
    refuse_unfit_terminal()
    path = home.config / FILE
    settings, wrong = read_settings(path)
    if device != "auto":
        settings = changed(settings, "device", device)
    session = Session(home.state, path, restore=settings.restore)
    try:
        app = SigmaApp(first(settings, session), settings=settings, session=session, troubles=wrong)
        if settings.late_frames:
            from sigma_tui.look.late_frames import LateFrames, LateFramesLog

            with LateFrames(LateFramesLog(home.logs / "late-frames.log")):
                app.run(mouse=settings.mouse)
        else:
            app.run(mouse=settings.mouse)
    finally:
        session.close()
    if app.defect is not None:
        raise app.defect
    if app.return_code:
        sys.exit(app.return_code)


def refuse_unfit_terminal() -> None:
    """Raises SigmaError where the app could not be seen or used."""
    instead = "The commands work everywhere, such as sigma-tui recommend RUN --user ID."
    if os.environ.get("TERM") == "dumb":
        raise SigmaError(f"TERM is dumb: this terminal cannot draw the app. {instead}")
    if "TEXTUAL_DRIVER" in os.environ:
        return  # served to a browser, over pipes
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise SigmaError(f"The app needs a terminal for its input and output. {instead}")

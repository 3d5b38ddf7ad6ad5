"""Going on where one was: the last run, with its user and edits."""

from typing import TYPE_CHECKING

from engine.errors import RunError
from engine.home import Home
from sigma_tui.kept.session import Session, Visit

if TYPE_CHECKING:
    from sigma_tui.screens.explorer import ExplorerScreen


def last_screen(
    home: Home, session: Session, device: str, *, user: str | None = None
) -> "ExplorerScreen":
    """The explorer on the run that was visited last. user: another one than its last.

    Raises RunError if there was none, or it is gone.
    """
    from sigma_tui.demo import demo_explorer, demo_run
    from sigma_tui.screens.explorer import ExplorerScreen

    visit = session.last
    if visit is None:
        raise RunError(
            "there is nothing to go on with yet: `sigma-tui explore RUN` opens a run, "
            "`sigma-tui demo` the built-in demo."
        )
    if visit.run == demo_run():
        return demo_explorer(home, device=device, user=user, fresh=False)
    if not visit.run.is_dir():
        raise RunError(
            f"run {visit.run.name!r}, in which you were last, is gone. `sigma-tui runs list` shows "
            "what there is."
        )
    return ExplorerScreen(visit.run, visit.library, user=user, device=device)


def said(visit: Visit) -> str:
    """A visit in a few words: its run and user."""
    return f"{visit.run.name}, {'a new user' if visit.user is None else f'user {visit.user}'}"

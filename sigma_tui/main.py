"""The `sigma-tui` executable: registers the command groups and turns our errors into sentences.

Nothing heavy is imported here: `--help` must load neither torch nor Textual nor DuckDB, so every
command imports the engine inside its own body.
"""

import errno
import sys
from typing import NoReturn

import typer

from engine.errors import SigmaError
from sigma_tui.commands import (
    bench,
    config,
    data,
    doctor,
    explore,
    export,
    keys,
    recommend,
    reproduce,
    runs,
    serve,
    train,
    tune,
)

app = typer.Typer(
    name="sigma-tui",
    no_args_is_help=False,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its import takes longer than all the rest of --help
    help="Explore what a sequence recommender understood, in the terminal.",
)

for group in (
    explore, data, train, tune, runs, recommend, export, serve, reproduce, bench,
    config, keys, doctor,
):  # fmt: skip
    group.register(app)


DEFECT = 70
"""Exit status of what nobody foresaw: EX_SOFTWARE of sysexits.h."""


def _log(event: str, **facts: str) -> None:
    """Into the log, if one was begun: help and completion load none."""
    if "engine.events" in sys.modules:
        sys.modules["engine.events"].event(event, **facts)


OF_A_PLACE = {
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM),
    *(errno.ENOTDIR, errno.EISDIR, errno.EIO),
}
"""What is amiss with a disk, a folder or its permissions."""


def run() -> None:
    """Entry point: exit status 0, 1 (an error the user can mend), 2 (usage), 70 (a defect), 130
    (Ctrl-C)."""
    try:
        app()
    except SigmaError as error:
        from sigma_tui.look.text import visible

        _log("failed", error=type(error).__name__)
        # What a sentence quotes from a file may hold commands to the terminal.
        print(f"error: {visible(str(error))}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        # Any write may meet a full disk or a place that is not ours: that is no defect.
        if error.errno not in OF_A_PLACE:
            _told_as_defect(error)
        _log("failed", error=type(error).__name__)
        where = "a file" if error.filename is None else error.filename
        print(
            f"error: {where} cannot be read or written ({error.strerror}). Make room or allow "
            "writing there, or choose another place with SIGMA_TUI_HOME.",
            file=sys.stderr,
        )
        sys.exit(1)
    except KeyboardInterrupt:
        _log("interrupted")
        sys.exit(130)
    except SystemExit as ended:
        _log("ended", status=str(ended.code or 0))
        raise
    except Exception as error:
        _told_as_defect(error)


def _told_as_defect(error: Exception) -> NoReturn:
    from engine.home import Home
    from sigma_tui.telling.log import is_verbose
    from sigma_tui.telling.report import report

    _log("defect", error=type(error).__name__)
    print(report(error, Home.locate().logs, verbose=is_verbose()), file=sys.stderr)
    sys.exit(DEFECT)

"""A process that has loaded the whole program, and starts copies of itself that carry it out.

A start of the command takes seconds, most of them to load torch; a copy is there in milliseconds,
and runs the same entry point in a process of its own, which can be killed two hundred times. Run as
a program it reads a line of jobs that are to run at once, in JSON, and answers what became of them:

words: of the command; or code: Python to run. folder: where it works. env: more environment; None
takes a variable away.
kill_after: seconds; kill_at: number of the file operation at which it is killed, of those that
Python makes. largest_file: bytes, as on a full disk. mortal: whether permissions hold, also for
root. nobody_reads: whether the reader of what it prints is gone. An answer has pid, status
(negative: a signal), seconds, operations and said, what it printed.
"""

import ctypes
import importlib
import json
import os
import resource
import signal
import sys
import time
import traceback
from contextlib import suppress
from typing import Any

OPERATIONS = (
    "open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.scandir", "os.listdir",
)  # fmt: skip


def load() -> None:
    """Loads what commands import on their way; nothing may have begun to work yet."""
    for name in (
        *("duckdb", "numpy.strings", "safetensors.torch", "torch._dynamo", "rich._emoji_codes"),
        *("pydantic", "typer._adapters", "typer._click.decorators", "encodings.utf_8_sig"),
        *("engine.explore.scenarios", "engine.library.importing", "engine.training.train"),
        *("sigma_tui.commands.one_sequence", "sigma_tui.kept.session", "sigma_tui.main"),
        *("sigma_tui.kept.settings_file", "sigma_tui.sharing.analyse", "sigma_tui.sharing.formats"),
    ):
        with suppress(ModuleNotFoundError):  # of another version of a library, which has others
            importlib.import_module(name)
    import torch

    torch.set_num_threads(1)


def count_operations(kill_at: int) -> list[int]:
    """Counts file operations from now on, and ends the process before one of them."""
    count = [0]

    def seen(event: str, _arguments: object) -> None:
        if event in OPERATIONS:
            count[0] += 1
            if count[0] == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(seen)
    return count


def obey_permissions() -> None:
    """Takes the right to read and write everything away from root (Linux)."""
    if os.geteuid():
        return
    system = ctypes.CDLL(None, use_errno=True)
    head = (ctypes.c_uint32 * 2)(0x20080522, 0)
    rights = (ctypes.c_uint32 * 6)()
    if system.capget(head, rights):
        raise OSError(ctypes.get_errno(), "capget")
    for place in (0, 1):  # effective and permitted
        rights[place] &= ~0b110  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
    if system.capset(head, rights):
        raise OSError(ctypes.get_errno(), "capset")


def carry_out(job: dict[str, Any], told: int, said: int) -> None:
    """Runs a job in this copy, and ends it."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((0, nothing), (1, said), (2, said)):
        os.dup2(theirs, ours)
    for name, value in job.get("env", {}).items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    if "folder" in job:
        os.chdir(job["folder"])
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if job.get("nobody_reads"):
        reader, writer = os.pipe()
        os.close(reader)
        os.dup2(writer, 1)
    if job.get("mortal"):
        obey_permissions()
    if "largest_file" in job:
        resource.setrlimit(resource.RLIMIT_FSIZE, (job["largest_file"],) * 2)
    code: object = 0
    count = count_operations(job.get("kill_at", 0))
    try:
        if "code" in job:
            exec(job["code"], {"__name__": "__main__"})
        else:
            from sigma_tui.main import run

            sys.argv = ["sigma-tui", *job["words"]]
            run()
    except SystemExit as ended:
        code = ended.code
    except BaseException:
        traceback.print_exc()
        code = 70
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os.write(told, str(count[0]).encode())
    os._exit(code if isinstance(code, int) else int(code is not None))


class Copy:
    """A copy that carries out a job."""

    def __init__(self, job: dict[str, Any]) -> None:
        self._told, told = os.pipe()
        self._said, said = os.pipe()  # not a file, which may have no room; what is said is short
        self._job, self._began = job, time.perf_counter()
        self.pid = os.fork()
        if not self.pid:
            os.close(self._told)
            os.close(self._said)
            carry_out(job, told, said)
        os.close(told)
        os.close(said)

    def end(self) -> dict[str, Any]:
        """Kills it if that is asked for, and waits for its end."""
        if self._job.get("kill_after") is not None:
            time.sleep(self._job["kill_after"])
            os.kill(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        seconds = time.perf_counter() - self._began
        with os.fdopen(self._told, "rb") as told:
            operations = int(told.read() or 0)
        with os.fdopen(self._said, encoding="utf-8", errors="replace") as said:
            words = said.read()
        code = os.waitstatus_to_exitcode(status)
        return {
            "pid": self.pid, "status": code, "seconds": seconds, "operations": operations,
            "said": words,
        }  # fmt: skip


if __name__ == "__main__":
    load()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        copies = [Copy(job) for job in json.loads(line)]
        print(json.dumps([copy.end() for copy in copies]), file=answers, flush=True)

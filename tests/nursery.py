"""A process that has loaded the whole program, and starts copies of itself that carry it out.

A start of the command takes seconds, most of them to load torch; a copy is there in milliseconds,
and runs the same entry point in a process of its own, which can be killed two hundred times. Run as
a program it reads one job a line, in JSON, and answers each with what became of it:

words: of the command; or code: Python to run. said: the file that gets what it prints. env: more
environment. kill_after: seconds; kill_at: number of the file operation at which it is killed, of
those that Python makes. The answer has status (negative: a signal), seconds and operations.
"""

import importlib
import json
import os
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


def carry_out(job: dict[str, Any], told: int) -> None:
    """Runs a job in this copy, and ends it."""
    said = os.open(job["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for ours, theirs in ((0, nothing), (1, said), (2, said)):
        os.dup2(theirs, ours)
    os.environ.update(job.get("env", {}))
    signal.signal(signal.SIGINT, signal.default_int_handler)
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


def answer(job: dict[str, Any]) -> dict[str, Any]:
    """Starts a copy, kills it if that is asked for, and waits for its end."""
    reads, told = os.pipe()
    began = time.perf_counter()
    child = os.fork()
    if not child:
        os.close(reads)
        carry_out(job, told)
    os.close(told)
    if job.get("kill_after") is not None:
        time.sleep(job["kill_after"])
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    seconds = time.perf_counter() - began
    with os.fdopen(reads, "rb") as file:
        operations = int(file.read() or 0)
    code = os.waitstatus_to_exitcode(status)
    return {"status": code, "seconds": seconds, "operations": operations}


if __name__ == "__main__":
    load()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)

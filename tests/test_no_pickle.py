"""Nothing that is read can run: no module of ours unpickles, evaluates or executes."""

import ast
import pickle
from pathlib import Path

import numpy as np
import pytest
import torch
from tests_support import ROOT

from engine.explore.survey import Survey

MODULES = {"pickle", "cPickle", "dill", "joblib", "shelve", "marshal", "cloudpickle", "yaml"}
CALLS = {"eval", "exec", "compile", "__import__", "torch.load", "torch.jit.load", "torch.hub.load",
         "torch.package", "runpy.run_path", "os.system", "os.popen"}  # fmt: skip


def found_in(text: str) -> list[str]:
    """What in a module could run data: imports, calls, and numpy's own pickles."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.split(".")[0] in MODULES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            found.append(node.module or "")
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            keywords = {word.arg: ast.unparse(word.value) for word in node.keywords}
            shell = keywords.get("shell", "False") != "False"
            pickles = called == "np.load" and keywords.get("allow_pickle") != "False"
            if called in CALLS or shell or pickles or keywords.get("allow_pickle") == "True":
                found.append(ast.unparse(node)[:80])
    return found


@pytest.mark.thorough
def test_no_module_of_ours_runs_what_it_reads() -> None:
    for folder in ("engine", "sigma_tui"):
        for source in (ROOT / folder).rglob("*.py"):
            assert not found_in(source.read_text("utf-8")), source


@pytest.mark.parametrize(
    "text",
    ["import pickle", "from marshal import loads", "torch.load(x)", "np.load(x)", "eval(x)",
     "np.load(x, allow_pickle=True)", "subprocess.run(x, shell=True)"],
)  # fmt: skip
def test_the_search_finds_what_it_looks_for(text: str) -> None:
    assert found_in(text)


class Bomb:
    """Would make a file if it were ever unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.target,)


def test_a_survey_that_holds_pickles_is_taken_for_damage(tmp_path: Path) -> None:
    trap, file = tmp_path / "trap", tmp_path / "kept.npz"
    for content in (np.array([Bomb(trap)], dtype=object), np.zeros(3, dtype=np.bool_)):
        np.savez(file, known=content, ranks=content, diversity=content)
        survey = Survey(3, file)
        assert survey.done == 0
    file.write_bytes(pickle.dumps(Bomb(trap)))
    assert Survey(3, file).done == 0
    torch.save({"a": Bomb(trap)}, file)
    assert Survey(3, file).done == 0
    assert not trap.exists()

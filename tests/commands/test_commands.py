"""The executable: results, JSON, errors and exit statuses."""

import json
import shutil
from pathlib import Path

import pytest
from app_support import home_of
from tests_support import said
from typer.testing import CliRunner

from engine.errors import SigmaError
from engine.explore.explorer import Explorer
from engine.training.runs import create_run
from sigma_tui.main import app


@pytest.fixture
def home(small, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(small.home))
    return small.home


def call(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def called(*words: object) -> dict:
    result = call(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_recommend_gives_the_explorers_answer(home, small) -> None:
    answer = called("recommend", "tiny", "--user", "u03", "--k", 7)
    assert set(answer) == {"run", "user", "sequence", "held_out", "items", "diversity",
                           "diversity_learned", "interests"}  # fmt: skip
    explorer = Explorer.load(small.run, small.library, device="cpu")
    history = explorer.history(explorer.interactions.users.index("u03"))
    expected = explorer.answer(history[:-1], k=7, target=history[-1])
    labels = explorer.catalogue.labels
    assert [line["item"] for line in answer["items"]] == [
        labels[line.item - 1] for line in expected.recommendations
    ]
    assert answer["held_out"] == {"item": labels[history[-1] - 1], "rank": expected.target_rank}
    assert answer["diversity"] == expected.diversity
    assert set(answer["items"][0]) == {"rank", "item", "title", "categories", "score",
                                       "probability", "category", "membership"}  # fmt: skip


def test_recommend_takes_edits_and_a_new_person(home) -> None:
    whole = called("recommend", "tiny", "--user", "u03", "--whole")
    plain = called("recommend", "tiny", "--user", "u03")
    assert whole["sequence"][:-1] == plain["sequence"]
    assert whole["held_out"] is None
    item = plain["sequence"][0]
    without = called("recommend", "tiny", "--user", "u03", "--without", item)
    assert item not in without["sequence"]
    added = called("recommend", "tiny", "--items", "i01,i02", "--append", "i05")
    assert added["sequence"] == ["i01", "i02", "i05"]
    assert added["user"] is None
    steered = called("recommend", "tiny", "--items", "i01", "--steer", "A=0.9")
    diverse = called("recommend", "tiny", "--items", "i01", "--diversify", 20)
    assert steered["items"] != diverse["items"]
    assert diverse["diversity"] >= called("recommend", "tiny", "--items", "i01")["diversity"]


def test_interests_and_categories(home) -> None:
    found = called("interests", "tiny", "--user", "u02", "--top", 2)
    assert sum(one["intensity"] for one in found["interests"]) == pytest.approx(1)
    assert all(len(one["items"]) == 2 for one in found["interests"])
    categories = called("categories", "tiny")["categories"]
    assert [one["category"] for one in categories] == list("ABCD")
    assert sum(one["items"] for one in categories) == 40


def test_evaluate_has_the_documented_keys(home) -> None:
    report = called("evaluate", "tiny", "--k", "5,20")
    assert {"run", "dataset", "split", "users", "metrics"} <= set(report)
    assert report["users"] == 30
    for name in ("recall", "ndcg", "diversity", "diversity_learned", "coverage", "novelty"):
        assert {f"{name}@5", f"{name}@20"} <= set(report["metrics"])
    assert called("evaluate", "tiny", "--split", "valid")["metrics"] != report["metrics"]


def test_data_show_and_list_have_the_documented_keys(home) -> None:
    shown = called("data", "show", "small")
    assert {"name", "users", "items", "interactions", "avg_length", "max_length", "first", "last",
            "rejected", "options"} <= set(shown)  # fmt: skip
    assert called("data", "list")["datasets"][0] == shown


def test_doctor_tells_what_there_is(home) -> None:
    findings = called("doctor")
    assert str(home) in findings["library"]
    assert findings["device"] in ("cpu", "cuda", "mps")


def test_tables_show_hostile_titles_as_text(home) -> None:
    for words in (("recommend", "tiny", "--items", "i01", "--k", "39"), ("categories", "tiny"),
                  ("interests", "tiny", "--user", "u00"), ("runs", "list"), ("data", "list"),
                  ("runs", "show", "tiny"), ("data", "show", "small"), ("doctor",)):  # fmt: skip
        result = call(*words)
        assert result.exit_code == 0, result.output
        assert "\x1b]52" not in result.output
        assert "\u202e" not in result.output
    assert "[REC]" in call("recommend", "tiny", "--items", "i01", "--k", "39").output


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["recommend", "tini", "--user", "u01"], "Did you mean 'tiny'"),
        (["recommend", "tiny", "--user", "u99"], "no user 'u99'"),
        (["recommend", "tiny", "--items", "i99"], "no item 'i99'"),
        (["recommend", "tiny"], "either --user ID or --items"),
        (["recommend", "tiny", "--items", "i01", "--without", "i02"], "not in the sequence"),
        (["recommend", "tiny", "--items", "i01", "--steer", "Z=1"], "no category"),
        (["recommend", "tiny", "--items", "i01", "--steer", "A"], "CATEGORY=WEIGHT"),
        (["evaluate", "tiny", "--k", "a"], "not a list of numbers"),
        (["evaluate", "tiny", "--k", "0"], "at least one item"),
        (["data", "show", "smal"], "Did you mean 'small'"),
        (["train", "nothing"], "no dataset 'nothing'"),
        (["train", "small", "--set", "dropout"], "KEY=VALUE"),
        (["train", "small", "--model", "sigmo"], "Did you mean 'sigma'"),
        (["train", "small", "--preset", "good"], "no preset"),
        (["runs", "remove", "nothing", "--yes"], "no run"),
    ],
)
def test_errors_are_sentences(home, words, expected) -> None:
    result = call(*words)
    assert isinstance(result.exception, SigmaError), result.output
    assert expected in str(result.exception)


@pytest.mark.thorough
def test_an_error_goes_to_stderr_with_status_1_and_usage_with_status_2(home) -> None:
    wrong = said("data", "show", "nope")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert wrong.stderr.startswith("error: there is no dataset 'nope'")
    assert "Traceback" not in wrong.stderr
    assert said("train").returncode == 2
    assert said("nonsense").returncode == 2
    assert said("data", "import").returncode == 2


def test_import_train_and_remove_through_the_executable(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path / "home"))
    source = tmp_path / "r.csv"
    source.write_text(
        "user,item,time\n"
        + "".join(f"u{u},i{(u + t) % 9},{t}\n" for u in range(9) for t in range(6))
    )
    assert called("data", "import", source, "--name", "it")["interactions"] == 54
    assert call("data", "import", source, "--name", "it").exit_code != 0
    result = call("train", "it", "--epochs", 1, "--set", "dim=16", "--json", "--device", "cpu")
    last = json.loads(result.stdout.splitlines()[-1])
    assert {"run", "best_epoch", "epochs", "seconds", "seconds_per_epoch", "valid",
            "interests_alive"} <= set(last)  # fmt: skip
    assert called("runs", "list")["runs"][0]["name"] == last["run"] == "it-sigma-1"
    assert called("runs", "show", "it-sigma-1")["state"] == "done"
    packed = call("runs", "pack", "it-sigma-1", "--output", str(tmp_path / "it.sigma.zip"))
    assert packed.exit_code == 0 and "with all data of it" in packed.output
    unpacked = call("runs", "unpack", str(tmp_path / "it.sigma.zip"), "--name", "copy")
    assert "Its data is here already, as the dataset it." in unpacked.output
    assert called("runs", "show", "copy")["valid"] == last["valid"]
    assert call("runs", "remove", "copy", "--yes").exit_code == 0
    assert call("runs", "remove", "it-sigma-1", "--yes").exit_code == 0
    assert called("runs", "list") == {"runs": [], "left_out": 0}
    assert call("data", "remove", "it", "--yes").exit_code == 0
    assert called("data", "list") == {"datasets": []}


def test_a_trial_of_a_search_without_an_epoch_is_counted_and_shown_if_asked_for(
    small, tmp_path: Path, monkeypatch
) -> None:
    home = home_of(small.run, small.library, tmp_path)
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    (home.tuning / "small-sigma").mkdir(parents=True)
    (home.tuning / "small-sigma" / "study.json").write_text("{}")
    described = json.loads((small.run / "run.json").read_text())
    for name in ("small-sigma-2", "small-sasrec-1"):  # the second belongs to no search
        create_run(home.runs, name, described)
    names = {run["name"] for run in called("runs", "list")["runs"]}
    assert (names, called("runs", "list")["left_out"]) == ({"tiny", "small-sasrec-1"}, 1)
    assert "Left out: 1 of a search's trials" in call("runs", "list").output
    everything = called("runs", "list", "--all")
    assert len(everything["runs"]) == 3 and everything["left_out"] == 0
    assert "Left out" not in call("runs", "list", "--all").output


def test_every_command_shows_an_example_in_its_help() -> None:
    for words in (["train"], ["evaluate"], ["recommend"], ["interests"], ["categories"],
                  ["explore"], ["demo"], ["doctor"], ["export"], ["serve"],
                  ["reproduce"], ["data", "import"],
                  ["data", "list"], ["data", "show"], ["data", "get"], ["data", "remove"],
                  ["runs", "list"],
                  ["runs", "show"], ["runs", "remove"]):  # fmt: skip
        result = call(*words, "--help")
        assert result.exit_code == 0
        assert "Example: sigma-tui" in result.output, words


def test_the_version_is_said() -> None:
    result = call("--version")
    assert (result.exit_code, result.output) == (0, "sigma-tui 0.1.0\n")


def test_a_dataset_too_small_to_learn_from_still_behaves(data, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    source = data / "amazon-reviews" / "AMAZON_FASHION_5.json"
    assert called("data", "import", source, "--name", "fashion")["items"] == 31
    assert call("train", "fashion", "--preset", "fast", "--epochs", 1).exit_code == 0
    report = called("evaluate", "fashion-sigma-1", "--k", "10,40")
    assert report["metrics"]["recall@40"] <= 1
    answer = called("recommend", "fashion-sigma-1", "--items", "B000K2PJ4K", "--k", 50)
    assert len(answer["items"]) == 30
    plain = call("recommend", "fashion-sigma-1", "--items", "B000K2PJ4K").output
    assert "10 without metadata categories" in " ".join(plain.split())


def test_collapsed_interests_are_said_in_words(home, tmp_path) -> None:
    words = ("train", "small", "--epochs", 1, "--device", "cpu", "--name", "collapsed")
    # Twelve categories for forty items of two groups: most stay empty at a temperature this high.
    weights = ("dim=16", "categories=12", "temperature=50", "interest_prior_weight=100",
               "interest_weight=100", "learning_rate=0.05", "interest_log_var=0")  # fmt: skip
    result = call(*words, *(part for weight in weights for part in ("--set", weight)))
    alive = called("runs", "show", "collapsed")["interests_alive"]
    assert alive < 6
    assert f"interests collapsed: {alive} of 12 live" in result.output
    call("runs", "remove", "collapsed", "--yes")


def test_interests_of_a_person_are_told_without_categories(personal, monkeypatch) -> None:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(personal.home))
    explorer = Explorer.load(personal.run, personal.library, device="cpu")
    history = explorer.history(explorer.interactions.users.index("u08"))
    expected = explorer.answer(history[:-1], k=7, target=history[-1])
    labels = explorer.catalogue.labels
    told = called("interests", "own", "--user", "u08", "--top", 2)
    typical = explorer.typical_items(history[:-1], 2)
    assert told["interests"] == [
        {
            "index": one.category,
            "category": "ABC"[one.category],
            "name": "",
            "intensity": one.intensity,
            "sigma": None,
            "hard_items": one.hard_count,
            "items": [labels[item - 1] for item in typical[one.category]],
        }
        for one in expected.interests
    ]
    answer = called("recommend", "own", "--user", "u08", "--k", 7)
    assert [(line["item"], line["category"], line["membership"]) for line in answer["items"]] == [
        (labels[line.item - 1], "ABC"[line.category], None) for line in expected.recommendations
    ]
    assert answer["diversity_learned"] == expected.diversity_learned
    assert len(answer["interests"]) == 3
    table = call("interests", "own", "--user", "u08").output
    assert "–" in table and "A" in table
    for words in (
        ("categories", "own"),
        ("recommend", "own", "--user", "u08", "--steer", "A=0.5"),
    ):
        refused = call(*words)
        assert isinstance(refused.exception, SigmaError), refused.output
        assert "each person's own" in str(refused.exception)


def test_personal_interests_that_become_one_are_said_in_words(personal, monkeypatch) -> None:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(personal.home))
    words = ["train", "small", "--model", "comirec-sa", "--epochs", 1, "--device", "cpu"]
    words += ["--name", "alike", "--set", "dim=16", "--set", "loss=softmax"]
    result = call(*words)
    alive = called("runs", "show", "alike")["interests_alive"]
    assert alive == 1
    assert "interests collapsed: 1 of 4 live" in result.output
    assert "--set loss=readout" in result.output
    call("runs", "remove", "alike", "--yes")


def test_categories_are_named_and_keep_their_names(small, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    shutil.copy(small.library, tmp_path)
    shutil.copytree(small.run, tmp_path / "runs" / "tiny")
    named = called("categories", "tiny", "--name", "b=Mine [/]", "--name", "C=x")["categories"]
    assert [(one["name"], one["own_name"]) for one in named[1:3]] == [
        ("Mine [/]", True),
        ("x", True),
    ]
    again = call("categories", "tiny", "--name", "C=")
    assert "Mine [/]" in again.output
    assert [one["own_name"] for one in called("categories", "tiny")["categories"]] == [
        False, True, False, False,
    ]  # fmt: skip
    interests = called("interests", "tiny", "--user", "u03")["interests"]
    assert next(one for one in interests if one["category"] == "B")["name"] == "Mine [/]"
    for wrong, said_of_it in (("B", "is not CATEGORY=NAME"), ("Z=x", "no category 'Z'")):
        result = call("categories", "tiny", "--name", wrong)
        assert isinstance(result.exception, SigmaError)
        assert said_of_it in str(result.exception)

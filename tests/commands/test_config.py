"""`sigma-tui config`: what a person types, what is on disk then."""

import json
from pathlib import Path

import pytest
from tests_support import said
from typer.testing import CliRunner, Result

from sigma_tui.commands.config import _names, _values
from sigma_tui.main import app


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(tmp_path))
    return tmp_path / "config" / "settings.toml"


def config(*words: str) -> Result:
    return CliRunner().invoke(app, ["config", *words])


def test_a_setting_is_set_got_shown_and_reset(file: Path) -> None:
    assert config("path").stdout.strip() == str(file)
    assert config("get", "theme").stdout == "sigma-dark\n"
    assert config("set", "theme", "nord").stdout == "theme = nord\n"
    assert config("set", "vim", "yes").stdout == "vim = true\n"
    assert file.read_text("utf-8") == 'theme = "nord"\nvim = true\n'
    shown = json.loads(config("show", "--json").stdout)
    assert (shown["theme"], shown["vim"], shown["k"]) == ("nord", True, 10)
    assert "nord" in config("show").stdout
    assert config("reset", "theme").exit_code == 0
    assert config("get", "theme").stdout == "sigma-dark\n"
    assert config("reset").exit_code == 0
    assert config("get", "vim").stdout == "false\n"


def test_a_key_is_set_by_the_name_of_its_action(file: Path) -> None:
    assert config("get", "keymap.explorer.add").stdout == "a\n"
    assert config("set", "keymap.explorer.add", "A").exit_code == 0
    assert config("get", "keymap.explorer.add").stdout == "A\n"
    assert config("get", "keymap").stdout == "explorer.add A\n"
    assert config("reset", "keymap.explorer.add").exit_code == 0
    assert config("get", "keymap.explorer.add").stdout == "a\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("set", "theme", "sunset"), "there is no theme 'sunset'; there are sigma-dark"),
        (("set", "k", "2"), "k is a number from 5 to 100"),
        (("set", "kk", "20"), "there is no setting 'kk'; did you mean k?"),
        (("get", "themes"), "did you mean theme?"),
        (("reset", "themes"), "did you mean theme?"),
        (("set", "keymap.explorer.add", "u"), "already the key of “undo”"),
        (("set", "keymap.explorer.ad", "A"), "did you mean explorer.add?"),
        (("get", "keymap.explorer.ad"), "did you mean explorer.add?"),
        (("set", "keymap", "A"), "there is no setting 'keymap'"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(file: Path, words, sentence) -> None:
    result = config(*words)
    assert result.exit_code == 1
    assert sentence in str(result.exception)
    assert not file.exists()


def test_a_wrong_file_is_told_and_the_rest_is_used(file: Path) -> None:
    file.parent.mkdir()
    file.write_text('k = 900\ntheme = "sunset"\nvim = true\n')
    result = config("get", "vim")
    assert result.stdout == "true\n"
    assert "k is a number from 5 to 100" in result.stderr
    assert "there is no theme 'sunset'" in config("show").stderr


def test_edit_opens_the_editor_and_says_what_is_wrong(file: Path, monkeypatch) -> None:
    editor = file.parent.parent / "my editor"
    editor.write_text('#!/bin/sh\necho "k = 900" >> "$2"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", f"'{editor}' --wait")
    monkeypatch.delenv("VISUAL", raising=False)
    result = config("edit")
    assert result.exit_code == 0, result.exception
    assert "k is a number" in result.stderr
    assert '# theme = "sigma-dark"' in file.read_text("utf-8")
    monkeypatch.setenv("VISUAL", "/nowhere/editor")
    assert "cannot be started" in str(config("edit").exception)
    monkeypatch.setenv("VISUAL", "false")
    assert "ended with status 1" in str(config("edit").exception)


def test_names_and_values_are_completed() -> None:
    assert _names("th") == ["theme"]
    assert "keymap.explorer.add" in _names("keymap.explorer.")

    class Context:
        params = {"name": "theme"}  # noqa: RUF012  # as click has it

    assert _values(Context(), "sigma-l") == ["sigma-light"]
    Context.params = {"name": "vim"}
    assert _values(Context(), "") == ["true", "false"]


@pytest.mark.parametrize(
    ("words", "terminal", "sentence"),
    [
        ((), "dumb", "TERM is dumb: this terminal cannot draw the app."),
        (("demo",), "dumb", "TERM is dumb: this terminal cannot draw the app."),
        (("explore",), "xterm", "needs a terminal"),
    ],
)
def test_the_app_is_refused_where_nothing_can_be_drawn(
    file: Path, monkeypatch, words, terminal, sentence
) -> None:
    monkeypatch.setenv("TERM", terminal)
    done = said(*words)
    assert done.returncode == 1
    assert sentence in done.stderr and "sigma-tui recommend" in done.stderr
    assert done.stdout == ""

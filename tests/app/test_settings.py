"""Settings are read as far as they are right, written with comments kept, and seen at once."""

import asyncio
import tomllib
from pathlib import Path

import pytest
from app_support import text_of, until, until_text

from engine.errors import SettingsError
from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.kept.session import Session
from sigma_tui.kept.settings import MEANINGS, NAMES, Settings, as_plain, changed, read_settings
from sigma_tui.kept.settings_file import SettingsFile
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.settings import CHOICES, SettingsScreen
from sigma_tui.screens.themes import ThemeScreen


def written(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, "utf-8")
    return path


def test_without_a_file_everything_is_as_usual(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "none" / "settings.toml") == (Settings(), [])


def test_what_is_right_is_used_and_what_is_wrong_is_told(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'theme = "sigma-light"\nk = 500\nvim = "perhaps"\ndevice = "tpu"\nkk = 3\n'
        'compact = true\n[keymap]\nexplorer.add = "A"\n"users.sort" = "O"\n',
    )
    settings, wrong = read_settings(path)
    assert settings == Settings(
        theme="sigma-light",
        compact=True,
        keymap={"explorer.add": "A", "users.sort": "O"},
    )
    assert wrong == [
        "settings.toml: k is a number from 5 to 100, not 500.",
        "settings.toml: vim is true or false, not 'perhaps'.",
        "settings.toml: device is one of auto, cpu, cuda, mps, not 'tpu'.",
        "settings.toml: there is no setting 'kk'; did you mean k?",
    ]


@pytest.mark.parametrize(
    "content", [b"k = = 3", b"\xff\xfe\x00", b"k = 3\nk = 4", b"[" * 5000, b'theme = "\x1b[31m"\n']
)
def test_a_file_that_is_no_toml_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    settings, wrong = read_settings(path)
    assert settings == Settings()
    assert len(wrong) == 1 and "is no TOML" in wrong[0]


def test_a_directory_in_the_place_of_the_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").mkdir()
    assert "cannot be read" in read_settings(tmp_path / "settings.toml")[1][0]
    with pytest.raises(SettingsError, match="cannot be read"):
        SettingsFile(tmp_path / "settings.toml").write("k", 20)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("k", True), ("k", 10.0), ("k", "ten"), ("k", 4), ("k", "²"), ("k", "9" * 5000),
        ("vim", 1), ("vim", "2"), ("theme", ""), ("theme", 3), ("device", "gpu"),
        ("keymap", "A"), ("keymap", 3), ("", "x"), ("__class__", "x"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused(name: str, value: object) -> None:
    with pytest.raises(SettingsError):
        changed(Settings(), name, value)


def test_values_are_taken_as_people_type_them() -> None:
    settings = changed(changed(Settings(), "vim", "on"), "k", "25")
    settings = changed(settings, "keymap.explorer.add", "A")
    assert (settings.vim, settings.k, settings.keymap) == (True, 25, {"explorer.add": "A"})


def test_every_setting_has_a_sentence_and_is_not_dead() -> None:
    assert set(MEANINGS) == set(NAMES)
    assert set(CHOICES) | {"keymap"} == set(NAMES)
    code = "".join(
        path.read_text("utf-8")
        for path in (Path(__file__).parents[2] / "sigma_tui").rglob("*.py")
        if path.name not in ("settings.py", "config.py")
    )
    for name in NAMES:
        assert f"settings.{name}" in code or f"settings_of(self.app).{name}" in code, name


def test_comments_and_order_of_the_file_stay(tmp_path: Path) -> None:
    path = written(tmp_path, "# mine\nk = 20  # many\n\n[keymap]  # keys\n")
    file = SettingsFile(path)
    file.write("k", 30)
    file.write("vim", True)
    file.write("keymap.explorer.add", "A")
    text = path.read_text("utf-8")
    assert text.startswith("# mine\nk = 30  # many\n")
    assert "[keymap]  # keys" in text
    assert tomllib.loads(text) == {"k": 30, "vim": True, "keymap": {"explorer.add": "A"}}
    settings, wrong = read_settings(path)
    assert wrong == [] and settings.vim and settings.keymap == {"explorer.add": "A"}
    file.reset("k")
    file.reset("keymap.explorer.add")
    assert tomllib.loads(path.read_text("utf-8")) == {"vim": True, "keymap": {}}
    file.reset()
    assert read_settings(path) == (Settings(), [])
    assert "# mine" in path.read_text("utf-8")


def test_a_key_that_was_written_as_a_table_is_changed_in_place(tmp_path: Path) -> None:
    path = written(tmp_path, '[keymap]\nexplorer.add = "A"\nexplorer.undo = "Z"\n')
    SettingsFile(path).write("keymap.explorer.add", "B")
    settings, wrong = read_settings(path)
    assert (settings.keymap, wrong) == ({"explorer.undo": "Z", "explorer.add": "B"}, [])


def test_a_file_that_is_no_toml_is_never_written_over(tmp_path: Path) -> None:
    path = written(tmp_path, "k = = 3")
    for action in (lambda: SettingsFile(path).write("k", 20), lambda: SettingsFile(path).reset()):
        with pytest.raises(SettingsError, match="is left as it is"):
            action()
    assert path.read_text("utf-8") == "k = = 3"


def test_the_first_file_has_every_setting_as_a_comment(tmp_path: Path) -> None:
    path = tmp_path / "config" / "settings.toml"
    SettingsFile(path).begin()
    text = path.read_text("utf-8")
    assert read_settings(path) == (Settings(), [])
    uncommented = text.replace("# ", "").split("\n\n", 1)[1]
    values = "\n".join(line for line in uncommented.splitlines() if " = " in line)
    keymap = {"keymap": {}}
    assert tomllib.loads(values.split('"explorer.add"')[0]) | keymap == as_plain(Settings())


@pytest.mark.thorough
async def test_a_change_is_seen_at_once_and_kept(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    session = Session(home.state, home.config / "settings.toml")
    app = SigmaApp(HomeScreen(home), session=session)
    async with app.run_test(size=(120, 36)) as pilot:
        await until_text(pilot, "No datasets yet.")
        await pilot.press("comma")
        assert isinstance(app.screen, SettingsScreen)
        await pilot.press("right")
        assert app.theme == app.settings.theme == "sigma-light"
        await pilot.press("down", "enter")
        assert app.keymap.vim
        await until_text(pilot, "gg, G, ctrl+d")
        await pilot.press("down", "left", "down", "down", "right")
        assert (app.settings.k, app.settings.compact) == (5, True)
        assert app.has_class("-compact")
        await pilot.press("backspace", "end", "right")
        assert not app.has_class("-compact")
        await pilot.press("escape")
        assert isinstance(app.screen, HomeScreen)
    session.close()
    kept, wrong = read_settings(home.config / "settings.toml")
    assert (kept, wrong) == (Settings(theme="sigma-light", vim=True, k=5), [])


async def test_themes_are_drawn_as_one_walks_and_escape_takes_it_back(tmp_path: Path) -> None:
    app = SigmaApp(HomeScreen(Home.at(tmp_path)))
    async with app.run_test(size=(120, 36)) as pilot:
        await pilot.press("f6")
        assert isinstance(app.screen, ThemeScreen)
        await pilot.press("down", "down")
        await until(pilot, lambda: app.theme == "sigma-contrast")  # once the cursor rests
        assert str(app.screen_stack[1].styles.background.hex) == "#000000"
        await pilot.press("escape")
        await pilot.pause()
        assert app.theme == app.settings.theme == "sigma-dark"
        await pilot.press("f6", "end", "enter")
        await pilot.pause()
        assert app.theme == app.settings.theme == "tokyo-night"
        await pilot.press("T")
        await pilot.pause()
        assert app.settings.theme == "sigma-light"


async def test_settings_that_cannot_be_written_are_told_once(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    home.config.mkdir()
    (home.config / "settings.toml").write_text("k = = 3")
    session = Session(home.state, home.config / "settings.toml")
    app = SigmaApp(HomeScreen(home), session=session)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await pilot.press("T")
        for _ in range(400):  # on the screen it may be wrapped anywhere
            if any("is left as it is" in told.message for told in app._notifications):
                break
            await asyncio.sleep(0.02)
        else:
            raise AssertionError("it was never told")
        assert app.theme == "sigma-light"
    session.close()


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50)])
async def test_the_settings_fit_the_screen(tmp_path: Path, size) -> None:
    app = SigmaApp(HomeScreen(Home.at(tmp_path)))
    async with app.run_test(size=size) as pilot:
        await pilot.press("comma", "end")
        await until_text(pilot, "Keys of your own")
        assert "esc leaves" in text_of(pilot)
        assert all(name.replace("_", " ") in text_of(pilot) for name in NAMES)

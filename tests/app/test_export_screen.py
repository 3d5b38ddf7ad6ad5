"""Export and copy from the explorer, in a real (headless) terminal, on a real model."""

import base64
import csv
import io
import json
import threading
from pathlib import Path

import pytest
from app_support import until
from hostile import HOSTILE
from opened_explorer import Opened
from textual.widgets import Input

from sigma_tui.screens.export import CHOICES, ExportScreen
from sigma_tui.sharing.formats import SUFFIXES, formats_of
from sigma_tui.widgets.choice_line import ChoiceLine
from sigma_tui.widgets.line_list import LineList

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, small, explorer, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where files are proposed; the home is that of the run, in place of the explorer's own."""
    monkeypatch.setenv("SIGMA_TUI_HOME", str(small.home))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DOCUMENTS_DIR", str(tmp_path / "none"))
    return tmp_path


class Dialog:
    """The open dialog."""

    def __init__(self, opened: Opened) -> None:
        self.opened, self.pilot = opened, opened.pilot

    @property
    def screen(self) -> ExportScreen:
        screen = self.pilot.app.screen
        assert isinstance(screen, ExportScreen)
        return screen

    async def open(self) -> "Dialog":
        await self.pilot.press("e")
        await until(self.pilot, lambda: isinstance(self.pilot.app.screen, ExportScreen))
        await self.made()
        return self

    async def made(self) -> None:
        await until(self.pilot, lambda: self.screen.ready or self.said)
        await self.pilot.pause()

    async def choose(self, what: str, format: str | None = None) -> None:
        self.screen.query_one("#export-what", ChoiceLine).action_choose(CHOICES.index(what))
        await self.pilot.pause()
        if format is not None:
            index = formats_of(what).index(format)
            self.screen.query_one("#export-format", ChoiceLine).action_choose(index)
            await self.pilot.pause()
        await self.made()

    @property
    def path(self) -> Path:
        return Path(self.screen.query_one(Input).value)

    @property
    def said(self) -> str:
        return str(self.screen.query_one("#export-said").render())

    async def gone(self) -> None:
        await until(self.pilot, lambda: self.pilot.app.screen is self.opened.screen)


@pytest.mark.thorough
async def test_the_whole_analysis_is_written_with_two_keys(explorer, folder) -> None:
    async with explorer() as opened:
        await opened.press("home", "d")
        dialog = await Dialog(opened).open()
        path = dialog.path
        assert path == folder / "sigma-tui-small-u01.html"
        assert "HTML\N{NO-BREAK SPACE}report" in opened.text() and "runs nothing" in opened.text()
        await opened.pilot.press("enter")
        await dialog.gone()
        text = path.read_text("utf-8")
        assert "Edits: <code><bdi>remove=1</bdi></code>" in text
        best = opened.screen.shown.answer.recommendations[0].item
        assert opened.screen.explorer.catalogue.titles[best - 1] in text


async def test_every_part_is_made_in_every_format(explorer, folder) -> None:
    async with explorer(user="u08") as opened:
        await opened.press("home", "d")
        dialog = await Dialog(opened).open()
        made = {}
        for what in CHOICES:
            for format in formats_of(what):
                await dialog.choose(what, format)
                assert dialog.path.suffix == SUFFIXES[format]
                made[what, format] = dialog.screen._text
        rows = list(csv.DictReader(io.StringIO(made["recommendations", "csv"], newline="")))
        answer = opened.screen.shown.answer
        assert [float(row["score"]) for row in rows] == [
            line.score for line in answer.recommendations
        ]
        users = json.loads(made["users", "json"])["users"]
        assert [user["user"] for user in users] == opened.screen.explorer.interactions.users
        picture = made["screen", "svg"]
        assert picture.startswith("<svg") and "Interests" in picture and "Export" not in picture
        assert "url(" not in picture.replace("url(#", "")
        assert made["command", "sh"] == "sigma-tui recommend tiny --user u08 --edit remove=1\n"
        await opened.pilot.press("enter")
        await dialog.gone()
        written = folder / "sigma-tui-small-u08-command.sh"
        assert written.read_text() == made["command", "sh"]


@pytest.mark.thorough
async def test_a_note_that_comes_and_goes_is_not_in_the_picture(explorer, folder) -> None:
    session = explorer()
    session.context = session.app.run_test(size=(120, 36), notifications=True)
    async with session as opened:
        await opened.thought()
        before = opened.text()
        opened.screen.notify("something happened just now", timeout=60)
        await opened.until(lambda: "something happened" in opened.text())
        dialog = await Dialog(opened).open()
        await dialog.choose("screen", "svg")
        assert "something" not in dialog.screen._text
        painted = opened.screen._painted_screen().lines
        assert "\n".join("".join(part.text for part in line) for line in painted) == before
        assert "something happened" in opened.text()


@pytest.mark.thorough
async def test_a_file_that_is_there_is_written_over_only_when_asked_twice(
    explorer,
    folder,
) -> None:
    async with explorer() as opened:
        dialog = await Dialog(opened).open()
        mine = folder / "mine.html"
        mine.write_text("mine")
        dialog.screen.query_one(Input).value = str(mine)
        dialog.screen.query_one(Input).focus()
        await opened.pilot.pause()
        await opened.pilot.press("enter")
        await until(opened.pilot, lambda: "Enter again" in dialog.said)
        assert mine.read_text() == "mine"
        await opened.pilot.press("x", "backspace", "enter")  # another name takes the consent back
        await until(opened.pilot, lambda: "Enter again" in dialog.said)
        assert mine.read_text() == "mine"
        await opened.pilot.press("enter")
        await dialog.gone()
        assert mine.read_text("utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.thorough
async def test_links_and_missing_folders_are_sentences_in_the_dialog(
    explorer,
    folder,
) -> None:
    async with explorer() as opened:
        dialog = await Dialog(opened).open()
        (folder / "link.html").symlink_to(folder / "elsewhere")
        for name, said in [("link.html", "links are not followed"), ("no/x", "no folder"),
                           ("", "is a folder")]:  # fmt: skip
            dialog.screen.query_one(Input).value = str(folder / name)
            await opened.pilot.pause()
            await opened.pilot.press("enter")
            await until(opened.pilot, lambda said=said: said in dialog.said)
        assert not (folder / "elsewhere").exists()
        await opened.pilot.press("escape")
        await dialog.gone()


@pytest.mark.thorough
async def test_copying_sends_to_the_terminal_and_says_that_nobody_confirms(
    explorer,
    monkeypatch,
) -> None:
    async with explorer() as opened:
        app, written = opened.pilot.app, []
        monkeypatch.setattr(app._driver, "write", written.append)
        await opened.pilot.press("Y")
        await until(opened.pilot, lambda: any("\x1b]52;c;" in text for text in written))
        sent = next(text for text in written if "\x1b]52;c;" in text)
        copied = base64.b64decode(sent.removeprefix("\x1b]52;c;").removesuffix("\a")).decode()
        assert copied.startswith("## Sequence")
        await until(opened.pilot, lambda: len(app._notifications))
        assert "no terminal says" in next(iter(app._notifications)).message
        dialog = await Dialog(opened).open()
        await dialog.choose("command")
        await opened.pilot.press("f2")
        await opened.pilot.pause()
        assert app.clipboard == "sigma-tui recommend tiny --user u01\n"
        assert "Sent to the terminal" in dialog.said
        assert isinstance(app.screen, ExportScreen)  # a file can still be written


@pytest.mark.thorough
async def test_arrows_and_clicks_choose_and_a_name_of_ones_own_stays(explorer) -> None:
    async with explorer() as opened:
        dialog = await Dialog(opened).open()
        await opened.pilot.press("right")
        await dialog.made()
        assert dialog.path.name.endswith("-sequence.md")
        assert opened.text().count("## Sequence") == 1
        await opened.pilot.click("#export-format", offset=(13, 0))
        await dialog.made()
        assert dialog.path.name.endswith("-sequence.csv")
        dialog.screen.query_one(Input).value = "/x/mine.csv"
        await dialog.choose("interests")
        assert dialog.path == Path("/x/mine.csv")


@pytest.mark.thorough
async def test_hostile_titles_are_shown_as_text_in_the_preview(explorer) -> None:
    async with explorer(user="u00", size=(200, 50)) as opened:
        labels = opened.screen.explorer.catalogue.labels
        version = opened.screen.journey.now
        for number in range(len(HOSTILE)):
            version = version.insert(0, labels.index(f"i{number:02}") + 1)
        opened.screen._edit(version)
        await opened.answered()
        dialog = await Dialog(opened).open()
        for format in formats_of("sequence"):
            await dialog.choose("sequence", format)
            shown = opened.text()
            assert "\x1b" not in shown and "\u202e" not in shown
            assert "click=app.quit" in shown
        lines = dialog.screen.query_one(LineList)
        assert lines.count > len(HOSTILE)


@pytest.mark.thorough
async def test_an_export_takes_turns_with_answers_to_edits(explorer) -> None:
    before = set(threading.enumerate())
    async with explorer() as opened:
        turn = opened.screen._service.turn
        with turn:  # somebody else asks the model now
            opened.screen.action_export()
            await until(opened.pilot, lambda: isinstance(opened.pilot.app.screen, ExportScreen))
            await opened.pilot.pause(0.05)
            assert not opened.pilot.app.screen.ready
        await Dialog(opened).made()
        assert opened.pilot.app.screen.ready
    for one in set(threading.enumerate()) - before:
        if one.name == "finder":
            one.join(30)
            assert not one.is_alive()


@pytest.mark.thorough
async def test_scenarios_of_the_user_are_part_of_everything(explorer, folder) -> None:
    async with explorer(user="u08") as opened:
        screen = opened.screen
        kept = screen._kept_scenarios(screen.explorer)
        kept.keep("shorter", screen.journey.now.remove(1))
        dialog = await Dialog(opened).open()
        await dialog.choose("everything", "json")
        scenarios = json.loads(dialog.screen._text)["scenarios"]
        assert [(one["name"], one["edits"]) for one in scenarios] == [("shorter", ["remove=2"])]
        await dialog.choose("everything", "html")
        assert "Scenario: <bdi>shorter</bdi>" in dialog.screen._text
        kept.path.write_text("{", "utf-8")
    async with explorer(user="u08") as opened:
        await opened.pilot.press("e")
        await until(opened.pilot, lambda: isinstance(opened.pilot.app.screen, ExportScreen))
        await until(opened.pilot, lambda: "cannot be read" in Dialog(opened).said)
        kept.path.unlink()


@pytest.mark.thorough
async def test_a_run_that_was_removed_meanwhile_is_a_sentence(explorer, monkeypatch) -> None:
    async with explorer() as opened:
        opened.screen._run = opened.screen._run.with_name("gone")
        await opened.pilot.press("e")
        await until(opened.pilot, lambda: isinstance(opened.pilot.app.screen, ExportScreen))
        dialog = Dialog(opened)
        await until(opened.pilot, lambda: "gone" in dialog.said)
        await dialog.choose("users")
        assert dialog.screen.ready

"""The explorer in a real (headless) terminal, on a real model."""

import threading
import weakref
from dataclasses import replace

import pytest
from app_support import until
from opened_explorer import Opened
from textual.widgets import Input

from engine.explore.search import TitleSearch
from engine.home import Home
from sigma_tui.app import SigmaApp
from sigma_tui.beside.lasting import lasting
from sigma_tui.beside.user_index import UserIndex
from sigma_tui.look import one_picture
from sigma_tui.look.looks import LIGHT, ON_DARK, ON_LIGHT
from sigma_tui.screens.explorer import ExplorerScreen
from sigma_tui.screens.help import HelpScreen
from sigma_tui.screens.home import HomeScreen
from sigma_tui.screens.item import ItemScreen
from sigma_tui.screens.search import SearchScreen
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.recommendations_pane import RecommendationsPane
from sigma_tui.widgets.users_pane import UsersPane

pytestmark = pytest.mark.asyncio


@pytest.mark.thorough
async def test_the_screen_shows_a_user_with_the_last_item_held_out(explorer) -> None:
    async with explorer() as opened:
        assert opened.screen.user_label == "u01"
        answer = opened.screen.shown.answer
        assert answer.target is not None
        assert "Interests · K = 4" in opened.text()
        assert "held-out next item" in opened.text()
        assert len(answer.recommendations) == 10


async def test_an_item_is_added_by_its_title_and_undone(explorer) -> None:
    async with explorer() as opened:
        before = opened.screen.journey.now.items
        await opened.pilot.press("a")
        assert isinstance(opened.pilot.app.screen, SearchScreen)
        await opened.pilot.press(*"title 33")
        await opened.press("enter")
        now = opened.screen.journey.now.items
        titles = opened.screen._explorer.catalogue.titles
        assert now[:-1] == before
        assert titles[now[-1] - 1] == "Title 33"
        assert "1 edit" in opened.text()
        await opened.press("u")
        assert opened.screen.journey.now.items == before
        await opened.press("U")
        assert opened.screen.journey.now.items == now
        await opened.press("X")
        assert opened.screen.journey.now.is_original


@pytest.mark.thorough
async def test_remove_mute_move_and_until_here_change_what_the_model_sees(explorer) -> None:
    async with explorer() as opened:
        original = opened.screen.journey.now.items
        await opened.press("home", "d")
        assert opened.screen.journey.now.items == original[1:]
        await opened.press("X", "home", "space")
        assert opened.screen.journey.now.items == original[1:]
        assert len(opened.screen.journey.now.entries) == len(original)
        await opened.press("X", "home", "J")
        assert opened.screen.journey.now.items == (original[1], original[0], *original[2:])
        await opened.press("X", "home", "down", "down", "t")
        assert opened.screen.journey.now.items == original[:3]
        assert opened.screen.shown.answer.target == original[3]
        assert "what came next" in opened.text()


@pytest.mark.thorough
async def test_keys_that_cannot_do_anything_say_why(explorer) -> None:
    async with explorer() as opened:
        screen, pilot = opened.screen, opened.pilot

        async def says(key: str, why: str) -> None:
            pilot.app.clear_notifications()
            before = screen.journey
            await pilot.press(key)
            await pilot.pause()
            assert [why in note.message for note in pilot.app._notifications] == [True], key
            assert screen.journey is before

        await pilot.press("end")
        await says("t", "Nothing comes after this item")
        await says("J", "the last item already")
        await opened.press("home")
        await says("K", "the first item already")
        await opened.press("d")
        await pilot.press("home")
        for key in ("space", "d", "t", "J", "full_stop", "r"):
            await says(key, "not in the sequence any more")
        await pilot.press(*["left_square_bracket"] * 2)
        await says("left_square_bracket", "5 to 100 items")
        await opened.press("N")
        await says("d", "The sequence is empty")
        await pilot.press("4")
        await pilot.pause()
        for key in ("plus", "h", "c"):
            await says(key, "no recommendation here")


@pytest.mark.thorough
async def test_a_recommendation_is_taken_into_the_sequence(explorer) -> None:
    async with explorer() as opened:
        best = opened.screen.shown.answer.recommendations[0].item
        await opened.pilot.press("4")
        await opened.pilot.pause()
        await opened.press("plus")
        assert opened.screen.journey.now.items[-1] == best
        listed = [line.item for line in opened.screen.shown.answer.recommendations]
        assert best not in listed


@pytest.mark.thorough
async def test_an_edit_made_while_one_is_running_wins(explorer) -> None:
    async with explorer() as opened:
        await opened.pilot.press("home", "d", "d", "d")
        await opened.answered()
        assert opened.screen.shown.question.items == opened.screen.journey.now.items
        assert opened.screen.journey.now.edits() == 3


@pytest.mark.thorough
async def test_what_is_shown_equals_a_fresh_answer_of_the_engine(explorer) -> None:
    async with explorer() as opened:
        await opened.press("home", "d", "J")
        shown = opened.screen.shown
        fresh = opened.screen._explorer.answer(
            opened.screen.journey.now.items, k=10, target=shown.answer.target
        )
        assert fresh.recommendations == shown.answer.recommendations
        assert fresh.interests == shown.answer.interests


@pytest.mark.thorough
async def test_an_empty_sequence_says_what_to_do(explorer) -> None:
    async with explorer(size=(200, 50)) as opened:
        await opened.press("N")
        assert opened.screen.user_label is None
        text = opened.text()
        assert "The sequence is empty" in text
        assert "Nothing to recommend" in text
        await opened.pilot.press("a", "enter")
        await opened.answered()
        assert len(opened.screen.journey.now.items) == 1
        assert opened.screen.shown.answer.recommendations


@pytest.mark.thorough
async def test_users_are_filtered_sorted_and_walked(explorer) -> None:
    async with explorer() as opened:
        await opened.press("n")
        assert opened.screen.user_label == "u02"
        await opened.press("p")
        assert opened.screen.user_label == "u01"
        await opened.pilot.press("slash")
        await opened.pilot.pause()
        await opened.press(*"u17", "enter", "home")
        assert "1 Users · 1" in opened.text()
        await opened.pilot.press("1")
        await opened.pilot.pause()
        await opened.pilot.press("s", "down", "enter")
        await until(opened.pilot, lambda: "longest first" in opened.text())


@pytest.mark.thorough
async def test_more_and_fewer_recommendations(explorer) -> None:
    async with explorer() as opened:
        await opened.pilot.press("right_square_bracket")
        await until(opened.pilot, lambda: len(opened.screen.shown.answer.recommendations) == 15)
        await opened.pilot.press(*["left_square_bracket"] * 5)
        await until(opened.pilot, lambda: len(opened.screen.shown.answer.recommendations) == 5)


@pytest.mark.thorough
@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50)])
async def test_hostile_titles_are_text_at_every_size(explorer, size) -> None:
    async with explorer(size=size, user="u00") as opened:
        await opened.pilot.press("a")
        await opened.pilot.pause()
        await opened.pilot.press(*"title")
        await opened.pilot.press(*["backspace"] * 5)
        seen = opened.text()
        for title in ("rec", "click"):
            await opened.pilot.press(*title)
            await opened.pilot.pause()
            seen += opened.text()
            await opened.pilot.press(*["backspace"] * len(title))
        assert "[REC]" in seen
        assert "[@click=app.quit]x[/]" in seen
        assert "\x1b" not in seen
        assert "\u202e" not in seen
        assert opened.pilot.app.is_running
        await opened.pilot.press("escape")


@pytest.mark.thorough
async def test_a_resize_storm_leaves_the_screen_whole(explorer) -> None:
    async with explorer() as opened:
        for size in [(20, 5), (200, 50), (80, 24), (1, 1), (120, 36)]:
            await opened.pilot.resize_terminal(*size)
            await opened.pilot.pause()
        assert "2 Sequence" in opened.text()
        await opened.press("home", "d")


@pytest.mark.thorough
async def test_every_pane_comes_to_the_front_of_the_narrow_layout(explorer) -> None:
    async with explorer(size=(80, 24)) as opened:
        for key, title in (
            ("1", "Users ·"),
            ("3", "Interests ·"),
            ("4", "Recommendations ·"),
            ("2", "Sequence ·"),
        ):
            await opened.pilot.press(key)
            await opened.pilot.pause()
            await opened.pilot.pause()
            assert f"─ {key} {title}" in opened.text()


@pytest.mark.thorough
async def test_help_search_and_palette_open_and_close(explorer) -> None:
    async with explorer() as opened:
        await opened.pilot.press("question_mark")
        assert isinstance(opened.pilot.app.screen, HelpScreen)
        await opened.pilot.press("escape")
        await opened.pilot.press("a")
        opened.pilot.app.screen.query_one(Input).value = "x" * 10_000
        await opened.pilot.press("escape")
        assert opened.pilot.app.screen is opened.screen
        await opened.pilot.press("ctrl+p")
        await opened.pilot.pause()
        await opened.pilot.press("escape")
        assert opened.pilot.app.screen is opened.screen


def colours_of(opened: Opened, pane: str) -> set[str]:
    """Colours of the text that a list shows."""
    lines = opened.screen.query_one(pane, LineList)
    strips = lines.render_lines(lines.size.region)
    return {
        segment.style.color.get_truecolor().hex.upper()
        for strip in strips
        for segment in strip
        if segment.style and segment.style.color and segment.text.strip()
    }


@pytest.mark.thorough
async def test_the_look_switches(explorer) -> None:
    async with explorer() as opened:
        assert colours_of(opened, "#interests-lines") & set(ON_DARK)
        await opened.pilot.press("T")
        await opened.pilot.pause()
        assert opened.pilot.app.theme == LIGHT.name
        for pane in ("#interests-lines", "#timeline-lines", "#recommendations-lines"):
            colours = colours_of(opened, pane)
            assert colours & set(ON_LIGHT)
            assert not colours & set(ON_DARK), pane


async def test_a_missing_run_is_a_sentence_on_the_screen(small, tmp_path) -> None:
    screen = ExplorerScreen(tmp_path / "gone", small.library, device="cpu", clock=None)
    app = SigmaApp(screen)
    async with app.run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: "gone" in screen.query_one("#sequence-lines", LineList).empty)
        assert app.is_running


@pytest.mark.thorough
async def test_edits_wait_for_the_persons_return(explorer) -> None:
    async with explorer() as opened:
        await opened.press("home", "d")
        edited = opened.screen.journey
        await opened.press("n")
        assert opened.screen.journey.now.is_original
        await opened.press("p")
        assert opened.screen.journey == edited


@pytest.mark.thorough
async def test_a_new_order_begins_at_its_top_and_enter_opens(explorer) -> None:
    async with explorer() as opened:
        await opened.pilot.press("1")
        await opened.pilot.pause()
        await opened.pilot.press("s", "down", "enter")
        pane = opened.screen.query_one(UsersPane)
        await until(opened.pilot, lambda: pane.shown[1] == "longest")
        assert opened.screen.user_label == "u01"
        await opened.press("enter")
        lengths = opened.screen._explorer.interactions.offsets
        longest = max(lengths[1:] - lengths[:-1])
        assert len(opened.screen.journey.now.original) + 1 == longest


@pytest.mark.thorough
async def test_enter_in_the_filter_opens_the_first_user_found(explorer) -> None:
    async with explorer() as opened:
        await opened.pilot.press("slash")
        await opened.pilot.pause()
        await opened.press(*"u17", "enter")
        assert opened.screen.user_label == "u17"


@pytest.mark.thorough
async def test_a_click_brings_the_focus_and_only_a_double_click_opens(explorer) -> None:
    async with explorer() as opened:
        before = opened.screen.journey.now.items
        await opened.pilot.click("#recommendations-lines", offset=(5, 0))
        assert opened.screen.journey.now.items == before
        await opened.pilot.pause(0.6)  # the chain of clicks ends
        assert opened.pilot.app.screen is opened.screen
        await opened.pilot.click("#recommendations-lines", offset=(5, 0), times=2)
        await opened.pilot.pause()
        assert isinstance(opened.pilot.app.screen, ItemScreen)
        assert opened.screen.journey.now.items == before


async def test_an_answer_that_is_out_of_date_on_its_way_is_not_shown(explorer) -> None:
    async with explorer() as opened:
        old = opened.screen.shown
        await opened.press("d")
        new = opened.screen.shown
        assert new.number > old.number
        opened.screen.post_message(ExplorerScreen.Heard(old))
        await opened.pilot.pause()
        assert opened.screen.shown is new


async def test_a_score_above_ten_keeps_its_digits(explorer) -> None:
    async with explorer() as opened:
        pane = opened.screen.query_one(RecommendationsPane)
        best = opened.screen.shown.answer.recommendations[0]
        pane._lines = (replace(best, score=10.25, probability=0.031),)
        assert pane._draw(0, 80).plain.find(" 10.25  .031 ") > 30
        pane._lines = (replace(best, score=0.52, probability=1.0),)
        assert pane._draw(0, 80).plain.find("  0.52 1.000 ") > 30


async def test_the_headings_of_an_empty_sequence_say_nothing_of_the_one_before(explorer) -> None:
    async with explorer() as opened:
        await opened.press("N")
        assert "entropy" not in opened.screen.query_one("#interests").border_title
        assert "top" not in opened.screen.query_one("#recommendations").border_title


@pytest.mark.thorough
async def test_the_narrow_layout_shows_the_timeline_under_the_interests(explorer) -> None:
    async with explorer(size=(80, 24)) as opened:
        assert "Timeline" not in opened.text()
        await opened.pilot.press("3")
        await opened.pilot.pause()
        await opened.pilot.pause()
        assert "Timeline · intensities" in opened.text()


async def test_the_footer_of_the_sequence_is_whole_at_80_cells(explorer) -> None:
    async with explorer(size=(80, 24)) as opened:
        assert "q quit" in opened.text().splitlines()[-1]


@pytest.mark.thorough
@pytest.mark.parametrize("size", [(80, 24), (120, 36), (200, 50)])
async def test_the_note_is_whole_at_every_size(small, size) -> None:
    screen = ExplorerScreen(
        small.run, small.library, device="cpu", clock=None, note="simulated readers"
    )
    async with SigmaApp(screen).run_test(size=size) as pilot:
        await until(pilot, lambda: screen.shown is not None)
        await pilot.press("home", "d")
        await pilot.pause()
        lines = screen._compositor.render_strips()
        text = "\n".join("".join(segment.text for segment in line) for line in lines)
        assert text.count("simulated readers") == 1


async def test_an_edit_and_its_answer_are_one_picture(explorer, monkeypatch) -> None:
    monkeypatch.setattr(one_picture, "LONGEST", 60)  # this machine may be slow
    async with explorer() as opened:
        pictures = []
        opened.pilot.app.post_display_hook = lambda: pictures.append(opened.text())
        count = len(opened.screen.journey.now.items)
        await opened.press("home", "d")
        edited = [picture for picture in pictures if "1 edit" in picture]
        assert edited
        assert all(f"after each of {count - 1} items" in picture for picture in edited)


@pytest.mark.thorough
async def test_an_edit_does_not_wait_long_for_its_answer(explorer, monkeypatch) -> None:
    async with explorer() as opened:
        monkeypatch.setattr(opened.screen._service, "ask", lambda question: 1_000)
        await opened.pilot.press("home", "d")
        await until(opened.pilot, lambda: "1 edit" in opened.text())


async def test_the_time_of_an_answer_is_shown(small) -> None:
    screen = ExplorerScreen(small.run, small.library, user="u01", device="cpu")
    async with SigmaApp(screen).run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: screen.took is not None)
        await pilot.pause()
        opened = Opened(screen, pilot)
        assert f" {screen.took:.0f} ms" in opened.text()


@pytest.mark.thorough
async def test_enter_takes_what_was_typed_even_before_it_is_found(explorer, monkeypatch) -> None:
    held = threading.Event()
    find = TitleSearch.find

    def late(self, text, *rest):
        if text:
            held.wait(20)
        return find(self, text, *rest)

    monkeypatch.setattr(TitleSearch, "find", late)
    async with explorer() as opened:
        await opened.pilot.press("a", *"title 33", "enter")
        assert isinstance(opened.pilot.app.screen, SearchScreen)
        held.set()
        await until(opened.pilot, lambda: opened.pilot.app.screen is opened.screen)
        await opened.answered()
        titles = opened.screen._explorer.catalogue.titles
        assert titles[opened.screen.journey.now.items[-1] - 1] == "Title 33"


@pytest.mark.thorough
async def test_enter_opens_the_user_that_was_typed_even_before_it_is_found(
    explorer, monkeypatch
) -> None:
    held = threading.Event()
    rows = UserIndex.rows

    def late(self, wanted, order):
        if wanted:
            held.wait(20)
        return rows(self, wanted, order)

    monkeypatch.setattr(UserIndex, "rows", late)
    async with explorer() as opened:
        await opened.pilot.press("slash")
        await opened.pilot.pause()
        await opened.pilot.press(*"u17", "enter")
        assert opened.screen.user_label == "u01"
        held.set()
        await until(opened.pilot, lambda: opened.screen.user_label == "u17")
        assert "1 Users · 1 " in opened.text()


@pytest.mark.thorough
async def test_a_closed_explorer_leaves_nothing_behind(small, monkeypatch) -> None:
    monkeypatch.setenv("SIGMA_TUI_HOME", str(small.home))
    app = SigmaApp(HomeScreen(Home.locate()))
    async with app.run_test(size=(120, 36)) as pilot:

        async def visited() -> "weakref.ref[object]":
            screen = ExplorerScreen(small.run, small.library, device="cpu")
            app.push_screen(screen)
            await until(pilot, lambda: screen.shown is not None)
            await pilot.press("escape")
            await pilot.pause()
            return weakref.ref(screen._explorer.model)

        first, second = await visited(), await visited()
        with lasting():
            pass
        assert (first(), second()) == (None, None)


async def test_interests_that_are_a_persons_own_have_letters_and_no_names(personal) -> None:
    screen = ExplorerScreen(personal.run, personal.library, user="u08", device="cpu", clock=None)
    async with SigmaApp(screen).run_test(size=(120, 36)) as pilot:
        await until(pilot, lambda: screen.shown is not None)
        await pilot.pause()
        opened = Opened(screen, pilot)

        def drawn(pane: str) -> list[list[str]]:
            lines = screen.query_one(pane, LineList)
            return [lines._draw(index, 60).plain.split() for index in range(lines.count)]

        interests = sorted(screen.shown.answer.interests, key=lambda one: -one.intensity)
        assert [(line[0], line[-2], line[-1]) for line in drawn("#interests-lines")] == [
            ("ABC"[one.category], "–", str(one.hard_count)) for one in interests
        ]
        assert "Interests · K = 3" in opened.text()
        assert f"after each of {len(screen.shown.answer.items)} items" in opened.text()
        await opened.press("home", "space", "end")
        entries, own = screen.journey.now.entries, screen.shown.answer.item_interests
        assert entries[0].muted and len(own) == len(entries) - 1
        last = [line[-1] for line in drawn("#sequence-lines")][-6:]  # what the model sees
        assert last == ["ABC"[one] for one in own[-6:]]
        await pilot.resize_terminal(80, 24)
        await pilot.press("3")
        await pilot.pause()
        await pilot.pause()
        assert "Timeline · intensities" in opened.text()
        strongest = max(screen.shown.answer.interests, key=lambda one: one.intensity)
        assert f" {'ABC'[strongest.category]} ." in opened.text().splitlines()[-2]

"""The Textual app: themes, settings, keys, actions that work everywhere, the palette."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from textual import events
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.dom import DOMNode
from textual.filter import ANSIToTruecolor, LineFilter
from textual.screen import Screen
from textual.theme import Theme

from engine.home import Home
from sigma_tui.assets import assets
from sigma_tui.beside.heaps import share_heaps
from sigma_tui.ending import end_in_order
from sigma_tui.kept.pane_sizes import pane_of
from sigma_tui.kept.session import Session
from sigma_tui.kept.settings import Settings
from sigma_tui.keys.actions import ACTIONS, Action, bindings
from sigma_tui.keys.keymap import Keymap, read_keymap, scopes_on
from sigma_tui.keys.scopes import SCREEN_OF, screens_of
from sigma_tui.keys.vim import VimKeys
from sigma_tui.look.arranging import ArrangingApp
from sigma_tui.look.filters import SixteenColours
from sigma_tui.look.light_strips import lighten
from sigma_tui.look.looks import DARK, LIGHT, OWN, SIXTEEN, fitted, theme_names
from sigma_tui.look.text import visible
from sigma_tui.mended import mend
from sigma_tui.orderly import OrderlyApp
from sigma_tui.screens.help import HelpScreen
from sigma_tui.screens.loading import LoadingScreen
from sigma_tui.screens.settings import SettingsScreen
from sigma_tui.stacked import StackedApp
from sigma_tui.training.process import running


class SigmaApp(ArrangingApp, StackedApp, OrderlyApp):
    """Opens on the screen it is given.

    settings: what a person decided. theme: another one than the settings'. session: what is
    remembered, and where settings are written; without one nothing is. troubles: sentences to show
    at the start, such as what is wrong with the settings.
    """

    TITLE = "sigma-tui"
    CSS_PATH = assets() / "styles" / "sigma.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]
    ENABLE_COMMAND_PALETTE = True
    ALLOW_IN_MAXIMIZED_VIEW = "#header, KeyLine"
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  # Textual declares it without ClassVar
        (0, "-narrow"),
        (100, "-medium"),
        (160, "-wide"),
    ]

    def __init__(
        self,
        first: Screen[None],
        *,
        settings: Settings | None = None,
        theme: str | None = None,
        session: Session | None = None,
        troubles: Iterable[str] = (),
    ) -> None:
        self._themes: dict[str, Theme] = {}
        mend()
        lighten()
        share_heaps()
        super().__init__()
        self._first = first
        self._troubles = list(troubles)
        self._vim = VimKeys()
        self._sixteen = SixteenColours(enabled=False)
        settings = settings or Settings()
        self.settings = settings if theme is None else replace(settings, theme=theme)
        self.keymap = Keymap()
        self.session = session
        if session is not None:
            self.pane_sizes = session.pane_sizes
        for own in OWN:
            self.register_theme(own)
        self._use_keys()
        self.use_theme(self.settings.theme)

    def on_mount(self) -> None:
        """Shows the first screen, and what is wrong with the settings."""
        self.set_class(self.settings.compact, "-compact")
        if self.session is not None:
            self.session.tell = self._tell
            end_in_order(self, self.session)
        self.push_screen(self._first)
        for trouble in self._troubles:
            self.notify(trouble, severity="warning", timeout=12, markup=False)

    def use_theme(self, name: str) -> None:
        """Draws everything in the colours of a theme, or of the usual one if there is none."""
        if name not in theme_names():
            self._troubles.append(f"There is no theme {name!r}: `sigma-tui config set` has them.")
            name = DARK.name
        self.theme = name
        self._sixteen.enabled = name == SIXTEEN.name
        if self.is_running:
            for screen in self.screen_stack:
                for line_list in screen.query("LineList"):
                    line_list.refresh()
                screen.refresh()

    def use(self, settings: Settings, *names: str) -> None:
        """Works by other settings from now on. names: of those that are kept for the next time."""
        before, self.settings = self.settings, settings
        if settings.theme != self.theme:
            self.use_theme(settings.theme)
        if (settings.keymap, settings.vim) != (before.keymap, before.vim):
            self._use_keys()
        self.set_class(settings.compact, "-compact")
        if self.session is not None:
            for name in names:
                self.session.keep_setting(name, getattr(settings, name))

    def _use_keys(self) -> None:
        self.keymap, wrong = read_keymap(self.settings.keymap, vim=self.settings.vim)
        self._troubles += wrong
        self.set_keymap(dict(self.keymap.changed))

    def get_theme(self, theme_name: str) -> Theme | None:
        """A theme with every colour that we write with. Asked for at every line that is painted, so
        it is looked up once."""
        known = self._themes.get(theme_name)
        if known is None:
            theme = super().get_theme(theme_name)
            if theme is None:
                return None
            known = self._themes[theme_name] = fitted(theme)
        return known

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What is done to every line: Textual's filters, or our own for sixteen colours."""
        filters = super().get_line_filters()
        if not self._sixteen.enabled:
            return filters
        return [*(one for one in filters if not isinstance(one, ANSIToTruecolor)), self._sixteen]

    async def meant(self, event: events.Event) -> events.Event | None:
        """Keys, clicks and what is pasted wait for the screen that is being opened, which they are
        meant for. vim's keys are those that they stand for."""
        if isinstance(event, events.Key | events.MouseDown | events.Paste):
            await self.opened()
        if isinstance(event, events.Key):
            screen = self.screen if self.screen_stack else None
            if isinstance(screen, LoadingScreen) and screen.came_early(event):
                return None
            if self.keymap.vim:
                return self._vim.turned(event, self.screen)
        return event

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action that the present screen and its panes have, by name."""
        for action in ACTIONS:
            where = self._place_of(action, screen)
            if where is not None and action.id != "command_palette":  # which this is
                yield SystemCommand(
                    f"{action.title} ({self.keymap.shown(action)})",
                    action.help,
                    self._runner(where, action.id),
                )

    def _place_of(self, action: Action, screen: Screen[object]) -> DOMNode | None:
        """What carries an action out here; None if nothing does."""
        if action.scope == "app":
            return next((one for one in (screen, self) if hasattr(one, action.method)), None)
        here = scopes_on(screen)
        if action.scope == "list":
            place = screen.focused
        elif action.scope in here or (
            action.scope in SCREEN_OF and screens_of(action.scope) & here
        ):
            place = screen
        else:
            place = None
        if place is None or not hasattr(place, action.method):
            return None
        return place if place.check_action(action.plain_id, ()) else None

    def _runner(self, where: DOMNode, action: str) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self.run_action(action, default_namespace=where)

        return run

    def _tell(self, sentence: str) -> None:
        """Called from the thread that saves."""
        self.call_later(self.notify, sentence, severity="warning", markup=False)

    def sizes_changed(self) -> None:
        """They are kept."""
        if self.session is not None:
            self.session.keep_place()

    def action_help(self) -> None:
        """The pane with the focus, keys, words, the paper."""
        if not isinstance(self.screen, HelpScreen):
            pane = pane_of(self.screen.focused)
            self.push_screen(HelpScreen(self.keymap, None if pane is None else pane.id))

    def action_toggle_look(self) -> None:
        """Dark or light."""
        name = LIGHT.name if self.current_theme.dark else DARK.name
        self.use(replace(self.settings, theme=name), "theme")

    def action_choose_theme(self) -> None:
        """All themes; each is shown as the cursor is on it."""
        if not self.screen.is_modal:
            from sigma_tui.screens.themes import ThemeScreen  # it loads NumPy, home does not

            self.push_screen(ThemeScreen(self.theme, self.use_theme), self._theme_chosen)

    def _theme_chosen(self, name: str | None) -> None:
        if name is None:
            self.use_theme(self.settings.theme)
        else:
            self.use(replace(self.settings, theme=name), "theme")

    def action_settings(self) -> None:
        """What can be decided about the app."""
        if not isinstance(self.screen, SettingsScreen):
            self.push_screen(SettingsScreen(self.settings, self.use))

    def action_leave(self) -> None:
        """Leaves the app; says so if trainings go on without it."""
        names = ", ".join(visible(name) for name in running())
        self.exit(
            message=f"Training goes on: {names}. The home screen shows it." if names else None
        )

    def _fatal_error(self) -> None:
        """Textual would print a traceback with the values of all variables, data among them;
        ``defect`` is for who opened the app to report."""
        self._close_messages_no_wait()

    @property
    def defect(self) -> Exception | None:
        """What nobody foresaw and ended the app."""
        return self._exception

    async def action_back(self) -> None:
        """The screen before; home from the first one, such as an explorer that a command opened."""
        if len(self.screen_stack) > 2:
            self.pop_screen()
            return
        from sigma_tui.screens.home import HomeScreen

        if not isinstance(self.screen, HomeScreen):
            await self.switch_screen(HomeScreen(Home.locate(), device=self.settings.device))

"""The Textual app: themes, the first screen, actions that work everywhere, the palette."""

from collections.abc import Awaitable, Callable, Iterable
from typing import ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.dom import DOMNode
from textual.screen import Screen

from sigma_tui.actions import ACTIONS, bindings
from sigma_tui.assets import assets
from sigma_tui.looks import DARK, LIGHT
from sigma_tui.screens.help import HelpScreen
from sigma_tui.text import visible
from sigma_tui.training_process import running


class SigmaApp(App[None]):
    """Opens on the screen it is given."""

    TITLE = "sigma-tui"
    CSS_PATH = assets() / "styles" / "sigma.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("app")]
    ENABLE_COMMAND_PALETTE = True
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012  # Textual declares it without ClassVar
        (0, "-narrow"),
        (100, "-medium"),
        (160, "-wide"),
    ]

    def __init__(self, first: Screen[None], *, theme: str = DARK.name) -> None:
        super().__init__()
        self._first = first
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = theme

    def on_mount(self) -> None:
        """Shows the first screen."""
        self.push_screen(self._first)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every action that the present screen and its panes bind, by name: two screens may have
        actions of one method, which are other ones to a person."""
        bound = {
            (binding.key, binding.action.removeprefix("screen."))
            for node in (screen, *screen.query("*"))
            for kind in type(node).__mro__
            for binding in kind.__dict__.get("BINDINGS", ())
            if isinstance(binding, Binding)
        }
        for action in ACTIONS:
            if action.id == "command_palette":  # this is it
                continue
            here: DOMNode = self if action.scope == "app" else screen
            known = action.scope == "app" or (action.key, action.id) in bound
            if known and here.check_action(action.id.split("(")[0], ()):
                yield SystemCommand(
                    f"{action.title} ({action.shown})", action.help, self._runner(here, action.id)
                )

    def _runner(self, where: DOMNode, action: str) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            await self.run_action(action, default_namespace=where)

        return run

    def action_help(self) -> None:
        """Keys, words, the paper."""
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen())

    def action_toggle_look(self) -> None:
        """Dark or light."""
        self.theme = LIGHT.name if self.current_theme.dark else DARK.name
        for line_list in self.screen.query("LineList"):
            line_list.refresh()
        self.screen.refresh()

    def action_leave(self) -> None:
        """Leaves the app; says so if trainings go on without it."""
        names = ", ".join(visible(name) for name in running())
        self.exit(
            message=f"Training goes on: {names}. The home screen shows it." if names else None
        )

    async def action_back(self) -> None:
        """The screen before; the first one stays."""
        if len(self.screen_stack) > 2:
            self.pop_screen()

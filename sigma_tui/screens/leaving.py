"""Screens where something is entered ask before it is thrown away."""

from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.screen import Screen, ScreenResultType

from sigma_tui.screens.confirm import ConfirmScreen


class AskingToLeave(Screen[ScreenResultType]):
    """Goes back at once only if nothing was entered.

    LEAVE: the question. LOST: what would go, and what not. STAYS: what staying does, after its key.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        # The app's key for back, whichever it is; here it is the screen's.
        Binding("escape", "back", "back", show=False, id="app.back"),
    ]
    LEAVE: ClassVar[str]
    LOST: ClassVar[str]
    STAYS: ClassVar[str]

    @property
    def entered(self) -> bool:
        """Whether anything is not as it was when the screen opened."""
        raise NotImplementedError

    async def action_back(self) -> None:
        """Leaves; asks first where something would be lost."""
        if not self.entered:
            await self._leave(True)
            return
        asked = ConfirmScreen(self.LEAVE, Text(self.LOST), "leave", no="stay", stays=self.STAYS)
        self.app.push_screen(asked, self._leave)

    async def _leave(self, yes: bool | None) -> None:
        if yes:
            await self.app.run_action("app.back")

"""A bordered part of the screen with a title that may change with every edit."""

from typing import Self

from textual.containers import Vertical
from textual.geometry import Region
from textual.markup import escape

from sigma_tui.actions import ACTIONS
from sigma_tui.keymap import keymap_of


class Pane(Vertical):
    """A pane whose new title costs one line of painting, not the whole pane."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, classes="pane")
        self._title = ""
        self._only_title = False
        self.usual_height: int | None = None

    def usually(self, height: int) -> None:
        """The height in cells that it has unless a person gives it another."""
        self.usual_height = height
        if not self.has_class("-given-height"):
            self.styles.height = height

    def entitle(self, title: str) -> None:
        """Puts a title on the upper border; the key that it begins with is the one that goes to the
        pane by now. title: markup, as Textual's ``border_title``."""
        going = next((action for action in ACTIONS if action.id == f"pane('{self.id}')"), None)
        if going is not None and title.startswith(f"{going.shown} "):
            key = escape(keymap_of(self.app).shown(going))
            title = key + title.removeprefix(going.shown)
        if title == self._title:
            return
        self._title = title
        self._only_title = True
        self.border_title = title
        self._only_title = False

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Paints again; Textual asks for the whole pane even where only the title is new."""
        if self._only_title:
            regions = (Region(-1, -1, self.outer_size.width, 1),)  # from inside the border
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

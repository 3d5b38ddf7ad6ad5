"""A bordered part of the screen with a title that may change with every edit."""

from typing import Self

from rich.text import Text
from textual.containers import Vertical
from textual.geometry import Region
from textual.markup import escape

from sigma_tui.keymap import pane_keys
from sigma_tui.widgets.line_list import LineList


class Pane(Vertical):
    """A pane whose new title costs one line of painting, not the whole pane."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, classes="pane")
        self._title: str | Text = ""
        self._only_title = False
        self.usual_height: int | None = None

    @property
    def lines(self) -> LineList:
        """What takes the focus in it."""
        return self.query_one(LineList)

    def usually(self, height: int) -> None:
        """The height in cells that it has unless a person gives it another."""
        self.usual_height = height
        if not self.has_class("-given-height"):
            self.styles.height = height

    def entitle(self, title: str | Text) -> None:
        """Puts a title on the upper border; a number that it begins with becomes the key that goes
        to the pane. title: markup, as Textual's ``border_title``, unless it is a ``Text``: data
        never is markup."""
        if isinstance(title, str) and title[:1].isdigit() and self.id:
            key = pane_keys(self.screen, [self.id]).get(self.id, title[0])
            title = escape(key) + title[1:]
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

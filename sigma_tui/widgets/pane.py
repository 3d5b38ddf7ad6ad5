"""A bordered part of the screen with a title that may change with every edit."""

from typing import Self

from rich.text import Text
from textual.containers import Vertical
from textual.geometry import Region

from sigma_tui.widgets.line_list import LineList


class Pane(Vertical):
    """A pane whose new title costs one line of painting, not the whole pane."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, classes="pane")
        self._title: str | Text = ""
        self._only_title = False

    @property
    def lines(self) -> LineList:
        """What takes the focus in it."""
        return self.query_one(LineList)

    def entitle(self, title: str | Text) -> None:
        """Puts a title on the upper border. title: markup, as Textual's ``border_title``, unless it
        is a ``Text``: data never is markup."""
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

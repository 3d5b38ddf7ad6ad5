"""A bordered part of the screen with a title that may change with every edit."""

from typing import Self

from rich.text import Text
from textual.containers import Vertical
from textual.geometry import Region
from textual.markup import escape
from textual.widget import Widget

from sigma_tui.keys.keymap import going_to, keymap_of
from sigma_tui.widgets.line_list import LineList


class Pane(Vertical):
    """A pane whose new title costs one line of painting, not the whole pane."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, classes="pane")
        self._title: str | Text = ""
        self._only_title = False
        self.usual_height: int | None = None

    def usually(self, height: int) -> None:
        """The height in cells that it has unless a person gives it another, or it fills the
        screen."""
        self.usual_height = height
        if not (self.has_class("-given-height") or self.has_class("-maximized")):
            self.styles.height = height

    @property
    def lines(self) -> LineList:
        """Its list."""
        return self.query_one(LineList)

    @property
    def entrance(self) -> Widget:
        """What takes the focus when somebody goes to the pane."""
        return self.lines

    def _with_key(self, title: str | Text) -> str | Text:
        going = going_to(self.screen, self.id or "")
        plain = title.plain if isinstance(title, Text) else title
        if going is None or not plain.startswith(f"{going.shown} "):
            return title
        key, usual = keymap_of(self.app).shown(going), going.shown
        if key == usual:
            return title
        if isinstance(title, Text):
            return Text(key, title.style, end=title.end).append_text(title[len(usual) :])
        return escape(key) + title.removeprefix(usual)

    def entitle(self, title: str | Text) -> None:
        """Puts a title on the upper border; the key that it begins with is the one that goes to the
        pane by now. title: markup, as Textual's ``border_title``, unless it is a ``Text``: data
        never is markup."""
        title = self._with_key(title)
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

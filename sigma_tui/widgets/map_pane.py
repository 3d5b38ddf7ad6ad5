"""The map with its border: asks beside the screen what a sequence looks like, and says how much of
the variance is seen."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.binding import BindingType
from textual.message import Message
from textual.widget import Widget

from engine.explore.categories import letter_of
from engine.explore.scene import Scene
from sigma_tui.beside.newest import Finder
from sigma_tui.beside.safely import Trouble, or_trouble
from sigma_tui.keys.actions import bindings
from sigma_tui.keys.keymap import going_to
from sigma_tui.look.text import visible
from sigma_tui.widgets.map_view import MapView
from sigma_tui.widgets.pane import Pane

Sequence = tuple[int, ...]
Recommended = tuple[tuple[int, int], ...]
"""(rank, item)."""


class MapPane(Pane):
    """Holds a ``MapView``, and more under it if its screen wants that.

    Its keys are carried out by its screen; see ``MapKeys``.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("map")]

    class Placed(Message):
        """The scene of the newest sequence is there."""

    class Found(Message):
        """What a sequence looks like, or why that is not known."""

        def __init__(self, sequence: Sequence, scene: Scene | Trouble) -> None:
            super().__init__()
            self.sequence, self.scene = sequence, scene

    class Appeared(Message):
        """There is room for the pane again; it may be out of date."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._finder: Finder[Sequence, Scene | Trouble] | None = None
        self._asked: Sequence | None = None
        self._scene: Scene | None = None
        self._recommended: Recommended = ()

    @property
    def view(self) -> MapView:
        """The map itself."""
        return self.query_one(MapView)

    @property
    def entrance(self) -> Widget:
        """The map itself."""
        return self.view

    @property
    def scene(self) -> Scene | None:
        """What is shown; None until it is there."""
        return self._scene

    @property
    def recommended(self) -> Recommended:
        """The list that is marked."""
        return self._recommended

    @property
    def asked(self) -> Sequence | None:
        """The newest sequence that was asked for."""
        return self._asked

    def on_mount(self) -> None:
        """Says which pane this is."""
        self.entitle(f"{self._called} · placing the items …")

    def on_unmount(self) -> None:
        """Ends the thread that asks."""
        if self._finder is not None:
            self._finder.close()

    def on_show(self) -> None:
        """It may have been hidden while the sequence changed."""
        self.post_message(self.Appeared())

    def begin(self, find: Callable[[Sequence], Scene]) -> None:
        """find: called in a thread of the pane's own."""
        self._finder = Finder(or_trouble(find), self._tell)

    def ask(self, sequence: Sequence) -> None:
        """Asks what a sequence looks like, unless it is asked or shown; ``Placed`` follows."""
        if self._finder is not None and sequence != self._asked:
            self._asked = sequence
            self._finder.ask(sequence)

    def give_up(self) -> None:
        """What is being found out and drawn is not shown any more."""
        self._asked = None
        self.view.give_up()

    def show(self, recommended: Recommended, *, whole: bool = False) -> None:
        """Shows the scene with a list on it. whole: all of it, unless somebody chose a part."""
        self._recommended = recommended
        if self._scene is not None:
            self.view.show(self._scene, recommended, whole=whole)

    def _tell(self, sequence: Sequence, scene: Scene | Trouble) -> None:
        """Called from the thread that asks."""
        self.post_message(self.Found(sequence, scene))

    @on(Found)
    def _found(self, found: Found) -> None:
        found.stop()
        if found.sequence != self._asked:
            return
        if isinstance(found.scene, Trouble):
            self._asked = None  # it may be asked again
            self.entitle(self._called)
            self.notify(visible(found.scene.message), severity="error", markup=False)
            return
        self._scene = found.scene
        self.post_message(self.Placed())

    @on(MapView.Moved)
    def _entitle(self) -> None:
        view, scene = self.view, self._scene
        if scene is None or view.view is None:
            return
        first, second = view.axes
        part = float(scene.projection.share[[first, second]].sum())
        title = (
            f"{self._called} · axes {first + 1} and {second + 1} hold {part:.0%} of the variance"
        )
        if not 0.99 < view.view.zoom < 1.01:
            title += f" · ×{view.view.zoom:.1f}"
        if view.lit is not None:
            title += f" · only {letter_of(view.lit)}"
        self.entitle(title)

    @property
    def _called(self) -> str:
        """With the key that goes there, where one does."""
        going = going_to(self.screen, self.id or "")
        return "Map" if going is None else f"{going.shown} Map"

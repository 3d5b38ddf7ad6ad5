"""What is written in colours of its own, and has others when the theme is another one."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.widget import Widget as Base
else:  # no widget: Textual takes a widget's style from its first base
    Base = object


class Themed(Base):
    """Comes before a widget's other bases. It listens as long as it is there and no longer: the app
    would keep it, and all that it shows, for good."""

    def on_mount(self) -> None:
        """Begins to listen."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self.use_colours())

    def on_unmount(self) -> None:
        """Listens no more."""
        self.app.theme_changed_signal.unsubscribe(self)

    def use_colours(self) -> None:
        """Shows the same in the colours that the theme has now."""
        raise NotImplementedError

"""The train screen: which data, model, preset and settings; then it starts."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Button, Input

from engine.errors import SigmaError
from engine.home import Home
from sigma_tui.beside.newest import Finder
from sigma_tui.keys.actions import bindings
from sigma_tui.look.text import visible
from sigma_tui.look.themed import Themed
from sigma_tui.screens.training import TrainingScreen
from sigma_tui.training.form import Judged, Offer, Wish, judge, make_run, offer, wish_of
from sigma_tui.training.process import start_training
from sigma_tui.widgets.choice_pane import ChoicePane
from sigma_tui.widgets.key_line import KeyLine
from sigma_tui.widgets.line_list import LineList
from sigma_tui.widgets.one_line import OneLine
from sigma_tui.widgets.settings_pane import SettingsPane

if TYPE_CHECKING:
    from engine.training.runs import RunSummary

NO_DATA = (
    "The library is empty, and a model learns from data. Import a file first: "
    "sigma-tui data import ratings.csv --name films"
)
SHOWN_SETTINGS = ("dim", "epochs", "patience", "learning_rate", "batch_positions", "dropout")


class TrainScreen(Themed, Screen[None]):
    """Chooses and starts a training.

    dataset: to begin with. like: a run whose choices to begin with. device: what is trained on.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("train")]

    class Offered(Message):
        """What there is to choose from, and what to begin with; or why there is nothing."""

        def __init__(self, offered: Offer, first: Wish | None, trouble: str) -> None:
            super().__init__()
            self.offered, self.first, self.trouble = offered, first, trouble

    class Answered(Message):
        """What a wish means, or why it means nothing."""

        def __init__(self, wish: Wish, found: "Judged | str") -> None:
            super().__init__()
            self.wish, self.found = wish, found

    class Made(Message):
        """The run is made and its process started, or the reason why not."""

        def __init__(self, run: Path | None, trouble: str = "") -> None:
            super().__init__()
            self.run, self.trouble = run, trouble

    def __init__(
        self,
        home: Home,
        *,
        dataset: str | None = None,
        like: "RunSummary | None" = None,
        device: str = "auto",
    ) -> None:
        super().__init__()
        self._home = home
        self._device = device
        self._dataset = dataset
        self._like = like
        self._offer = Offer((), ())
        self._judged: Judged | None = None
        self._told: TrainScreen.Answered | None = None
        self._starting = False
        self._finder: Finder[Wish, Judged | str] = Finder(self._judge, self._tell)

    @property
    def wish(self) -> Wish | None:
        """What is chosen now; None before there is anything to choose."""
        data, model = (self.query_one(f"#{id}", ChoicePane).chosen for id in ("datasets", "models"))
        if data is None or model is None:
            return None
        preset = self.query_one("#presets", ChoicePane).chosen or "best"
        own = self.query_one(SettingsPane).own
        return Wish(data, model, preset, own, self.query_one("#run-name", Input).value.strip())

    @property
    def judged(self) -> "Judged | None":
        """What the engine said to the newest wish."""
        return self._judged

    def compose(self) -> ComposeResult:
        """Three choices and a line of settings; name and start under them."""
        yield OneLine(id="header")
        with VerticalScroll(id="train-form", can_focus=False):
            with Horizontal(id="train-choices"):
                yield ChoicePane("1 Dataset", id="datasets")
                yield ChoicePane("2 Model", id="models")
            yield ChoicePane("3 Preset", id="presets")
            yield SettingsPane(id="settings")
        with Horizontal(id="train-bar"):
            yield Input(placeholder="name of the run", id="run-name", max_length=100)
            yield Button("Start", id="start", compact=True, variant="primary")
        yield OneLine(id="train-command")
        yield KeyLine()

    def on_mount(self) -> None:
        """Reads what there is beside the screen."""
        title = Text(end="").append(" sigma-tui ", "bold")
        title.append("  train a model: choose with ↑ ↓, go on with enter or tab", "dim")
        self.query_one("#header", OneLine).say(title)
        self.query_one("#datasets", ChoicePane).lines.focus()
        self._read()

    def on_unmount(self) -> None:
        """Ends the thread that judges."""
        self._finder.close()

    @work(thread=True, exclusive=True, group="offer", exit_on_error=False)
    def _read(self) -> None:
        offered, first, trouble = Offer((), ()), None, ""
        try:
            offered = offer(self._home)
            if self._like is not None:
                first = wish_of(self._home, self._like)
        except (SigmaError, OSError) as error:
            trouble = str(error)
        self.post_message(self.Offered(offered, first, trouble))

    @on(Offered)
    def _show_offer(self, message: Offered) -> None:
        self._offer, first = message.offered, message.first
        datasets = self.query_one("#datasets", ChoicePane)
        datasets.lines.empty = visible(message.trouble) or NO_DATA
        if message.trouble and message.offered.datasets:
            self.notify(visible(message.trouble), severity="warning", markup=False, timeout=12)
        if not self._offer.datasets:
            self.query_one("#presets", ChoicePane).lines.say("They depend on the data.")
        datasets.show_options(
            [(data.name, f"{data.users:,} users") for data in self._offer.datasets],
            self._dataset if first is None else first.dataset,
        )
        models = self.query_one("#models", ChoicePane)
        models.show_options(self._offer.models, None if first is None else first.model)
        if first is not None:
            self.query_one("#presets", ChoicePane).show_options([(first.preset, "")])
            self.query_one(SettingsPane).fill(first.own)
        self._ask()

    def _ask(self) -> None:
        wish = self.wish
        self._describe()
        if wish is not None:
            self._finder.ask(wish)

    def _judge(self, wish: Wish, _outdated: Callable[[], bool]) -> "Judged | str":
        """Called in the thread that judges."""
        data = next(data for data in self._offer.datasets if data.name == wish.dataset)
        try:
            return judge(self._home, data, wish)
        except (SigmaError, OSError) as error:
            return str(error)

    def _tell(self, wish: Wish, found: "Judged | str") -> None:
        """Called from the thread that judges."""
        self.post_message(self.Answered(wish, found))

    @on(Answered)
    def _show_judged(self, message: Answered) -> None:
        if message.wish != self.wish:
            return  # more was chosen while this was on its way
        self._told = message
        if isinstance(message.found, str):
            self.query_one("#presets", ChoicePane).tell(
                Text(visible(message.found), style=f"bold {self.app.current_theme.error}")
            )
            return
        judged = self._judged = message.found
        presets = self.query_one("#presets", ChoicePane)
        presets.show_options(judged.presets, judged.wish.preset)
        presets.tell(_about(judged))
        self.query_one(SettingsPane).show_judged(judged)
        name = self.query_one("#run-name", Input)
        name.placeholder = f"name of the run; without one {visible(judged.free_name)}"
        theme = self.app.current_theme
        line = (
            Text(f" ✗ {visible(judged.name_trouble)}", style=f"bold {theme.error}")
            if judged.name_trouble
            else Text(f" the same in a shell: {visible(judged.command)}", style="dim")
        )
        self.query_one("#train-command", OneLine).say(line)

    def use_colours(self) -> None:
        """What is wrong with a wish is in the colour of errors."""
        if self._told is not None:
            self._show_judged(self._told)

    def _describe(self) -> None:
        """What the chosen data and model are, in full."""
        datasets, models = (self.query_one(f"#{id}", ChoicePane) for id in ("datasets", "models"))
        data = next((one for one in self._offer.datasets if one.name == datasets.chosen), None)
        if data is not None:
            datasets.tell(
                Text(
                    f"{data.users:,} users · {data.items:,} items · "
                    f"{data.interactions:,} interactions · {data.avg_length:.1f} a user",
                    style="dim",
                )
            )
        models.tell(Text(dict(self._offer.models).get(models.chosen or "", ""), style="dim"))

    @on(LineList.Moved)
    def _moved(self, message: LineList.Moved) -> None:
        message.lines.refresh()  # the mark goes with the cursor
        self._ask()

    @on(SettingsPane.Changed)
    @on(Input.Changed, "#run-name")
    def _typed(self) -> None:
        self._ask()

    @on(LineList.Chosen)
    @on(Input.Submitted)
    def _next(self) -> None:
        self.focus_next()

    def action_pane(self, pane: str) -> None:
        """Goes to a section of the form."""
        self.query_one(f"#{pane}").query("LineList, Input").first().focus()

    @on(Button.Pressed, "#start")
    def _pressed(self) -> None:
        self.action_start_training()

    def action_start_training(self) -> None:
        """Makes the run and starts its process; then it is followed."""
        wish = self.wish
        if wish is None:
            self.notify(NO_DATA, severity="warning", markup=False)
        elif not self._starting:
            self._starting = True
            self._begin(wish)

    @work(thread=True, group="begin", exit_on_error=False)
    def _begin(self, wish: Wish) -> None:
        try:
            run = make_run(self._home, wish, self._device)
            start_training(run, self._home.library, self._device)
            made = self.Made(run)
        except (SigmaError, OSError) as error:
            made = self.Made(None, str(error))
        self.post_message(made)

    @on(Made)
    def _follow(self, message: Made) -> None:
        self._starting = False
        if message.run is None:
            self.notify(visible(message.trouble), severity="error", markup=False, timeout=12)
            self._read()  # the dataset may be gone
        else:
            self.app.switch_screen(TrainingScreen(self._home, message.run, device=self._device))


def _about(judged: Judged) -> RenderableType:
    """What the preset is, what the rule chose for this data and why, and the main settings."""
    if judged.choices:
        head = Text(f"For {visible(judged.wish.dataset)} the rule chose:", style="bold")
    else:  # a search has chosen
        head = Text(visible(dict(judged.presets).get(judged.wish.preset, "")))
    choices = Table.grid(padding=(0, 2, 0, 0))
    for choice in judged.choices:
        values = ", ".join(f"{name} = {value}" for name, value in choice.values.items())
        why = f"as {choice.because}" if choice.because else ""
        choices.add_row(Text(f"  {values}"), Text(why, style="dim"))
    main = {**judged.base, **judged.changes}
    whole = Text()
    whole.append("In all: ", "bold")
    whole.append(
        " · ".join(
            f"{name.replace('_', ' ')} {main[name]}{' at most' if name == 'epochs' else ''}"
            for name in SHOWN_SETTINGS
            if name in main
        )
    )
    return Group(head, *([choices] if judged.choices else []), whole)

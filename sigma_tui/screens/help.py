"""Help: the pane with the focus, keys, words, the paper."""

from typing import ClassVar

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from sigma_tui import __version__
from sigma_tui.actions import ACTIONS, PLACES, SCREEN_OF, Scope
from sigma_tui.keymap import VIM, Keymap
from sigma_tui.pane_words import PANE_WORDS

WORDS = (
    ("category", "One of K groups of items that the model found by itself, a letter and a colour. "
     "Its name is the metadata it favours most. In MIND and ComiRec a letter is an interest of "
     "this one person, without a name."),
    ("intensity", "How much of the sequence belongs to a category, between 0 and 1; all of them "
     "sum to 1 (w in the paper, section 3.2)."),
    ("σ", "How wide the Gaussian of an interest is, mean over its dimensions (equation 6): how "
     "sure the model is of it; – where an interest is a vector alone."),
    ("items", "Items of the sequence whose one category this is (hard interest), or of which this "
     "interest claims more than any other."),
    ("entropy", "Of the intensities, in bits: 0 is one single interest, log₂ K is an even mix."),
    ("score, p", "The decoder's logit of an item as the next one, and its softmax over the whole "
     "catalogue (equation 13)."),
    ("Diversity@K", "Share of pairs of the list whose items share no category (equation 15): by "
     "metadata such as genres, and by the learned category."),
    ("coverage, novelty", "The list's share of the whole catalogue; and the mean −log₂ of its "
     "items' share of all interactions, in bits: rarely chosen items are many bits."),
    ("stable", "The share of 64 samples of the sequence's posterior in which the item stays in the "
     "top K: how sure the model is of it."),
    ("why", "Leave-one-out: items of the sequence without which log p of the recommendation would "
     "be lower, the most influential first."),
    ("steer", "Other intensities w′ re-weigh the prior: p′(v) ∝ p(v) · Σ_k p(k|v) w′_k / w_k. The "
     "sequence and what was read from it stay as they are; with w′ = w nothing changes."),
    ("diversify, γ", "A list is chosen item by item for score + γ · items before it that share no "
     "category with it. Relevance is the probability that the list keeps, beside the one of the "
     "most probable list."),
    ("timeline", "The intensities after every item, and the rank that what really came next had at "
     "that moment, – where it had been there before: ● up to 10, ○ up to 100."),
    ("held-out next item", "The last item of the history, which the model does not see: the rank "
     "it gives it. After “until here” it is what really came next."),
    ("loss", "What training makes small, a mean over the epoch: its parts are drawn each on a "
     "scale of its own. Reconstruction is the cross-entropy of the next item (equation 13); the "
     "KL parts hold the posterior to the mixture of interests (10) and the interests to N(0, I) "
     "(7); orthogonality keeps the categories apart."),
    ("validation", "How well the item before the last is found, after each epoch, of the whole "
     "catalogue. The epoch with the highest Recall@20 is kept; training stops when no better one "
     "comes for as many epochs as patience says."),
    ("interests alive", "Categories that hold items and intensity and differ from the others: "
     "fewer than half of K means that they have collapsed into one."),
    ("smallest change", "The fewest edits that bring an item into the list or send one out: all "
     "single removals, added items and pairs of removals are tried with the model itself; larger "
     "sets are searched for by a beam, so that a smaller one may have been missed."),
    ("overlap@K", "Share of the first K of one list that are among the first K of the other."),
    ("rank-biased overlap", "1 for equal lists, 0 where nothing is shared; first places count most "
     "(Webber, Moffat & Zobel 2010, RBO_ext, p = .9)."),
    ("95 % interval", "Of 2,000 bootstrap samples of users; of a difference, user by user: “clear” "
     "where it leaves out zero."),
    ("share, users, here", "On the categories screen: the category's share of the catalogue, the "
     "share of users whose strongest interest it is, its intensity in the present sequence."),
    ("p(k given the item)", "How much an item belongs to category k: softmax of the cosine of its "
     "vector with c_k, the category's (section 3.2)."),
    ("lift", "How many times as frequent a metadata category is among the items of a category as "
     "in the whole catalogue."),
    ("cosines", "Of the c_k with each other: near 0 where categories are of different things, as "
     "equation 4 wants it."),
    ("the map", "Items' vectors along the axes of their greatest variance (PCA). The axes hold "
     "only a part of it, as the title says, so that neighbours may be far apart along others: an "
     "item's screen has the true neighbours. Ellipses are one σ of an interest's Gaussian "
     "(equations 5 and 6), z is the posterior (11)."),
    ("R@20", "Recall@20 on the validation split: for how many users the next item is among the "
     "first 20 of the whole catalogue."),
)  # fmt: skip


KEY_WIDTH = 9


class HelpScreen(ModalScreen[None]):
    """Leaves with escape. keymap: the keys as they are. pane: id of the one that had the focus,
    whose numbers are explained first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q", "dismiss(None)", "back")
    ]

    def __init__(self, keymap: Keymap, pane: str | None = None) -> None:
        super().__init__()
        self._keymap = keymap
        self._pane = pane

    def compose(self) -> ComposeResult:
        """The pane, keys by place, then words, then where the model comes from."""
        with VerticalScroll(id="help-box") as box:
            box.border_title = "Help"
            box.border_subtitle = "↑ ↓ scroll · esc leaves"
            yield Static(Group(*self._about(), *self._keys(), *self._words(), self._source()))

    def _about(self) -> list[Text | Table]:
        """What the numbers of the pane mean, and its own keys."""
        known = PANE_WORDS.get(self._pane or "")
        if known is None:
            return []
        name, meaning = known
        text = Text()
        text.append(f"{name}: what its numbers mean\n", "bold underline")
        text.append(meaning)
        scope = next((scope for scope in SCREEN_OF if scope == self._pane), None)
        return [text] if scope is None else [text, self._table(scope)]

    def _keys(self) -> list[Table]:
        tables = [self._table(scope) for scope in PLACES if scope != self._pane]
        if self._keymap.vim:
            tables.append(self._vim())
        return tables

    def _table(self, scope: Scope) -> Table:
        table = _titled(f"Keys {PLACES[scope]}", KEY_WIDTH)
        for action in ACTIONS:
            if action.scope == scope:
                table.add_row(Text(self._keymap.shown(action)), Text(action.help))
        return table

    def _vim(self) -> Table:
        table = _titled("vim's keys, wherever no action has them", KEY_WIDTH)
        for key, meaning in VIM.items():
            table.add_row(Text(key), Text(f"As {meaning}."))
        table.add_row(Text("gg"), Text("As home."))
        return table

    def _words(self) -> list[Table]:
        table = _titled("Words", 18)
        for word, meaning in WORDS:
            table.add_row(Text(word), Text(meaning))
        return [table]

    def _source(self) -> Text:
        return Text(
            "\nThe model is SIGMA: “Semantic Gaussian Mixture Variational Autoencoder for "
            f"Sequential Recommendation”, DASFAA 2025, arXiv 2502.16140.\nsigma-tui {__version__}"
        )


def _titled(title: str, width: int) -> Table:
    """An empty table of two columns, the first one bold and so wide."""
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column(width=width, style="bold")
    table.add_column()
    table.title = Text(f"\n{title}", style="bold underline")
    table.title_justify = "left"
    return table

"""Help: the pane with the focus, keys, words, the paper."""

import textwrap
from collections.abc import Iterator
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from sigma_tui import __version__
from sigma_tui.keys.actions import ACTIONS
from sigma_tui.keys.keymap import VIM, Keymap
from sigma_tui.keys.scopes import PLACES
from sigma_tui.look.pane_words import PANE_WORDS
from sigma_tui.widgets.text_lines import TextLines

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


SOURCE = (
    "The model is SIGMA: “Semantic Gaussian Mixture Variational Autoencoder for Sequential "
    f"Recommendation”, DASFAA 2025, arXiv 2502.16140. sigma-tui {__version__}"
)
WORD_WIDTH = 21
"""Cells of the words and keys, which stand before their meanings."""


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
        """Lines, wrapped for the width that there is."""
        with Vertical(id="help-box") as box:
            box.border_title = "Help"
            box.border_subtitle = "↑ ↓ scroll · esc leaves"
            yield TextLines(lambda width: self.wrapped(max(30, width)), id="help-lines")

    def wrapped(self, width: int) -> list[Text]:
        """All of it in lines of a width: the pane, keys by place, words, where it comes from."""
        lines = []
        for title, rows in self._sections():
            lines.append(Text.assemble((title, "bold underline")))
            for word, meaning in rows:
                indent = WORD_WIDTH if word else 0
                for part in textwrap.wrap(meaning, width - indent) or [""]:
                    lines.append(Text.assemble((f"{word:<{indent}}", "bold"), part))
                    word = ""
            lines.append(Text())
        return lines

    def _sections(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Titles, each with words and their meanings."""
        about = PANE_WORDS.get(self._pane or "")
        own = [scope for scope in PLACES if scope == self._pane]
        if about is not None:
            yield f"{about[0]}: what its numbers mean", [("", about[1])]
        for scope in [*own, *(scope for scope in PLACES if scope not in own)]:
            keys = [action for action in ACTIONS if action.scope == scope]
            yield (
                f"Keys {PLACES[scope]}",
                [(f" {self._keymap.shown(action)}", action.help) for action in keys],
            )
        if self._keymap.vim:
            others = [*VIM.items(), ("gg", "home")]
            yield (
                "vim's keys, wherever no action has them",
                [(f" {key}", f"As {meaning}.") for key, meaning in others],
            )
        yield "Words", [(f" {word}", meaning) for word, meaning in WORDS]
        yield "Where it comes from", [("", SOURCE)]

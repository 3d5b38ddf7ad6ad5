"""What the numbers of each pane mean: two sentences, with the equation's name in the paper."""

from collections.abc import Mapping

PANE_WORDS: Mapping[str, tuple[str, str]] = {
    "users": (
        "Users",
        "The first number is how many items a user's history has; the second is the entropy of the "
        "intensities w in bits, 0 for one single interest and log₂ K for an even mix. The "
        "intensities are those of equation (5), the whole history but its last item taken.",
    ),
    "sequence": (
        "Sequence",
        "Items from the oldest to the newest, each with the letter of its category, argmax of "
        "p(k|v) over the categories (equation 4). A mark says what an edit did beside the "
        "original: + added, - removed, ~ replaced, ↕ moved, m muted; the model sees neither - nor "
        "m.",
    ),
    "interests": (
        "Interests",
        "The bar and its number are the intensity w, the share of the sequence that belongs to a "
        "category (equation 5), with its change against the original; σ is the mean spread of the "
        "interest's Gaussian (equation 6), small where the model is sure. Items counts those of "
        "the sequence that have this category, the hard interest of section 3.2.",
    ),
    "timeline": (
        "Timeline",
        "One curve an interest: its intensity w (equation 5) after the first item, the first two, "
        "and so on to the whole sequence. All curves have one scale, and the number at the end is "
        "the intensity now.",
    ),
    "recommendations": (
        "Recommendations",
        "Score is the decoder's logit of an item as the next one, and p its softmax over the whole "
        "catalogue (equation 13); ▲ and ▼ are places gained and lost against the original's list. "
        "Diversity@K is the share of pairs of the list that have no category in common "
        "(equation 15).",
    ),
    "home-runs": (
        "Runs",
        "R@20 is Recall@20 on the validation split: the share of users whose next item is among "
        "the first 20 of the whole catalogue; N@20 is NDCG@20, which counts high places more. "
        "Alive are interests that hold items and intensity and differ from each other.",
    ),
    "home-datasets": (
        "Datasets",
        "Density is the share of all pairs of user and item that the data has. Length is the mean "
        "number of items in a history.",
    ),
}
"""By the id of the pane: its name, and what its numbers mean."""

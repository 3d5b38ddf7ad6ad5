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
        "category (equation 5), with its change against the original; a bar is full at .50, or at "
        "the highest if that is more. σ is the mean spread of the interest's Gaussian (equation "
        "6), small where the model is sure. Items counts those of the sequence that have this "
        "category, the hard interest of section 3.2.",
    ),
    "timeline": (
        "Timeline",
        "One curve an interest: its intensity w (equation 5) after the first item, the first two, "
        "and so on to the whole sequence. All curves have one scale; the number where one ends is "
        "the intensity now, and where several end together stand their letters alone.",
    ),
    "recommendations": (
        "Recommendations",
        "Score is the decoder's logit of an item as the next one, and p its softmax over the whole "
        "catalogue (equation 13); ▲ and ▼ are places gained and lost against the original's list. "
        "Diversity@K is the share of pairs of the list that have no category in common "
        "(equation 15).",
    ),
    "first": (
        "The list of A",
        "The first number is the place in this list, the second the place in the other one, and ◆ "
        "marks what only this list has among its first K. The last number is p, the softmax of the "
        "scores over the whole catalogue (equation 13).",
    ),
    "second": (
        "The list of B",
        "The first number is the place in this list, the second the place in the other one, and ◆ "
        "marks what only this list has among its first K. The last number is p, the softmax of the "
        "scores over the whole catalogue (equation 13).",
    ),
    "first-interests": (
        "Interests of A",
        "The bar and its number are the intensity w that this side finds in the sequence "
        "(equation 5). σ is the mean spread of the interest's Gaussian (equation 6).",
    ),
    "second-interests": (
        "Interests of B",
        "The bar and its number are the intensity w that this side finds in the sequence "
        "(equation 5). σ is the mean spread of the interest's Gaussian (equation 6).",
    ),
    "agreement": (
        "Agreement",
        "Overlap@K is the share of the first K of one list that are in the first K of the other. "
        "Rank-biased overlap weighs first places most (RBO_ext of Webber, Moffat & Zobel 2010, "
        "p = 0.9): 1 for equal lists, 0 where nothing is shared.",
    ),
    "metrics": (
        "All users",
        "Recall@K is the share of users whose held-out last item is among the first K of the whole "
        "catalogue, NDCG@K counts high places more. Intervals are of 95 %, from bootstrap samples "
        "of users; a difference is clear where its interval leaves out zero.",
    ),
    "categories": (
        "Categories",
        "Share is a category's part of the catalogue, by argmax of p(k|v) (equation 4); users is "
        "the share of users whose strongest interest it is. Here is its intensity w in the present "
        "sequence (equation 5).",
    ),
    "members": (
        "Typical items",
        "The number is p(k|v), how much an item belongs to this category: the softmax of the "
        "cosines of its vector with the categories' (equation 4). The most typical items come "
        "first.",
    ),
    "metadata": (
        "Distinctive metadata",
        "Lift is how many times as frequent a metadata category is among the items of this "
        "category as in the whole catalogue. Above 1 it is distinctive, 1 says nothing.",
    ),
    "cosines": (
        "Cosines",
        "Each number is the cosine of two category vectors c_k. Near 0 the categories are of "
        "different things, as the orthogonality of equation (4) wants it.",
    ),
    "shares": (
        "Shares",
        "The bars are a category's part of the catalogue, by argmax of p(k|v) (equation 4), the "
        "share of users whose strongest interest it is, and its intensity in the present sequence "
        "(equation 5). All have one scale.",
    ),
    "item-facts": (
        "Item",
        "Popularity counts interactions, with the item's place by them. The other rank is the "
        "place that the present sequence gives it in the whole catalogue, with score and p "
        "(equation 13).",
    ),
    "membership": (
        "The item's categories",
        "The bar and its number are p(k|v), the softmax of the cosines of the item's vector with "
        "the categories' (equation 4). The strongest one is its letter everywhere.",
    ),
    "neighbours": (
        "Nearest items",
        "The number is the cosine of both items' vectors, 1 for the same direction. It is taken in "
        "all dimensions, so neighbours here are truer than on the map.",
    ),
    "holders": (
        "Who has it",
        "The number is how many items the user has. Enter explores the user.",
    ),
    "map": (
        "Map",
        "Items' vectors along the two axes of their greatest variance (PCA); the title says which "
        "share of the variance these hold. Ellipses are one σ of each interest's Gaussian "
        "(equations 5 and 6), z is the posterior of the sequence (equation 11).",
    ),
    "legend": (
        "Interests on the map",
        "The number is the intensity w (equation 5). The letter stands at the middle of the "
        "interest's Gaussian on the map.",
    ),
    "marked": (
        "Recommendations on the map",
        "The number is the place in the list, and stands on the map where the item is. The letter "
        "is its category, argmax of p(k|v) (equation 4).",
    ),
    "lengths": (
        "Lengths of sequences",
        "A bar is the number of users whose history has so many items. The numbers below are where "
        "the bars begin.",
    ),
    "popularity": (
        "Popularity of items",
        "A bar is the number of items that so many interactions are of. The title says how small a "
        "share of the items makes up half of all interactions.",
    ),
    "detail": (
        "Detail",
        "Of a user: the history, oldest first. Of an item: the users who had it, with the lengths "
        "of their histories.",
    ),
    "items": (
        "Items",
        "The number is how many users had the item. More popular items come first.",
    ),
    "about": (
        "About the data",
        "Period, source and the rules that were used at the import. After a category stand how "
        "many items have it, and how many interactions these make up.",
    ),
    "columns": (
        "Columns",
        "What each column of the file is taken for, guessed from its name. A column has one role.",
    ),
    "rules": (
        "Rules",
        "After each rule stand users, items and interactions before → after it, counted on the "
        "file itself. A k-core keeps users and items with at least k interactions each.",
    ),
    "rows": (
        "First rows",
        "The first 20 rows as they will be read, times in UTC. Rows that cannot be read are "
        "counted, and listed by line after the import.",
    ),
    "standing": (
        "Training",
        "Interests alive are categories that hold items and intensity and differ from the others. "
        "Time left is reckoned from the epochs so far, and is shorter where patience ends it.",
    ),
    "valid-curves": (
        "Validation",
        "Recall@20 and NDCG@20 of the item before the last, of the whole catalogue, after each "
        "epoch. ▲ is the best epoch by Recall@20, whose weights are kept.",
    ),
    "loss-curves": (
        "Loss",
        "Means over each epoch, every part on a scale of its own: reconstruction (equation 13), "
        "the mixture's KL (10), the interests' KL (7) and reconstruction (8), orthogonality (4). "
        "The first is the sum that training makes small.",
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

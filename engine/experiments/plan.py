"""What each experiment of the paper runs: rows of its table, each a model with changed settings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.errors import SettingsError

PROTOCOLS: Mapping[str, str] = {"paper": "paper", "fair": "best"}
"""Protocols and the presets that they train: ``paper`` has every model as its own paper does,
``fair`` gives all of them the best settings known here. They are never mixed in one table."""

SAME_BEGINNING: Mapping[str, Mapping[str, object]] = {"sigma": {"initial": "random"}}
"""Settings that ``fair`` takes out of a model's preset: all models begin at random there."""

AMAZON = ("office", "beauty", "toys")
MOVIELENS = ("ml-1m",)
SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Cell:
    """One training and its evaluation.

    dataset: of datasets.py, or the name of another one in the library. changes: to the preset's
    settings.
    """

    dataset: str
    model: str
    preset: str
    changes: tuple[tuple[str, object], ...] = ()
    seed: int = 0


@dataclass(frozen=True)
class Row:
    """A line of a table.

    label: as of paper.py; the model's name where nothing is changed. protocols: that it belongs to.
    """

    label: str
    model: str
    changes: Mapping[str, object] = field(default_factory=dict)
    protocols: tuple[str, ...] = tuple(PROTOCOLS)

    def cell(self, dataset: str, protocol: str, seed: int) -> Cell:
        """The training of this line with one seed."""
        common = SAME_BEGINNING.get(self.model, {}) if protocol == "fair" else {}
        changes = {**common, **self.changes}
        return Cell(dataset, self.model, PROTOCOLS[protocol], tuple(changes.items()), seed)


@dataclass(frozen=True)
class Experiment:
    """A table or figure of the paper. metrics: its columns; the paper has numbers of these only."""

    name: str
    title: str
    rows: tuple[Row, ...]
    datasets: tuple[str, ...]
    metrics: tuple[str, ...]

    def rows_of(self, models: Sequence[str] | None) -> tuple[Row, ...]:
        """The rows of some models; None takes all. Raises SettingsError if none is left."""
        if models is None:
            return self.rows
        chosen = tuple(row for row in self.rows if row.model in models)
        missing = [name for name in models if all(row.model != name for row in chosen)]
        if missing:
            held = ", ".join(dict.fromkeys(row.model for row in self.rows))
            raise SettingsError(f"{self.name} has no model {missing[0]!r}; it has {held}.")
        return chosen

    def cells(
        self,
        protocols: Iterable[str],
        datasets: Iterable[str],
        models: Sequence[str] | None,
        seeds: Iterable[int],
    ) -> list[Cell]:
        """What has to be trained: every row with the first seed before any with the second, small
        datasets first, so that a budget that ends early leaves whole tables."""
        rows = self.rows_of(models)
        datasets, protocols = list(datasets), list(protocols)
        cells = [
            row.cell(dataset, protocol, seed)
            for seed in seeds
            for dataset in datasets
            for protocol in protocols
            for row in rows
            if protocol in row.protocols
        ]
        return list(dict.fromkeys(cells))


_SIGMA = Row("sigma", "sigma")
SHIPPED = "sigma, preset best"
"""Label of SIGMA with all of its preset, what ``SAME_BEGINNING`` takes back too."""
OURS = (_SIGMA.label, SHIPPED)
"""Labels of SIGMA as it is to be judged; its variants have other ones."""
_MODELS = ("bprmf", "lightgcn", "sasrec", "bert4rec", "svae", "acvae", "dt4sr", "mind",
           "comirec-dr", "comirec-sa", "sigma")  # fmt: skip
_AT_40 = ("recall@40", "ndcg@40")

EXPERIMENTS: Mapping[str, Experiment] = {
    experiment.name: experiment
    for experiment in (
        Experiment(
            "table2",
            "Table 2: all models",
            (
                *(Row(name, name) for name in _MODELS),
                Row(SHIPPED, "sigma", {"initial": "cooccurrence"}, ("fair",)),
            ),
            AMAZON,
            ("recall@20", "recall@40", "ndcg@20", "ndcg@40"),
        ),
        Experiment(
            "table3",
            "Table 3: the mixture prior against a standard one",
            (
                Row("standard prior, β = 1", "sigma", {"prior": "standard", "prior_weight": 1.0}),
                Row(
                    "standard prior, β = 1e-4",
                    "sigma",
                    {"prior": "standard", "prior_weight": 1e-4},
                ),
                _SIGMA,
            ),
            AMAZON,
            _AT_40,
        ),
        Experiment(
            "table4",
            "Table 4: the interests' VAE alone",
            (Row("MIE-VAE alone", "sigma", {"scorer": "interests"}), _SIGMA),
            AMAZON,
            _AT_40,
        ),
        Experiment(
            "table5",
            "Table 5: without the orthogonality of categories",
            (Row("without L_orth", "sigma", {"orthogonality_weight": 0.0}), _SIGMA),
            AMAZON,
            _AT_40,
        ),
        Experiment(
            "table6",
            "Table 6: the weight of the prior on MovieLens, K = 8",
            (
                *(
                    Row(f"β = {beta}", "sigma", {"prior_weight": float(beta), "categories": 8})
                    for beta in ("0.01", "0.001", "0.0001")
                ),
                Row("sasrec", "sasrec"),
            ),
            MOVIELENS,
            ("recall@10", "ndcg@10", "diversity@10", "recall@40", "ndcg@40", "diversity@40"),
        ),
        Experiment(
            "figure2",
            "Figure 2: the number of interests",
            tuple(Row(f"K = {count}", "sigma", {"categories": count}) for count in (2, 4, 8, 16)),
            AMAZON,
            ("recall@20", "ndcg@20"),
        ),
    )
}
"""By name. The text that the numbers are taken from (paper.py) does not number the ablations one by
one: the prior, the interests' VAE alone and the orthogonality are taken as Tables 3, 4 and 5, in
its order. Table 6 has no SASRec in the paper; here it shows what diversity costs and brings."""

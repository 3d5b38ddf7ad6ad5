"""All models by name: their settings and how they are built."""

import typing
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, Protocol

from engine.errors import SettingsError
from engine.models.baselines.acvae import ACVAE, ACVAESettings
from engine.models.baselines.bert4rec import BERT4Rec, BERT4RecSettings
from engine.models.baselines.bprmf import BPRMF, BPRMFSettings
from engine.models.baselines.comirec_dr import ComiRecDR, ComiRecDRSettings
from engine.models.baselines.comirec_sa import ComiRecSA, ComiRecSASettings
from engine.models.baselines.dt4sr import DT4SR, DT4SRSettings
from engine.models.baselines.lightgcn import LightGCN, LightGCNSettings
from engine.models.baselines.mind import MIND, MINDSettings
from engine.models.baselines.sasrec import SASRec, SASRecSettings
from engine.models.baselines.svae import SVAE, SVAESettings
from engine.models.protocol import Recommender, UserRecommender
from engine.models.sigma.interest_vae import InterestVAE
from engine.models.sigma.settings import SigmaSettings
from engine.models.sigma.sigma import Sigma


class Settings(Protocol):
    """What the settings of every model have; they are frozen dataclasses."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def dim(self) -> int: ...
    @property
    def max_length(self) -> int: ...


@dataclass(frozen=True)
class ModelKind:
    """A model's settings and its class. about: what it is, for a person who has to choose.
    variant: the class that some settings ask for instead."""

    settings: type[Any]
    model: type[Any]
    about: str
    variant: Callable[[Any], type[Any] | None] = lambda _settings: None


MODELS: dict[str, ModelKind] = {
    "sigma": ModelKind(
        SigmaSettings,
        Sigma,
        "SIGMA, 2025: interests are Gaussians over categories of items that it finds itself. The "
        "whole explorer works with it.",
        lambda settings: InterestVAE if settings.scorer == "interests" else None,
    ),
    "sasrec": ModelKind(
        SASRecSettings,
        SASRec,
        "SASRec, 2018: a Transformer reads the sequence from left to right. Accurate and fast; no "
        "interests.",
    ),
    "bert4rec": ModelKind(
        BERT4RecSettings,
        BERT4Rec,
        "BERT4Rec, 2019: a Transformer fills in hidden items, looking both ways. Needs many "
        "epochs; no interests.",
    ),
    "dt4sr": ModelKind(
        DT4SRSettings,
        DT4SR,
        "DT4SR, 2021: items and sequences are Gaussians, compared by their distance; no interests.",
    ),
    "bprmf": ModelKind(
        BPRMFSettings,
        BPRMF,
        "BPR-MF, 2009: a vector a user and an item; the order of a sequence does not count; no "
        "interests.",
    ),
    "lightgcn": ModelKind(
        LightGCNSettings,
        LightGCN,
        "LightGCN, 2020: vectors spread over the graph of users and items; order does not count; "
        "no interests.",
    ),
    "mind": ModelKind(
        MINDSettings,
        MIND,
        "MIND, 2019: several interests of each person by capsules that share the items out.",
    ),
    "comirec-dr": ModelKind(
        ComiRecDRSettings,
        ComiRecDR,
        "ComiRec-DR, 2020: several interests of each person by dynamic routing.",
    ),
    "comirec-sa": ModelKind(
        ComiRecSASettings,
        ComiRecSA,
        "ComiRec-SA, 2020: several interests of each person by self-attention.",
    ),
    "svae": ModelKind(
        SVAESettings,
        SVAE,
        "SVAE, 2019: a recurrent network with a Gaussian of what comes next; no interests.",
    ),
    "acvae": ModelKind(
        ACVAESettings,
        ACVAE,
        "ACVAE, 2021: a recurrent network with a posterior learnt against an adversary; no "
        "interests.",
    ),
}

LIMITS: dict[str, tuple[float, float]] = {
    "dim": (2, 4096),
    "categories": (1, 256),
    "interests": (1, 256),
    "iterations": (1, 16),
    "power": (1.0, 16.0),
    "attention": (1, 16),
    "layers": (1, 24),
    "heads": (1, 64),
    "feedforward": (1, 16),
    "dropout": (0.0, 0.95),
    "hidden_items": (0.0, 0.95),
    "cosine": (0.0, 1000.0),
    "max_length": (2, 4096),
    "temperature": (1e-3, 100.0),
    "prior_weight": (0.0, 100.0),
    "interest_weight": (0.0, 100.0),
    "interest_prior_weight": (0.0, 100.0),
    "orthogonality_weight": (0.0, 1000.0),
    "posterior_log_var": (-20.0, 5.0),
    "interest_log_var": (-20.0, 5.0),
    "interest_negatives": (0, 1_000_000),
    "l2_weight": (0.0, 100.0),
    "negatives": (0, 1_000_000),
    "mask_share": (0.0, 1.0),
    "last_share": (0.0, 1.0),
    "state": (1, 4096),
    "hidden": (1, 4096),
    "latent": (1, 4096),
    "critic": (1, 4096),
    "next_k": (1, 256),
    "kl_weight": (0.0, 100.0),
    "contrast_weight": (0.0, 100.0),
    "annealing_epochs": (0.0, 1_000_000.0),
    "chunk_elements": (1_024, 1 << 31),
}
"""Values that a model can be built with: settings also come from files, which may be hostile."""


def kind_of(name: str) -> ModelKind:
    """The model of that name; SettingsError suggests the nearest."""
    if name not in MODELS:
        near = get_close_matches(name, MODELS, n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(MODELS)}."
        raise SettingsError(f"there is no model {name!r}. {hint}")
    return MODELS[name]


def model_settings(name: str, values: Mapping[str, object]) -> Settings:
    """A model's settings with some values changed; texts are parsed to the setting's type.

    Raises SettingsError for an unknown name or an impossible value.
    """
    kind = kind_of(name)
    return typing.cast(Settings, with_values(kind.settings(), values, LIMITS))


def with_values(settings: Any, values: Mapping[str, object], limits: Mapping[str, Any]) -> Any:
    """A frozen dataclass of settings with some values changed, each checked."""
    kinds = typing.get_type_hints(type(settings))
    changed = asdict(settings)
    for name, value in values.items():
        if name not in kinds:
            near = get_close_matches(name, kinds, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(kinds)}."
            raise SettingsError(f"there is no setting {name!r}. {hint}")
        changed[name] = _parsed(name, value, kinds[name], limits.get(name))
    settings = type(settings)(**changed)
    _check_shapes(changed)
    return settings


_KINDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


def _parsed(name: str, value: object, kind: Any, limit: tuple[float, float] | None) -> object:
    choices = typing.get_args(kind) if typing.get_origin(kind) is typing.Literal else None
    if choices:
        if value not in choices:
            raise SettingsError(f"{name} is one of {', '.join(choices)}, not {value!r}.")
        return value
    try:
        if kind is bool:
            if str(value).lower() not in ("true", "false"):
                raise ValueError
            return str(value).lower() == "true"
        if kind is int and isinstance(value, float) and not value.is_integer():
            raise ValueError
        parsed = kind(value)
    except (TypeError, ValueError, OverflowError):
        raise SettingsError(f"{name} is {_KINDS[kind]}, not {value!r}.") from None
    if limit is not None and not limit[0] <= parsed <= limit[1]:
        raise SettingsError(f"{name} lies between {limit[0]:g} and {limit[1]:g}, not at {parsed}.")
    return typing.cast(object, parsed)


def _check_shapes(values: Mapping[str, Any]) -> None:
    if "heads" not in values:
        return
    dim, heads = values["dim"], values["heads"]
    if dim % heads or (values["positions"] == "rotary" and dim // heads % 2):
        raise SettingsError(
            f"dim = {dim} does not split into {heads} heads of even size; choose a multiple of "
            f"{2 * heads}."
        )
    if values.get("categories", 0) > dim:
        raise SettingsError(
            f"categories = {values['categories']} exceeds dim = {dim}: no room to be orthogonal."
        )


def build(name: str, items: int, settings: Settings, users: int) -> Recommender:
    """A new model over items 1..V with fresh weights. users: of the data, for models that learn a
    vector of each."""
    kind = kind_of(name)
    made: Any = kind.variant(settings) or kind.model
    sizes = (items, users) if issubclass(made, UserRecommender) else (items,)
    model: Recommender = made(*sizes, settings)
    return model

"""What the shape of a dataset decides, by preset."""

from dataclasses import asdict

import pytest

from engine.models.registry import MODELS
from engine.training.presets import preset_names, settings_for
from engine.training.rule import Shape

BEAUTY = Shape(22_363, 12_101, 8.9)
OFFICE = Shape(4_905, 2_420, 10.9)
MOVIES = Shape(938, 1_008, 58.0)
HUGE = Shape(1_000_000, 1_000_000, 10.0)


def chosen(model: str, preset: str, shape: Shape, **changes: object) -> dict[str, object]:
    of_model, training = settings_for(model, preset, changes, shape)
    return {**asdict(of_model), **asdict(training)}


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("shape", [BEAUTY, OFFICE, MOVIES, HUGE])
def test_every_preset_of_every_model_takes_any_shape(model: str, shape: Shape) -> None:
    for preset in preset_names(model):
        assert chosen(model, preset, shape)["epochs"] > 1


def test_many_items_make_a_wider_model_and_short_sequences_a_bounded_one() -> None:
    beauty, office, movies = (chosen("sigma", "best", one) for one in (BEAUTY, OFFICE, MOVIES))
    assert (beauty["dim"], office["dim"], movies["dim"]) == (256, 128, 128)
    assert (beauty["cosine"], office["cosine"], movies["cosine"]) == (14.0, 12.0, 0.0)
    assert chosen("sasrec", "best", BEAUTY)["cosine"] == 12.0
    assert chosen("sigma", "best", Shape(5_000, 12_101, 58.0))["cosine"] == 0.0
    assert (office["categories"], movies["categories"]) == (4, 8)


def test_long_sequences_widen_the_model_that_learns_more_from_it() -> None:
    movies = chosen("sasrec", "best", MOVIES)
    assert (movies["dim"], movies["cosine"], movies["dropout"]) == (256, 8.0, 0.25)
    assert chosen("sasrec", "paper", MOVIES)["cosine"] == 0.0
    assert chosen("sasrec", "fast", MOVIES)["dim"] == 64  # a preset's own numbers go first


def test_where_few_users_validate_more_epochs_are_waited_for() -> None:
    assert chosen("sigma", "best", MOVIES)["patience"] == 15
    assert chosen("sigma", "best", OFFICE)["patience"] == 5
    assert chosen("sigma", "fast", MOVIES)["patience"] == 4  # a preset's own numbers go first
    assert chosen("sigma", "best", Shape(500, 1_000_000, 10.0))["patience"] == 10


def test_items_begin_together_where_a_table_of_their_pairs_is_no_burden() -> None:
    for preset, begun in (("best", "cooccurrence"), ("fast", "cooccurrence"), ("paper", "random")):
        assert chosen("sigma", preset, OFFICE)["initial"] == begun
    assert chosen("sigma", "best", HUGE)["initial"] == "random"


def test_only_a_fast_preset_samples_a_wide_catalogue() -> None:
    assert chosen("sigma", "best", BEAUTY)["negatives"] == 0
    assert chosen("sigma", "fast", BEAUTY)["negatives"] == 1024


def test_the_papers_preset_takes_the_papers_choices_alone() -> None:
    beauty = chosen("sigma", "paper", BEAUTY)
    assert (beauty["dim"], beauty["cosine"], beauty["hidden_items"]) == (128, 0.0, 0.0)
    assert (beauty["negatives"], beauty["interest_negatives"]) == (0, 0)
    assert beauty["weight_average"] == 0.0


def test_a_huge_catalogue_is_sampled_whatever_the_preset() -> None:
    for preset in ("best", "fast"):
        huge = chosen("sigma", preset, HUGE)
        assert huge["negatives"] == 4096 and huge["weight_average"] == 0.0
        assert huge["validation_users"] == 2_000


def test_what_a_person_sets_goes_before_everything() -> None:
    assert chosen("sasrec", "best", BEAUTY, dim=64, cosine=0.0)["dim"] == 64

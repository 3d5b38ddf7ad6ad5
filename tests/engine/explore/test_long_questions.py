"""Questions that take long, asked in pieces: held against fresh answers to the same questions."""

import math

import numpy as np
import pytest

from engine.errors import QuestionError
from engine.explore import piecework
from engine.explore.explorer import Explorer
from engine.explore.piecework import finish, in_pieces
from engine.explore.survey import Survey, survey_file
from engine.explore.trade_off import WEIGHTS
from engine.training.train import TrainRequest, train


@pytest.fixture(scope="module")
def explorer(small) -> Explorer:
    return Explorer.load(small.run, small.library, device="cpu")


@pytest.fixture(scope="module")
def short(small, tmp_path_factory) -> Explorer:
    """A model that sees four items only, and has no interests."""
    result = train(
        TrainRequest(
            library=small.library, runs=tmp_path_factory.mktemp("short"), dataset="small",
            name="short", device="cpu", model="sasrec",
            settings={"dim": 16, "epochs": 1, "max_length": 4},
        )
    )  # fmt: skip
    return Explorer.load(result.path, small.library, device="cpu")


def test_pieces_cover_every_row_once_and_grow_while_they_are_quick() -> None:
    done: list[range] = []
    work = in_pieces(1_000, lambda rows: done.append(range(rows.start, rows.stop)), most=100)
    pauses = 0
    while True:
        try:
            next(work)
        except StopIteration:
            break
        pauses += 1
    assert [row for rows in done for row in rows] == list(range(1_000))
    assert pauses == len(done)
    assert max(len(rows) for rows in done) == 100 and len(done[0]) == piecework.FIRST_ROWS


def test_slow_pieces_shrink_to_one_row(monkeypatch) -> None:
    monkeypatch.setattr(piecework, "PIECE", 0.0)
    sizes: list[int] = []
    finish(in_pieces(20, lambda rows: sizes.append(rows.stop - rows.start), most=9))
    assert sizes[-1] == 1 and sum(sizes) == 20


@pytest.mark.parametrize("which", ["explorer", "short"])
def test_the_rank_of_what_came_next_is_that_of_a_fresh_answer(which, request) -> None:
    asked: Explorer = request.getfixturevalue(which)
    items = asked.history(8)
    for sequence, following in [
        (items[:-1], items[-1]),
        (items[:4], items[4]),
        ((*items[:4], 40, *items[4:-1]), items[-1]),
        (items, None),
    ]:
        found = finish(asked.foreseeing(sequence, following))
        assert len(found) == len(sequence)
        for t in range(len(sequence)):
            target = sequence[t + 1] if t + 1 < len(sequence) else following
            expected = asked.answer(sequence[: t + 1], target=target).target_rank
            if target is None:
                assert math.isnan(found[t])
            else:
                assert found[t] == (math.inf if expected is None else expected), (sequence, t)
    assert len(finish(asked.foreseeing((), None))) == 0


def test_prefixes_that_are_known_are_not_asked_about_again(explorer, monkeypatch) -> None:
    items = explorer.history(8)
    finish(explorer.foreseeing(items[:-1], items[-1]))
    asked: list[range] = []
    real = explorer._prefix_scores

    def watched(sequence):
        scores = real(sequence)
        return lambda ends: asked.append(ends) or scores(ends)

    monkeypatch.setattr(explorer, "_prefix_scores", watched)
    finish(explorer.foreseeing(items[:-1], 40 if items[-1] != 40 else 39))
    assert [end for ends in asked for end in ends] == [len(items) - 1]


def test_each_point_of_the_curve_is_the_list_that_the_weight_gives(explorer) -> None:
    items = explorer.history(3)[:-1]
    curve = finish(explorer.trading_off(items, k=6))
    assert [point.weight for point in curve] == list(WEIGHTS)
    plain = sum(line.probability for line in explorer.answer(items, k=6).recommendations)
    for point in (curve[0], curve[7], curve[-1]):
        answer = explorer.answer(items, k=6, diversity_weight=point.weight)
        assert point.diversity == pytest.approx(answer.diversity)
        together = sum(line.probability for line in answer.recommendations)
        assert point.relevance == pytest.approx(together / plain, rel=1e-3)
    assert curve[0].relevance == pytest.approx(1.0)
    assert curve[-1].diversity >= curve[0].diversity
    assert finish(explorer.trading_off((), k=6)) == ()


def test_without_metadata_a_list_is_diversified_by_what_was_learned(explorer) -> None:
    from dataclasses import replace

    bare = replace(explorer.catalogue, categories=[()] * 40)
    asked = Explorer(explorer.model, explorer.interactions, bare)
    assert (asked.diversified_by, explorer.diversified_by) == ("learned", "metadata")
    items = asked.history(3)[:-1]
    plain, diverse = asked.answer(items, k=4), asked.answer(items, k=4, diversity_weight=99.0)
    assert diverse.diversity_learned > plain.diversity_learned


def test_only_one_category_is_listed_and_the_target_keeps_its_rank(explorer) -> None:
    items, target = explorer.history(5)[:-1], explorer.history(5)[-1]
    everything = explorer.answer(items, k=40, target=target)
    for only, belongs in [
        (2, lambda item: explorer.category_of(item) == 2),
        ("War", lambda item: "War" in explorer.catalogue.categories[item - 1]),
    ]:
        answer = explorer.answer(items, k=40, target=target, only=only)
        expected = [line.item for line in everything.recommendations if belongs(line.item)]
        assert [line.item for line in answer.recommendations] == expected != []
        assert answer.target_rank == everything.target_rank
    for unknown in (9, "no such genre"):
        with pytest.raises(QuestionError, match="category"):
            explorer.answer(items, only=unknown)


def test_interests_of_ones_own_are_filtered_by_the_one_that_scores_best(personal) -> None:
    explorer = Explorer.load(personal.run, personal.library, device="cpu")
    items = explorer.history(5)[:-1]
    everything = explorer.answer(items, k=40)
    only = everything.recommendations[0].category
    answer = explorer.answer(items, k=40, only=only)
    expected = [line.item for line in everything.recommendations if line.category == only]
    assert [line.item for line in answer.recommendations] == expected


def test_a_survey_tells_of_everyone_what_an_answer_tells_of_one(explorer, tmp_path) -> None:
    file = tmp_path / "surveys" / "one.npz"
    survey = Survey(30, file)
    work = explorer.surveying(survey)
    next(work)
    assert 0 < survey.done < 30
    finish(work)
    assert survey.complete
    for user in (0, 7, 29):
        history = explorer.history(user)
        answer = explorer.answer(history[:-1], k=10, target=history[-1])
        rank = math.inf if answer.target_rank is None else answer.target_rank
        assert survey.ranks[user] == pytest.approx(rank)
        assert survey.diversity[user] == pytest.approx(answer.diversity)
    again = Survey(30, file)
    assert again.complete and np.array_equal(again.ranks, survey.ranks)
    assert not Survey(31, file).known.any(), "of other data"
    file.write_bytes(b"not a survey")
    assert not Survey(30, file).known.any()


def test_a_survey_belongs_to_one_checkpoint_and_one_dataset(small, tmp_path) -> None:
    checkpoint = next(small.run.glob("*.safetensors"))
    one = survey_file(tmp_path, checkpoint, "a")
    assert one == survey_file(tmp_path, checkpoint, "a") != survey_file(tmp_path, checkpoint, "b")


def test_stability_counts_only_the_items_that_may_be_listed(explorer) -> None:
    items = explorer.history(4)
    answer = explorer.answer(items, k=3, only=1)
    of = [line.item for line in answer.recommendations]
    found = finish(explorer.sampling(items, of, only=1))
    owned = sum(explorer.category_of(item) == 1 for item in range(1, 41) if item not in items)
    assert (found.ranks <= owned).all()
    steered = finish(explorer.sampling(items, of, steering={1: 0.9}))
    assert (
        steered.ranks.mean() < finish(explorer.sampling(items, of, steering={1: 0.01})).ranks.mean()
    )


def test_an_answer_says_how_new_its_list_is_and_what_was_steered(explorer) -> None:
    items = explorer.history(4)
    answer = explorer.answer(items, k=5, steering={1: 0.5})
    shares = explorer.catalogue.popularity / explorer.catalogue.popularity.sum()
    bits = [-math.log2(shares[line.item - 1]) for line in answer.recommendations]
    assert answer.novelty == pytest.approx(sum(bits) / 5, rel=1e-5)
    assert answer.coverage == 5 / 40
    assert answer.steered[1] == pytest.approx(0.5) and sum(answer.steered) == pytest.approx(1)
    assert explorer.answer(items).steered == () and explorer.answer(()).novelty is None


def test_stability_of_a_diverse_list_is_that_of_diverse_lists(explorer) -> None:
    items = explorer.history(4)
    answer = explorer.answer(items, k=5, diversity_weight=99.0)
    of = [line.item for line in answer.recommendations]
    found = finish(explorer.sampling(items, of, diversity_weight=99.0))
    assert found.ranks.shape == (64, 5)
    finite = np.isfinite(found.ranks)
    assert (found.ranks[finite] <= 5).all() and finite.mean() > 0.3
    plain = finish(explorer.sampling(items, of))
    added = [r for r, item in enumerate(of) if plain.among(5)[r] < 0.5]
    assert all(found.among(5)[r] > plain.among(5)[r] for r in added)

"""The atlas, held against slow definitions, for models with interests of every kind and none."""

import threading

import numpy as np
import pytest
import torch

from engine.explore.atlas import Atlas
from engine.explore.explorer import Explorer
from engine.models.protocol import right_padded
from engine.models.registry import build, model_settings


@pytest.fixture(scope="module")
def explorer(small) -> Explorer:
    return Explorer.load(small.run, small.library, device="cpu")


@pytest.fixture(scope="module")
def own(personal) -> Explorer:
    return Explorer.load(personal.run, personal.library, device="cpu")


def of(name: str, explorer: Explorer, **settings: object) -> Explorer:
    """An untrained model over the same data."""
    torch.manual_seed(5)
    data = explorer.interactions
    made = model_settings(name, {"dim": 16, **settings})
    model = build(name, len(data.item_labels), made, len(data.users))
    return Explorer(model, data, explorer.catalogue)


def test_interests_lie_where_the_model_has_them(explorer) -> None:
    sequence = explorer.history(3)[:-1]
    scene = Atlas(explorer).scene(sequence)
    window, lengths = right_padded([list(sequence)], explorer.max_length)
    with torch.inference_mode():
        found = explorer.model.interests_of(window)
        mu, log_var = explorer.model.posterior_of(window, lengths)
    axes, mean = scene.projection.axes, scene.projection.mean
    scale = np.sqrt(16)
    for region in scene.regions:
        k = region.category
        expected = (found.mu[0, -1, k].numpy() / scale - mean) @ axes
        assert region.centre == pytest.approx(expected, abs=1e-5)
        variance = found.log_var[0, -1, k].exp().numpy() / scale**2
        assert region.covariance == pytest.approx(axes.T @ np.diag(variance) @ axes, abs=1e-6)
        assert region.intensity == pytest.approx(float(found.intensity[0, -1, k]))
    assert scene.state_kind == "posterior"
    assert scene.state.centre == pytest.approx((mu[0, -1].numpy() / scale - mean) @ axes, abs=1e-5)
    expected = axes.T @ np.diag(log_var[0, -1].exp().numpy() / scale**2) @ axes
    assert scene.state.covariance == pytest.approx(expected, abs=1e-6)
    assert scene.owners.tolist()[1:] == explorer.membership[1:].argmax(axis=1).tolist()


def test_an_items_standing_is_the_explorers(explorer) -> None:
    atlas = Atlas(explorer)
    sequence = explorer.history(5)[:-1]
    answer = explorer.answer(sequence, k=40)
    for line in answer.recommendations[::7]:
        rank, of_all, score, probability = atlas.item(line.item, sequence).standing
        assert rank == line.rank
        assert of_all == 40 - len(set(sequence))
        assert score == pytest.approx(line.score, abs=1e-4)
        assert probability == pytest.approx(line.probability, rel=1e-3)
    known = atlas.item(sequence[0], sequence)
    assert known.standing is None
    assert known.places == tuple(i for i, item in enumerate(sequence, 1) if item == sequence[0])
    assert atlas.item(7, ()).standing is None


def test_neighbours_are_the_nearest_by_cosine(explorer) -> None:
    portrait = Atlas(explorer).item(12, ())
    table = explorer.model.table.weight.detach().numpy().astype(np.float64)
    unit = table[1:] / np.linalg.norm(table[1:], axis=1, keepdims=True)
    cosine = unit @ unit[11]
    expected = [int(i) + 1 for i in np.argsort(-cosine) if i != 11]
    assert [item for item, _ in portrait.neighbours] == expected
    assert [value for _, value in portrait.neighbours] == pytest.approx(
        sorted(np.delete(cosine, 11), reverse=True), abs=1e-5
    )


def test_holders_and_popularity_are_counted(explorer) -> None:
    for item in (1, 17, 40):
        portrait = Atlas(explorer).item(item, ())
        having = [u for u in range(30) if item in explorer.history(u)]
        assert portrait.holders.tolist() == having
        counts = [sum(explorer.history(u).count(one) for u in range(30)) for one in range(1, 41)]
        assert portrait.popularity == counts[item - 1]
        assert portrait.popularity_rank == 1 + sum(c > counts[item - 1] for c in counts)


def test_the_overview_counts_items_users_and_cosines(explorer) -> None:
    sequence = explorer.history(4)[:-1]
    overview = Atlas(explorer).overview(sequence, top=5)
    answer = explorer.answer(sequence)
    strongest = [
        max(explorer.answer(explorer.history(u)[:-1]).interests, key=lambda one: one.intensity)
        for u in range(30)
    ]
    for line, portrait in zip(overview.lines, explorer.portraits, strict=True):
        assert (line.items, line.share) == (portrait.items, portrait.share)
        assert line.top_items == portrait.top_items[:5]
        assert line.intensity == pytest.approx(answer.interests[line.category].intensity, abs=1e-5)
        own = sum(one.category == line.category for one in strongest)
        assert line.users == pytest.approx(own / 30)
    directions = explorer.model.category_vectors().numpy()
    assert overview.cosines == pytest.approx(directions @ directions.T, abs=1e-5)
    assert all(line.intensity is None for line in Atlas(explorer).overview(()).lines)


def test_interests_of_a_person_are_vectors_without_a_spread(own) -> None:
    atlas, sequence = Atlas(own), own.history(8)[:-1]
    scene = atlas.scene(sequence)
    answer = own.answer(sequence, k=40)
    assert [region.category for region in scene.regions] == [
        one.category for one in answer.interests
    ]
    assert all(region.covariance is None for region in scene.regions)
    assert scene.state is None
    for line in answer.recommendations:
        assert scene.owners[line.item] == line.category
    portrait = atlas.item(answer.recommendations[0].item, sequence)
    assert portrait.membership is None
    best = max(portrait.products, key=lambda product: product[1])
    assert best[0] == answer.recommendations[0].category
    assert best[1] == pytest.approx(answer.recommendations[0].score, abs=1e-5)
    overview = atlas.overview(sequence, top=4)
    assert overview.kind == "personal"
    typical = own.typical_items(sequence, 4)
    assert {line.category: line.top_items for line in overview.lines} == typical
    assert all(line.share is None for line in overview.lines)
    assert atlas.overview(()).kind == "none"


def test_a_vector_alone_is_drawn_at_the_length_of_a_typical_item(own) -> None:
    scene = Atlas(own).scene(own.history(8)[:-1])
    typical = float(own.model.item_vectors()[1:].norm(dim=1).median())
    furthest = np.linalg.norm(scene.projection.place(np.zeros(16))) + typical
    for region in scene.regions:
        assert np.linalg.norm(region.centre) <= furthest + 1e-5


@pytest.mark.parametrize(
    ("name", "settings", "state"),
    [
        ("sasrec", {}, "query"),
        ("bprmf", {}, "query"),
        ("svae", {}, "query"),
        ("svae", {"output": "own"}, ""),
        ("lightgcn", {}, ""),
        ("dt4sr", {}, ""),
        ("mind", {}, ""),
        ("sigma", {"scorer": "interests"}, ""),
        ("sigma", {"positions": "right"}, "posterior"),
    ],
)
def test_every_model_has_items_a_map_and_categories_or_none(
    explorer, name, settings, state
) -> None:
    other = of(name, explorer, **settings)
    if name == "lightgcn":
        other.model.item_means.normal_()
    atlas, sequence = Atlas(other), other.history(2)[:-1]
    scene = atlas.scene(sequence)
    assert scene.state_kind == state
    assert len(scene.projection.points) == 41
    assert bool(scene.regions) == bool(other.interests)
    assert (scene.owners is None) == (not other.interests)
    portrait = atlas.item(3, ())
    assert len(portrait.neighbours) == 39
    assert len(atlas.overview(sequence).lines) == len(scene.regions)
    empty = atlas.scene(())
    assert (empty.regions, empty.state) == ((), None)


def test_asking_beside_the_explorer_changes_no_answer(explorer) -> None:
    atlas = Atlas(explorer)
    sequences = [explorer.history(u)[:-1] for u in range(12)]
    alone = [explorer.answer(sequence).recommendations for sequence in sequences]
    wrong: list[int] = []

    def ask() -> None:
        for u, sequence in enumerate(sequences):
            if atlas.scene(sequence).sequence != sequence:
                wrong.append(u)

    beside = [threading.Thread(target=ask) for _ in range(2)]
    for thread in beside:
        thread.start()
    assert [explorer.answer(sequence).recommendations for sequence in sequences] == alone
    for thread in beside:
        thread.join()
    assert not wrong

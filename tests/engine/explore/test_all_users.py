"""Measuring a run over all users, once."""

from pathlib import Path

import pytest
import torch

from engine.evaluation.bootstrap import mean_intervals, paired_difference
from engine.evaluation.evaluate import evaluate
from engine.explore import all_users
from engine.explore.all_users import compare, kept_measurement, measure
from engine.explore.explorer import Explorer
from engine.sequences.sequence_set import SequenceSet


@pytest.fixture(scope="module")
def explorer(small) -> Explorer:
    return Explorer.load(small.run, small.library, device="cpu")


def asked(small, explorer, folder: Path, **free):
    return measure(
        folder, small.run, explorer.interactions, explorer.catalogue, device="cpu", **free
    )


def test_it_is_the_evaluation_of_the_run(small, explorer, tmp_path) -> None:
    told = []
    found = asked(
        small, explorer, tmp_path, progress=lambda done, whole: told.append((done, whole))
    )
    report = evaluate(
        explorer.model, SequenceSet.of(explorer.interactions), explorer.catalogue, "test",
        ks=(10, 20),
    )  # fmt: skip
    assert torch.equal(found.ranks, report.ranks.float())
    assert found.metrics == report.metrics
    assert told[-1] == (30, 30)


def test_the_second_time_nothing_is_ranked(small, explorer, tmp_path, monkeypatch) -> None:
    assert kept_measurement(tmp_path, small.run, explorer.interactions) is None
    first = asked(small, explorer, tmp_path)
    monkeypatch.setattr(all_users, "evaluate", None)
    again = asked(small, explorer, tmp_path)
    assert torch.equal(first.ranks, again.ranks) and first.metrics == again.metrics


def test_a_damaged_file_is_measured_anew(small, explorer, tmp_path) -> None:
    first = asked(small, explorer, tmp_path)
    [kept] = tmp_path.iterdir()
    for damage in (b"", b"\xff" * 100, kept.read_bytes()[:-9]):
        kept.write_bytes(damage)
        assert kept_measurement(tmp_path, small.run, explorer.interactions) is None
    assert torch.equal(asked(small, explorer, tmp_path).ranks, first.ranks)


def test_an_exception_of_the_progress_leaves_nothing(small, explorer, tmp_path) -> None:
    def stop(done: int, whole: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asked(small, explorer, tmp_path, progress=stop)
    assert not list(tmp_path.iterdir())


def test_two_runs_are_compared_user_by_user(small, personal, explorer, tmp_path) -> None:
    first = asked(small, explorer, tmp_path)
    second = measure(
        tmp_path, personal.run, explorer.interactions, explorer.catalogue, device="cpu"
    )
    rows = {row.metric: row for row in compare(first, second)}
    recall = rows["recall@10"]
    one, other = ((measured.ranks <= 10).double() for measured in (first, second))
    assert recall.first.mean == pytest.approx(first.metrics["recall@10"])
    assert recall.second.mean == pytest.approx(second.metrics["recall@10"])
    assert recall.first.low <= recall.first.mean <= recall.first.high
    expected = paired_difference(one, other)
    assert recall.difference.mean == pytest.approx(expected.mean)
    assert recall.difference.low == pytest.approx(expected.low)
    assert rows["coverage@10"].difference is None
    assert rows["diversity_learned@10"].second is None  # its interests are a person's own


def test_a_run_differs_from_itself_by_nothing(small, explorer, tmp_path) -> None:
    found = asked(small, explorer, tmp_path)
    for row in compare(found, found):
        if row.difference is not None:
            assert (row.difference.mean, row.difference.low, row.difference.high) == (0, 0, 0)
            assert not row.difference.is_clear


def test_an_interval_is_as_wide_as_the_normal_one() -> None:
    """Of a share p of many users: p ± 1.96 √(p(1−p)/U)."""
    parts = (torch.rand(2, 4_000, generator=torch.Generator().manual_seed(1)) < 0.3).double()
    for found in mean_intervals(parts):
        reach = 1.96 * (found.mean * (1 - found.mean) / 4_000) ** 0.5
        assert found.low == pytest.approx(found.mean - reach, abs=0.15 * reach)
        assert found.high == pytest.approx(found.mean + reach, abs=0.15 * reach)

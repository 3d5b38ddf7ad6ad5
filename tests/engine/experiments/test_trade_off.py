"""Accuracy against diversity: curves of kept results, and diversity at equal accuracy."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine.experiments.kept import DataFacts, Result
from engine.experiments.plan import EXPERIMENTS
from engine.experiments.report import report
from engine.experiments.table import tables_of
from engine.experiments.trade_off import Point, curve, diversity_at, svg, trade_off
from tests.engine.experiments.made_results import made_result

MOVIES = DataFacts("films", "e" * 64, 938, 1008, 54413)
ROWS = {row.label: row for row in EXPERIMENTS["table6"].rows}


def made(label: str, seed: int, accuracy: float, diversity: float, fall: float) -> Result:
    """Each step of the slider costs ``fall`` of accuracy and brings .1 of diversity."""
    slider = {
        f"{weight:g}": {
            "recall@10": accuracy - step * fall,
            "ndcg@10": 0.05,
            "diversity@10": diversity + step * 0.1,
        }
        for step, weight in enumerate((0.1, 0.2), start=1)
    }
    test = {"recall@10": accuracy, "diversity@10": diversity}
    cell = ROWS[label].cell("ml-100k", "fair", seed)
    shared = {"nmi": 0.2, "nmi_by_chance": 0.1, "purity": 0.4, "purity_by_chance": 0.3, "lift": 1.5}
    meaning = None if label == "sasrec" else shared
    return made_result(cell, test, data=MOVIES, slider=slider, meaning=meaning)


RESULTS = [
    made("β = 0.0001", 0, 0.11, 0.2, 0.01),
    made("β = 0.0001", 1, 0.13, 0.3, 0.01),
    made("sasrec", 0, 0.115, 0.24, 0.02),
]


def test_a_curve_is_the_mean_over_seeds_and_begins_with_the_lists_as_they_are() -> None:
    (table,) = tables_of(EXPERIMENTS["table6"], RESULTS, protocols=["fair"], datasets=["ml-100k"])
    points = next(curve(line) for line in table.lines if line.row.label == "β = 0.0001")
    assert [point.weight for point in points] == [0.0, 0.1, 0.2]
    assert [point.accuracy for point in points] == pytest.approx([0.12, 0.11, 0.10])
    assert [point.diversity for point in points] == pytest.approx([0.25, 0.35, 0.45])
    assert not any(curve(line) for line in table.lines if line.row.label == "β = 0.01")


def test_diversity_at_an_accuracy_is_the_most_that_the_curve_has_there() -> None:
    points = [Point(0, 0.12, 0.25), Point(0.1, 0.11, 0.35), Point(0.2, 0.10, 0.45)]
    assert diversity_at(points, 0.115) == pytest.approx(0.30)
    assert diversity_at(points, 0.10) == pytest.approx(0.45)
    assert diversity_at(points, 0.05) == 0.45  # it never falls so far
    assert diversity_at(points, 0.13) is None and diversity_at([], 0.1) is None
    rising = [Point(0, 0.10, 0.2), Point(0.1, 0.12, 0.4), Point(0.2, 0.08, 0.6)]
    assert diversity_at(rising, 0.10) == pytest.approx(0.5)


def test_both_may_slide_when_they_are_compared_at_equal_accuracy() -> None:
    (table,) = tables_of(EXPERIMENTS["table6"], RESULTS, protocols=["fair"], datasets=["ml-100k"])
    text = trade_off(table)
    assert "| β = 0.0001 | .1200 / .2500 | .1100 / .3500 | .1000 / .4500 |" in text
    assert "| β = 0.01 | not run | not run | not run |" in text
    assert "| Diversity@10 at Recall@10 ≥ | .1150 | .0950 | .0750 |" in text
    assert "| β = 0.0001 | .3000 (+.0600) | .4500 (+.1100) | .4500 (+.0100) |" in text
    assert "| sasrec | .2400 | .3400 | .4400 |" in text
    (idle,) = tables_of(EXPERIMENTS["table6"], [], protocols=["fair"], datasets=["ml-100k"])
    assert trade_off(idle) == ""


def test_the_picture_holds_a_point_for_every_weight_of_every_curve() -> None:
    tables = tables_of(EXPERIMENTS["table6"], RESULTS, datasets=["ml-100k"])
    circles = ElementTree.fromstring(svg(tables)).findall(".//{*}circle")
    assert len([circle for circle in circles if circle.find("{*}title") is not None]) == 6
    assert "not run" in svg([])


def test_the_report_shows_curves_and_what_the_categories_mean(tmp_path: Path) -> None:
    text = report(RESULTS, tmp_path, figures={"table6": "curves.svg"})
    assert "](curves.svg)" in text and "re-ranked for diversity" in text
    assert "| .2000 ± .0000 (.1000) | .4000 ± .0000 (.3000) | 1.50 |" in text

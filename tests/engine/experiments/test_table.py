"""Tables, texts and the report, from results whose numbers are known."""

import csv
import io
import math
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from made_results import MACHINE, OFFICE, made_result

from engine.errors import SettingsError
from engine.experiments.comparison import below_published
from engine.experiments.figure import plot, svg
from engine.experiments.kept import write_result
from engine.experiments.paper import PAPER
from engine.experiments.plan import EXPERIMENTS, PROTOCOLS, Cell
from engine.experiments.report import report
from engine.experiments.table import Entry, tables_of
from engine.experiments.texts import COLUMNS, as_csv, markdown, ours, papers, records, standing_in

SIGMA = Cell("office", "sigma", "paper")
OF_SEEDS = [
    {"recall@20": 0.16, "recall@40": 0.23, "ndcg@20": 0.073, "ndcg@40": 0.087},
    {"recall@20": 0.17, "recall@40": 0.24, "ndcg@20": 0.074, "ndcg@40": 0.088},
    {"recall@20": 0.165, "recall@40": 0.22, "ndcg@20": 0.075, "ndcg@40": 0.089},
]
RESULTS = [
    *(made_result(replace(SIGMA, seed=seed), test) for seed, test in enumerate(OF_SEEDS)),
    made_result(Cell("office", "sasrec", "paper"), OF_SEEDS[0]),
]


def table2(results=RESULTS, **free):
    (table,) = tables_of(EXPERIMENTS["table2"], results, protocols=["paper"], datasets=["office"],
                         **free)  # fmt: skip
    return table


def line_of(table, label):
    return next(line for line in table.lines if line.row.label == label)


def test_a_line_is_the_mean_and_spread_of_its_seeds_beside_the_paper() -> None:
    line = line_of(table2(), "sigma")
    assert line.seeds == (0, 1, 2)
    entry = line.entries["recall@20"]
    assert entry.mean == pytest.approx(0.165)
    assert entry.spread == pytest.approx(0.005)  # of a sample: √((.005² + .005² + 0) / 2)
    assert entry.paper == 0.1615
    assert entry.difference == pytest.approx(0.0035)
    assert not entry.is_missed
    assert line.entries["recall@40"].is_missed  # .23 where the paper has .2334
    assert ours(line, "recall@20") == ".1650 ± .0050"
    assert papers(entry) == ".1615 (+.0035)"
    assert papers(line.entries["recall@40"]) == ".2334 (−.0034)"


def test_one_seed_has_no_spread_and_what_was_not_run_no_number() -> None:
    alone = line_of(table2(), "sasrec")
    entry = alone.entries["recall@20"]
    assert (entry.mean, entry.spread, ours(alone, "recall@20")) == (0.16, None, ".1600")
    line = line_of(table2(), "bert4rec")
    missing = line.entries["recall@20"]
    assert (missing.mean, missing.difference, ours(line, "recall@20")) == (None, None, "not run")
    assert not missing.is_missed
    assert papers(missing) == ".1350"


def test_protocols_and_seeds_and_settings_are_kept_apart() -> None:
    (fair,) = tables_of(EXPERIMENTS["table2"], RESULTS, protocols=["fair"], datasets=["office"])
    assert not fair.was_run
    assert line_of(table2(seeds=[1]), "sigma").entries["recall@20"].mean == 0.17
    (table3,) = tables_of(EXPERIMENTS["table3"], RESULTS, protocols=["paper"], datasets=["office"])
    assert [line.was_run for line in table3.lines] == [False, False, True]
    (figure2,) = tables_of(
        EXPERIMENTS["figure2"], RESULTS, protocols=["paper"], datasets=["office"]
    )
    assert [line.was_run for line in figure2.lines] == [False, True, False, False]  # K = 4 is SIGMA


def test_a_stand_in_has_its_own_table_without_the_papers_numbers() -> None:
    data = replace(OFFICE, name="ml-100k", users=938, items=1008, interactions=54413)
    cell = EXPERIMENTS["table6"].rows[0].cell("ml-100k", "paper", 0)
    result = made_result(cell, {"recall@10": 0.1, "diversity@10": 0.3}, data=data)
    tables = tables_of(EXPERIMENTS["table6"], [result], protocols=["paper"])
    assert [table.dataset for table in tables] == ["ml-100k"]
    entry = tables[0].lines[0].entries["recall@10"]
    assert (entry.mean, entry.paper) == (0.1, None)
    assert "paper" not in markdown(tables[0])
    assert "stands in for MovieLens-1M" in standing_in(tables[0])
    assert ours(tables[0].lines[0], "recall@40") == "–"  # run, but without such a number
    assert tables_of(EXPERIMENTS["table6"], [])[0].dataset == "ml-1m"


def test_every_number_of_the_paper_belongs_to_a_row_and_a_column() -> None:
    assert PAPER.keys() == EXPERIMENTS.keys()
    for name, experiment in EXPERIMENTS.items():
        labels = {row.label for row in experiment.rows}
        assert PAPER[name].keys() <= labels
        assert name == "figure2" or labels - PAPER[name].keys() <= {"sasrec"}
        for by_dataset in PAPER[name].values():
            assert set(by_dataset) == set(experiment.datasets)
            for numbers in by_dataset.values():
                assert tuple(numbers) == experiment.metrics
                assert all(0 < value < 1 for value in numbers.values())


def test_cells_come_by_seed_so_that_a_short_budget_leaves_whole_tables() -> None:
    cells = EXPERIMENTS["table2"].cells(PROTOCOLS, ["office", "toys"], ["mind", "sasrec"], [0, 1])
    assert len(cells) == 2 * 2 * 2 * 2
    assert [cell.seed for cell in cells] == [0] * 8 + [1] * 8
    assert [cell.dataset for cell in cells[:8]] == ["office"] * 4 + ["toys"] * 4
    with pytest.raises(SettingsError, match="no model 'gru4rec'"):
        EXPERIMENTS["table2"].rows_of(["sigma", "gru4rec"])


def test_records_and_csv_have_a_line_a_number_and_stable_keys() -> None:
    found = records([table2(models=["sigma", "mind"])])
    assert len(found) == 2 * 4
    assert set(found[0]) == set(COLUMNS)
    rows = list(csv.DictReader(io.StringIO(as_csv([table2(models=["sigma", "mind"])]))))
    by_model = {row["row"]: row for row in rows if row["metric"] == "recall@20"}
    assert float(by_model["sigma"]["mean"]) == pytest.approx(0.165)
    assert by_model["sigma"]["seeds"] == "0 1 2"
    assert by_model["mind"]["mean"] == "" and by_model["mind"]["paper"] == "0.0614"


def ranked(root: Path, result, ranks: list[float]) -> None:
    run = root / result.run
    run.mkdir(parents=True)
    write_result(run, result, torch.tensor(ranks, dtype=torch.float64))
    (run / "run.json").write_text("{}", encoding="utf-8")


def test_the_report_tells_what_is_there_what_is_missed_and_what_was_not_run(tmp_path) -> None:
    results = [replace(one, run=f"run-{number}") for number, one in enumerate(RESULTS)]
    for one in results:
        better = one.model == "sigma"
        ranked(tmp_path, one, [1.0 if better else 50.0, 3.0, math.inf] * 20)
    text = report(results, tmp_path)
    assert "from 4 kept runs" in text
    assert "| Table 2 | Office Products | paper | 4 | 33 | bprmf; lightgcn; bert4rec" in text
    assert "| sigma | 0, 1, 2 | .1650 ± .0050 | .1615 (+.0035) |" in text
    assert "| bert4rec | – | not run | .1350 |" in text
    misses = text.split("## Misses")[1].split("## Paper protocol")[0]
    assert "sigma: R@40 .2300 ± .0100 where the paper has .2334 (−.0034)" in misses
    assert "R@20" not in misses.split("Other models")[0]
    assert "sasrec: N@40" not in misses and "bert4rec" not in misses
    assert text.index("## Paper protocol") < text.index("## Fair comparison")
    # 20 of 60 users are hits of SIGMA alone: a third, for certain
    assert "| Office Products | paper | sigma | sasrec | R@20 | 0 | +.3333 | +.2" in text
    assert MACHINE.in_words in text
    assert "0.7 hours" in text
    assert str(tmp_path) not in text


def test_an_empty_report_claims_nothing(tmp_path) -> None:
    text = report([], tmp_path)
    assert "Nothing was run yet" in text and "Nothing can be compared yet" in text
    for line in text.splitlines():
        if line.startswith("| sigma |"):
            assert "not run" in line and "(" not in line


def test_figure_2_is_drawn_as_text_and_as_svg_that_can_be_parsed() -> None:
    rows = EXPERIMENTS["figure2"].rows
    results = [
        made_result(row.cell("office", "paper", seed), {"recall@20": mean, "ndcg@20": mean / 2})
        for row, means in zip(rows[:3], ((0.1, 0.12), (0.2, 0.22), (0.3, 0.32)), strict=True)
        for seed, mean in enumerate(means)
    ]
    (table,) = tables_of(EXPERIMENTS["figure2"], results, protocols=["paper"], datasets=["office"])
    lines = plot(table, "recall@20", width=40)
    points = [line.find("●") for line in lines]
    assert 0 < points[0] < points[1] < points[2] and points[3] == -1
    assert "not run" in lines[3] and "├" in lines[0] and ".1100 ± .0141" in lines[0]
    whole = ElementTree.fromstring(svg([table]))
    space = "{http://www.w3.org/2000/svg}"
    circles = whole.findall(f"{space}circle")
    assert len(circles) == 3 * 2
    heights = [float(circle.get("cy", "0")) for circle in circles[:3]]
    assert heights[0] > heights[1] > heights[2]
    texts = [element.text for element in whole.findall(f"{space}text")]
    assert "K = 16" in texts and "not run" in texts
    assert ElementTree.fromstring(svg([])) is not None


def test_an_entry_of_equal_numbers_is_no_miss() -> None:
    assert not Entry.of([0.1615], 0.1615).is_missed


def test_what_lies_below_the_highest_published_numbers_is_a_miss() -> None:
    cell = EXPERIMENTS["table2"].rows_of(["sigma"])[0].cell("beauty", "fair", 0)
    test = {"recall@10": 0.1003, "ndcg@10": 0.0620, "recall@20": 0.14, "ndcg@20": 0.07}
    tables = tables_of(EXPERIMENTS["table2"], [made_result(cell, test)], datasets=["beauty"])
    log = "BSARec (its training log; reproductions found less)"
    assert below_published(tables) == [
        f"- Beauty, fair protocol, sigma: {what} where {log} has {theirs} ({by})"
        for what, theirs, by in (
            ("R@10 .1003", ".1008", "−.0005"),
            ("N@20 .0700", ".0703", "−.0003"),
        )
    ]


def test_all_models_of_the_fair_comparison_begin_at_random_and_the_preset_beside_them() -> None:
    fair, shipped = EXPERIMENTS["table2"].cells(["fair"], ["office"], ["sigma"], [0])
    assert dict(fair.changes) == {"initial": "random"}
    assert dict(shipped.changes) == {"initial": "cooccurrence"}
    (paper,) = EXPERIMENTS["table2"].cells(["paper"], ["office"], ["sigma"], [0])
    assert not paper.changes
    (changed, *_) = EXPERIMENTS["table4"].cells(["fair"], ["office"], ["sigma"], [0])
    assert dict(changed.changes) == {"initial": "random", "scorer": "interests"}

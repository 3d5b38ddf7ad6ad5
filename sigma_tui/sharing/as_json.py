"""JSON with stable keys, in ASCII, so that titles come through as they are, whatever they hold."""

import json
from dataclasses import asdict
from typing import Any

from sigma_tui.sharing.records import Analysis
from sigma_tui.sharing.tables import Part, Table


def analysis_as_json(analysis: Analysis) -> str:
    """The records under their names."""
    return _written(asdict(analysis))


def part_as_json(analysis: Analysis, part: Part) -> str:
    """One part of what is on the screen, with whose it is."""
    return _written(
        {
            "run": analysis.facts.run,
            "user": analysis.user,
            "edits": analysis.now.edits,
            part: asdict(analysis.now)[part],
        }
    )


def table_as_json(table: Table) -> str:
    """A table's lines as objects."""
    keys = [column.key for column in table.columns]
    return _written({table.key: [dict(zip(keys, row, strict=True)) for row in table.rows]})


def _written(value: Any) -> str:
    return json.dumps(value, allow_nan=False, indent=2) + "\n"

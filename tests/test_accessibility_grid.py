"""The grid of the RGAA: every criterion once, and the statement people read says the same."""

import re
from collections import Counter

from deploy.local.layout import ROOT
from directory.home.about import APPLICABLE, MET

CRITERIA = (9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12)
"""How many each of the thirteen themes has (RGAA 4.1.2)."""
ROW = re.compile(r"^\| (\d+\.\d+) \| [^|]+ \| (met|not met|n/a) \| [^|]+ \|$", re.MULTILINE)


def test_each_criterion_has_its_row_and_the_statement_its_figures() -> None:
    rows = ROW.findall((ROOT / "docs" / "accessibility.md").read_text(encoding="utf-8"))
    wanted = [f"{theme}.{one}" for theme, many in enumerate(CRITERIA, 1) for one in range(1, many + 1)]
    assert [number for number, _ in rows] == wanted
    states = Counter(state for _, state in rows)
    assert (states["met"], states["met"] + states["not met"]) == (MET, APPLICABLE)

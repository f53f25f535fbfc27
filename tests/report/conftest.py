"""One small comparison with every study, made once, and the page of it."""

import sys
from pathlib import Path

import pytest

import lockin_sim as ls
from lockin_sim.common.findings import FEWEST
from lockin_sim.pages.report import Comparison

# `from chromium import ...`, `from reader import ...`, and what makes the documents
sys.path += [str(Path(__file__).parent), str(Path(__file__).parents[2] / "tools")]

POLICIES = ["eu_coordinated", "no_dsr"]
YEARS = (2010, 2036)


@pytest.fixture(scope="session")
def made():
    """A comparison of two policies: few runs, whose pairs are counted as if they were enough to judge by."""
    how = {"runs": 3, "seed": 1, "workers": 1}
    found = Comparison.run(POLICIES, years=YEARS, **how).datasets
    found["chain"] = ls.chain(["default", "regulators"], years=YEARS, **how)
    for ds in found.values():
        if "effect_q05" in ds:
            for name in {"pairs_used", "effect_draws"} & set(ds):
                ds[name][:] = FEWEST
    return found


@pytest.fixture
def studies(made):
    """A copy that a test may change."""
    return {name: ds.copy(deep=True) for name, ds in made.items()}


@pytest.fixture(scope="session")
def whole(made):
    """The whole comparison, whose figures are drawn once."""
    return Comparison(made)


@pytest.fixture(scope="session")
def every_figure(whole):
    """Every figure of it."""
    return {name: drawing.figure for name, drawing in whole.drawn(whole.figures()).items()}


@pytest.fixture(scope="session")
def whole_page(whole):
    """Its page."""
    return whole.page(annex="annex.html")


@pytest.fixture(scope="session")
def whole_annex(whole):
    """Its annex."""
    return whole.annex(report="report.html")


@pytest.fixture(scope="module")
def tree(whole_page):
    """The elements of that page."""
    from reader import read

    return read(whole_page)


@pytest.fixture(scope="module")
def annexed(whole_annex):
    """The elements of the annex."""
    from reader import read

    return read(whole_annex)

"""Every study over a posterior counts draws, not runs, in the intervals that it states."""

import inspect
from pathlib import Path

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.studies import breakdown, comparison, contrast
from lockin_sim.studies.search import results

HOW = {"runs": 3, "seed": 1, "years": (2010, 2014), "workers": 1, "posterior": "bundled"}
SMALL = Path(__file__).parents[2] / "experiments" / "gsm_and_cdma" / "world"

STUDIES = {
    "compare": lambda: ls.compare("no_dsr", maps=False, **HOW),
    "breakdown": lambda: ls.breakdown("no_dsr", by="domain", **HOW),
    "public_cost": lambda: ls.public_cost("no_dsr", **HOW),
    "chain": lambda: ls.chain(["default"], groups=["world"], **HOW),
}


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_counts_draws(name, monkeypatch):
    seen = []

    def watched(function):
        def watch(*values, **more):
            bound = inspect.signature(function).bind(*values, **more).arguments
            seen.append(bound["draws"])
            return function(*values, **more)

        return watch

    for module in (breakdown, comparison, contrast, results):
        for stated in ("interval", "ratio", "single_runs", "levels", "runs_needed"):
            if hasattr(module, stated):
                monkeypatch.setattr(module, stated, watched(getattr(module, stated)))
    STUDIES[name]()
    assert seen
    for draws in seen:
        assert draws is not None
        assert len(np.unique(draws)) == len(draws) == HOW["runs"]

"""Which engine "auto" is: what is compiled decides, and a study keeps the engine that it began with."""

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.common import engines
from lockin_sim.common.engines import AUTO, LOADED, WORTHWHILE, choose_engine
from lockin_sim.runs.context import now

pytest.importorskip("numba")


@pytest.fixture
def compiled(monkeypatch):
    """Say whether the code of the fast engine lies in the cache."""
    return lambda there: monkeypatch.setattr(engines, "is_compiled", lambda: there)


@pytest.mark.parametrize(
    ("there", "years", "bundled", "engine"),
    [
        (True, LOADED, True, "fast"),
        (True, LOADED - 1, True, "core"),
        (True, LOADED, False, "core"),
        (False, LOADED, True, "core"),
        (False, WORTHWHILE, False, "fast"),
    ],
)
def test_auto_asks_what_is_compiled_and_how_much_there_is_to_do(compiled, there, years, bundled, engine):
    compiled(there)
    assert choose_engine(AUTO, years=years, bundled=bundled) == engine


def test_later_studies_and_rounds_have_the_engine_of_the_first(compiled):
    compiled(True)
    with ls.running(engine=AUTO):
        assert now().engine_for(years=LOADED - 1, bundled=True) == "core"
        assert now().engine_for(years=WORTHWHILE, bundled=True) == "core"


@pytest.mark.parametrize(("begun", "there"), [("core", True), ("fast", False)])
def test_a_resumed_study_goes_on_with_its_engine(compiled, tmp_path, begun, there):
    """However much there is to do, and whatever is compiled by then."""
    how = {"runs": 2, "seed": 1, "years": (2010, 2012), "workers": 1}
    with ls.running(store=tmp_path / "runs", engine=begun):
        first = ls.compare("open_ran", **how)
    compiled(there)
    with ls.running(store=tmp_path / "runs", resume=True, engine=AUTO):
        again = ls.compare("open_ran", **how)
    np.testing.assert_array_equal(first["level"], again["level"])
    points = {"switching_cost": [1.0, 2.0]}
    about = {"runs": 1, "years": (2011, 2012), "out": tmp_path / "swept"}
    with ls.running(engine=begun):
        swept = ls.sweep(ls.design.table(points), **about)
    with ls.running(engine=AUTO):
        resumed = ls.sweep(ls.design.table(points), resume=True, **about)
    np.testing.assert_array_equal(swept["switching_pull"], resumed["switching_pull"])

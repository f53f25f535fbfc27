"""Are the frozen tables what the baseline makes, and is a sponsor in the baseline as usual as they say?"""

import importlib.util
from functools import cache
from pathlib import Path

import numpy as np

import lockin_sim as ls

TOOL = Path(__file__).parents[2] / "tools" / "freeze_baseline.py"
#: Fewer runs than the tables are means of, and other luck.
RUNS, SEED, FROZEN = 96, 77, 512
#: Standard errors that a mean may be off: there are hundreds of them.
MOST = 5.0


@cache
def found():
    """What is usual in some runs of the baseline, by the tool that wrote the tables."""
    spec = importlib.util.spec_from_file_location("freeze_baseline", TOOL)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool.usual(RUNS, SEED)


def gaps(runs, table):
    """Standard errors between means over runs and a table, whose last digit may be rounded."""
    error = runs.std(axis=0, ddof=1) * np.sqrt(1 / RUNS + 1 / FROZEN)
    off = np.maximum(np.abs(runs.mean(axis=0) - table) - 1e-5, 0.0)
    return np.where(off > 0, off / np.maximum(error, 1e-9), 0.0)


def test_the_path_of_sales_is_that_of_the_baseline(real_world):
    """Who sells in one run of many alone has no standard error to speak of: .002 is allowed."""
    sales = found().sales
    path = real_world.sales_path[: sales.shape[1]]
    known = np.isfinite(path)
    far = (gaps(sales, np.nan_to_num(path)) > MOST) & (np.abs(sales.mean(axis=0) - path) > 0.002)
    assert np.argwhere(far & known).tolist() == []
    sells = (sales > 0).any(axis=(0, 1)) & np.array([who != "adopters" for who in real_world.buyer])[:, None]
    assert (known.all(axis=0) >= sells).all()


def test_the_usual_base_is_that_of_the_baseline(real_world):
    gap = gaps(found().base, real_world.usual_base)
    assert np.argwhere(gap > MOST).tolist() == []
    challenger, mobile = real_world.standards.index("cn2035"), real_world.domains.index("mobile_network")
    assert 0.2 < real_world.usual_base[mobile, challenger] < 0.35


def test_in_the_baseline_sponsors_sell_what_is_usual(real_world):
    """Mean of s / s* over runs, of those who sell a tenth of a domain: 1 within its error."""
    sales = found().sales
    path = real_world.sales_path[: sales.shape[1]]
    for step in range(3, sales.shape[1]):
        usual = path[step - 3 : step].mean(axis=0)
        there = np.nan_to_num(usual) > 0.1
        ratio = sales[:, step - 3 : step].mean(axis=1)[:, there] / usual[there]
        assert gaps(ratio, np.ones(ratio.shape[1])).max() < MOST
        assert abs(ratio.mean() - 1.0) < 0.03
        assert there.sum() > 10


def test_contributions_stay_near_the_record_until_2020():
    """With the elasticity and without it, the mean over runs: within five points in each body and domain."""
    record = ("contributions",)
    with_it, without = (
        ls.simulate(parameters={"agenda_elasticity": e}, runs=48, seed=3, years=(2010, 2020), record=record)
        for e in (0.7, 0.0)
    )
    gap = (with_it.contributions.mean("run") - without.contributions.mean("run")).fillna(0.0)
    assert float(np.abs(gap).max()) < 0.05

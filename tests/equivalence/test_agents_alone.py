"""Does the agent engine stand alone, and do its agents own the state that matters?"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import lockin_sim as ls

WITHOUT_CORE = """
import sys
sys.modules["lockin_sim.core"] = None
import lockin_sim as ls
"""
YEARS = (2010, 2013)


def run_python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_agents_run_the_real_world_without_the_core() -> None:
    code = f"""{WITHOUT_CORE}
model = ls.LockInModel("baseline", seed=3, run=2, years={YEARS})
model.run_to_end()
print(model.year, len(model.countries), sum(c.installed.sum() for c in model.countries) > 0)
"""
    assert run_python(code).split() == ["2013", "199", "True"]


def test_simulate_by_agents_works_without_the_core_and_gives_the_same() -> None:
    code = f"""{WITHOUT_CORE}
shares = ls.simulate("baseline", runs=1, seed=3, years={YEARS}, engine="mesa").vendor_share
print(repr(float(shares.sel(year=2013, domain="mobile_network", vendor="huawei")[0])))
try:
    ls.simulate("baseline", runs=1, years={YEARS})
except ImportError:
    print("no core")
"""
    share, absent = run_python(code).split("\n", 1)
    with_core = ls.simulate("baseline", runs=1, seed=3, years=YEARS).vendor_share
    expected = float(with_core.sel(year=2013, domain="mobile_network", vendor="huawei")[0])
    assert float(share) == pytest.approx(expected, rel=1e-9)
    assert absent.strip() == "no core"


def test_importing_the_package_or_the_core_loads_no_mesa() -> None:
    code = (
        "import sys, lockin_sim, lockin_sim.core; print('mesa' in sys.modules, 'matplotlib' in sys.modules)"
    )
    assert run_python(code).split() == ["False", "False"]


def small_model() -> ls.LockInModel:
    """Six countries in a network without noise or taste, so that only the base decides."""
    n = 6
    base = np.zeros((n, 1, 2))
    base[:, 0, 1] = 1.0
    ring = np.roll(np.eye(n), 1, axis=1)
    world = ls.toy_world(n, 2, installed=base, influence=ring, lifetime=1)
    parameters = ls.Parameters.neutral(network_weight=3.0, switching_cost=1.0, noise_scale=0.0)
    model = ls.LockInModel(
        ls.Scenario.none(), world=world, parameters=parameters, years=(0, 8), record=frozenset({"installed"})
    )
    return model


def test_replacing_a_countrys_base_in_mid_run_changes_what_follows_and_only_then() -> None:
    untouched, touched = small_model(), small_model()
    untouched.run_to_end()
    for _ in range(3):
        touched.step()
    touched.country("C2").installed = np.array([[1.0, 0.0]])
    touched.run_to_end()
    before, after = untouched.series()["installed"], touched.series()["installed"]
    np.testing.assert_array_equal(before[:4], after[:4])
    on_a = after[4:, :, 0, 0]
    # C1 looks at C2 and follows; each year the wave moves one country on; C2 itself looks at C3 and goes back
    assert (on_a[0] == [0, 1, 0, 0, 0, 0]).all()
    assert (on_a[1] == [1, 0, 0, 0, 0, 0]).all()
    assert (on_a[2] == [0, 0, 0, 0, 0, 1]).all()
    assert (before[..., 0] == 0).all()


def test_replacing_a_base_in_the_real_world_changes_the_future_of_that_run() -> None:
    models = [ls.LockInModel(seed=1, years=(2010, 2014), record=frozenset({"installed"})) for _ in range(2)]
    for model in models:
        model.step()
        model.step()
    kenya = models[1].country("KEN")
    kenya.installed = kenya.installed[:, ::-1].copy()
    for model in models:
        model.run_to_end()
    one, other = (model.series()["installed"] for model in models)
    np.testing.assert_array_equal(one[:3], other[:3])
    assert (one[3, kenya.place] != other[3, kenya.place]).any()


def test_a_step_beyond_the_last_year_is_refused() -> None:
    model = small_model()
    model.run_to_end()
    with pytest.raises(ls.InputError, match="last year"):
        model.step()


def test_the_model_holds_the_three_kinds_of_agents_and_collects_its_variables() -> None:
    model = ls.LockInModel(years=(2010, 2011))
    assert {kind.__name__ for kind in model.agents_by_type} == {"Country", "Vendor", "StandardsBody"}
    model.step()
    frame = model.datacollector.get_model_vars_dataframe()
    assert len(frame) == 2
    assert {"vendor_share", "standard_share", "lock_in"} <= set(frame.columns)


def test_overrides_are_parameter_names() -> None:
    model = ls.LockInModel(years=(2010, 2011), switching_cost=2.5)
    assert model.parameters.switching_cost == 2.5
    with pytest.raises(ls.InputError, match="switching_cost"):
        ls.LockInModel(years=(2010, 2011), switching_costs=2.5)

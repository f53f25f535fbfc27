"""Does the agent engine stand alone, and do its agents own the state that matters?"""

import subprocess
import sys

import numpy as np
import pytest
from worlds import rich_world

import lockin_sim as ls

WITHOUT_ENGINE = """
import sys
sys.modules["lockin_sim.engine"] = None
import lockin_sim as ls
"""
YEARS = (2010, 2013)


def run_python(code):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_agents_run_the_real_world_without_the_engine_and_give_the_same():
    code = f"""{WITHOUT_ENGINE}
model = ls.LockInModel("baseline", seed=3, run=0, years={YEARS})
model.run_to_end()
print(model.year, len(model.countries))
shares = ls.simulate("baseline", runs=1, seed=3, years={YEARS}, engine="mesa").vendor_share
print(repr(float(shares.sel(year=2013, domain="mobile_network", vendor="huawei")[0])))
try:
    ls.simulate("baseline", runs=1, years={YEARS})
except ImportError:
    print("no engine")
"""
    model, share, absent = run_python(code).splitlines()
    assert model.split() == ["2013", "199"]
    with_engine = ls.simulate("baseline", runs=1, seed=3, years=YEARS).vendor_share
    expected = float(with_engine.sel(year=2013, domain="mobile_network", vendor="huawei")[0])
    assert float(share) == pytest.approx(expected, rel=1e-9)
    assert absent == "no engine"


def test_importing_the_package_or_the_engine_loads_no_mesa():
    code = (
        "import sys, lockin_sim, lockin_sim.engine; print('mesa' in sys.modules, 'matplotlib' in sys.modules)"
    )
    assert run_python(code).split() == ["False", "False"]


def small_model():
    """Six countries in a network without noise or taste, so that only the base decides."""
    n = 6
    base = np.zeros((n, 1, 2))
    base[:, 0, 1] = 1.0
    ring = np.roll(np.eye(n), 1, axis=1)
    world = ls.toy_world(n, 2, installed=base, influence=ring, lifetime=1)
    parameters = ls.Parameters.neutral(network_weight=3.0, switching_cost=1.0, noise_scale=0.0)
    return ls.LockInModel(
        ls.Scenario.none(), world=world, parameters=parameters, seed=0, years=(0, 8), record=["installed"]
    )


def test_replacing_what_an_operator_runs_in_mid_run_changes_what_follows_and_only_then():
    untouched, touched = small_model(), small_model()
    untouched.run_to_end()
    for _ in range(3):
        touched.step()
    (operator,) = touched.operators("C2", "domain_0")
    operator.incumbent[:] = 0
    touched.run_to_end()
    before, after = untouched.series()["installed"], touched.series()["installed"]
    np.testing.assert_array_equal(before[:4], after[:4])
    on_a = after[4:, 0, :, 0]
    # C1 looks at C2 and follows; each year the wave moves one country on; C2 itself looks at C3 and goes back
    assert (on_a[0] == [0, 1, 0, 0, 0, 0]).all()
    assert (on_a[1] == [1, 0, 0, 0, 0, 0]).all()
    assert (on_a[2] == [0, 0, 0, 0, 0, 1]).all()
    assert (before[..., 0] == 0).all()


def test_replacing_what_users_hold_changes_the_future_of_that_run():
    world = rich_world(1)
    models = [
        ls.LockInModel(ls.Scenario.none(), world=world, seed=1, years=(2010, 2014), record=["installed"])
        for _ in range(2)
    ]
    for model in models:
        model.step()
        model.step()
    country = models[1].country("C3")
    country.users = country.users[:, ::-1].copy()
    for model in models:
        model.run_to_end()
    one, other = (model.series()["installed"] for model in models)
    np.testing.assert_array_equal(one[:3], other[:3])
    assert (one[3, :, country.place] != other[3, :, country.place]).any()


def test_a_step_beyond_the_last_year_is_refused():
    model = small_model()
    model.run_to_end()
    with pytest.raises(ls.InputError, match="last year"):
        model.step()

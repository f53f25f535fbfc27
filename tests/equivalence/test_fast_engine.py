"""Does the engine with compiled stages give the trajectories of the engine of numpy?"""

import dataclasses
import inspect
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sparse
from equivalence.agreement import assert_same, drawn_parameters, series
from worlds import (
    BUYERS,
    halves_off,
    history_on_record,
    rich_world,
    with_contracts,
    with_facts,
    with_leads,
    without_lenders,
)

import lockin_sim as ls
from lockin_sim.common import engines
from lockin_sim.common.draws import History
from lockin_sim.engine.schedule import Stages
from lockin_sim.rules.voting import PROCEDURES
from lockin_sim.runs import simulation
from lockin_sim.settings.parameters import Parameters
from lockin_sim.settings.policies import scenarios

pytest.importorskip("numba", reason="the extra fast is not installed")

from lockin_sim.compiled import beforehand
from lockin_sim.compiled.stages import books, buyers, market, politics, renewals

#: As many as the real world has, whose compiled code serves here too.
SHAPE = {"vendors": 11, "sponsors": 7}


def assert_engines_agree(*given, history=None):
    assert_same(series(*given, history=history), series(*given, history=history, compiled=True))


def test_engines_agree_on_the_real_world():
    scenario = ls.load_scenario("eu_package")
    assert_engines_agree(ls.load_world(), scenario, Parameters(), range(2), (2010, 2014))


@pytest.mark.slow
def test_engines_agree_in_a_world_without_lenders():
    world = without_lenders(rich_world(5, **SHAPE))
    assert_engines_agree(world, ls.Scenario.none(), Parameters(), range(2), (2010, 2016))


@pytest.mark.parametrize("half", range(2))
def test_engines_agree_whichever_parameters_are_off(half):
    assert_engines_agree(rich_world(4, **SHAPE), ls.Scenario.none(), halves_off(half), range(2), (2010, 2014))


@pytest.mark.slow
@pytest.mark.parametrize("name", scenarios())
def test_engines_agree_on_the_real_world_in_every_scenario(name):
    assert_engines_agree(ls.load_world(), ls.load_scenario(name), Parameters(), range(3), (2010, 2050))


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.slow) for n in (2, 3))])
def test_engines_agree_in_rich_worlds_at_any_setting(seed):
    procedures = tuple(np.random.default_rng(seed).permutation(sorted(PROCEDURES))[:2].tolist())
    world = rich_world(seed, **SHAPE, recorded=bool(seed % 3), procedures=procedures)
    if seed % 2:
        cap = np.full_like(world.conditions.share_cap, 0.3)
        world = dataclasses.replace(world, conditions=dataclasses.replace(world.conditions, share_cap=cap))
    assert_engines_agree(world, ls.Scenario.none(), drawn_parameters(seed), range(2), (2010, 2024))


def test_engines_agree_where_vendors_lead_in_generations():
    world = with_leads(rich_world(4, **SHAPE), 4)
    assert_engines_agree(world, ls.Scenario.none(), drawn_parameters(4), range(2), (2010, 2022))


@pytest.mark.parametrize(
    "nothing", [("noise_scale", "switching_cost"), ("network_weight", "own_network_weight")]
)
def test_engines_agree_where_nobody_is_in_doubt_or_looks_at_neighbours(nothing):
    world, given = rich_world(7, **SHAPE), Parameters(**dict.fromkeys(nothing, 0.0))
    assert_engines_agree(world, ls.Scenario.none(), given, range(2), (2010, 2020))


def test_engines_agree_where_states_of_some_runs_prescribe_families():
    p = Parameters(regulation_rate=np.array([0.0, 0.05, 0.1]), exclusive_compliance=np.array([0.0, 0.0, 1.0]))
    given = rich_world(2, **SHAPE), ls.Scenario.none(), p
    assert_engines_agree(*given, range(3), (2010, 2024))
    together = series(*given, range(3), (2010, 2024))
    alone = series(*given[:2], Parameters(regulation_rate=0.05), [1], (2010, 2024))
    for name, values in alone.items():
        np.testing.assert_array_equal(values[0], together[name][1], err_msg=name)


@pytest.mark.parametrize("domains", [("cameras",), ("cables",), ("phones",), ("satellites", "laws")])
@pytest.mark.parametrize("weights", [None, sparse.eye_array(12, k=1, format="csr")])
def test_engines_agree_where_one_kind_of_buyer_is_alone(domains, weights):
    """States prescribe families by themselves, also where nothing is traded that these are about."""
    world, often = rich_world(3, **SHAPE, domains=domains, influence=weights), {"regulation_rate": 0.1}
    p = drawn_parameters(1).replace(often)
    assert_engines_agree(world, ls.Scenario.none(), p, range(2), (2010, 2016))


def test_engines_agree_in_a_world_without_bodies():
    world = rich_world(3, **SHAPE, procedures=())
    assert_engines_agree(world, ls.Scenario.none(), drawn_parameters(1), range(2), (2010, 2014))


@pytest.mark.parametrize("compiled", [False, True])
def test_conditions_may_be_whole_numbers(compiled):
    """Years to repay that somebody wrote without a point are as many years."""
    world = rich_world(3, **SHAPE)
    rounded = {n: np.round(getattr(world.conditions, n)) for n in ("tenor", "grace", "openness")}
    whole = {name: values.astype(int) for name, values in rounded.items()}
    one, other = (
        dataclasses.replace(world, conditions=dataclasses.replace(world.conditions, **values))
        for values in (rounded, whole)
    )
    given = ls.Scenario.none(), drawn_parameters(1), range(2), (2010, 2016)
    assert_same(*(series(each, *given, compiled=compiled) for each in (one, other)))


@pytest.mark.parametrize("weights", ["uniform", sparse.eye_array(12, k=1, format="csr")])
def test_engines_agree_whoever_the_neighbours_are(weights):
    world = rich_world(8, **SHAPE, influence=weights)
    assert_engines_agree(world, ls.Scenario.none(), Parameters(), range(2), (2010, 2016))


def drawn_calendars(shape):
    rng = np.random.default_rng(9)
    return {
        f"calendar of {of}": rng.random((*runs, 30, *shape)) < 0.2
        for of, runs in (("all", ()), ("each", (2,)))
    }


@pytest.mark.parametrize(
    "case",
    [
        "calendar of all",
        "calendar of each",
        "all must go",
        "no projects",
        "histories",
        "on record",
        "contracts",
    ],
)
def test_engines_agree_on_what_is_up_whatever_puts_it_up(case):
    """A calendar, in each run or all; orders to replace what is restricted; operators alone; a history."""
    domains = ("radio", "phones", "laws") if case == "no projects" else tuple(BUYERS)
    world, history = rich_world(9, **SHAPE, domains=domains), None
    if case.startswith("calendar"):
        world = dataclasses.replace(world, calendar=drawn_calendars(world.shape[:2])[case])
    elif case == "all must go":
        allowed = np.full_like(world.conditions.phase_out_years, 3.0)
        now = dataclasses.replace(world.conditions, phase_out_years=allowed)
        world = dataclasses.replace(world, conditions=now)
    elif case == "histories":
        numbers = np.random.default_rng(9).integers(0, 50, (2, len(world.countries)))
        history = History(numbers, np.array([4, 40]), seed=3, last=2015)
    elif case == "on record":
        world, numbers = with_facts(world, 4), np.zeros((2, len(world.countries)), dtype=int)
        history = History(numbers, np.array([0, 1]), seed=3, last=2015, facts=True)
    elif case == "contracts":
        world = with_contracts(world, seed=9)
        history = history_on_record(world, drawn_parameters(1), runs=2)
    given = (world, ls.Scenario.none(), drawn_parameters(1), range(2), (2010, 2020))
    assert_engines_agree(*given, history=history)


def test_all_that_a_run_needs_is_compiled_beforehand(monkeypatch):
    """Each part is compiled among parts of numpy, and is called by compiled ones with the same types."""
    from numba import typeof

    world, types = ls.load_world(), {}

    def noting(name, kernel):
        return lambda *takes: types.setdefault(name, set()).add(typeof(takes)) or kernel(*takes)

    for stages in (books, buyers, market, politics, renewals):
        for name, kernel in vars(stages).items():
            if hasattr(kernel, "py_func") and inspect.getsource(kernel.py_func).startswith("@kernel"):
                monkeypatch.setattr(stages, name, noting(name, kernel))
    for part in dataclasses.fields(Stages):
        beforehand._compile(part.name)
    known = {name: set(kinds) for name, kinds in types.items()}
    series(world, ls.Scenario.none(), Parameters(), range(1), (2010, 2012), compiled=True)
    assert len(known) > 15
    assert {name for name, kinds in types.items() if kinds - known[name]} == set()


@pytest.mark.slow
@pytest.mark.parametrize("size", [(3, 1, 2), (5, 5, 3), (4, 20, 5), (2, 40, 3), (1, 3, 1)])
def test_engines_agree_on_worlds_of_any_size(size):
    countries, vendors, standards = size
    world = rich_world(3, countries=max(countries, 2), vendors=vendors, standards=standards)
    assert_engines_agree(world, ls.Scenario.none(), Parameters(), range(2), (2010, 2030))


def test_a_run_alone_and_in_a_batch_has_the_same_bits():
    world, scenario = rich_world(5, **SHAPE), ls.Scenario.none()
    given = Parameters(switching_cost=np.linspace(0, 4, 5))
    together = series(world, scenario, given, range(5), (2010, 2020), compiled=True)
    for run in (0, 3):
        alone = series(world, scenario, given.select([run]), [run], (2010, 2020), compiled=True)
        for name, values in alone.items():
            np.testing.assert_array_equal(values[0], together[name][run], err_msg=name)


def test_the_engine_asked_for_is_handed_down_and_said(monkeypatch):
    years = (2010, 2012)
    engines_said = {
        name: ls.simulate(runs=1, years=years, engine=name).attrs["engine"]
        for name in ("core", "fast", "auto")
    }
    assert engines_said == {"core": "core", "fast": "fast", "auto": "core"}
    taken, found = [], simulation.find_stages
    monkeypatch.setattr(simulation, "find_stages", lambda name: [taken.append(name), found(name)][1])
    points = {"switching_cost": [1.0, 2.0]}
    asked = {"runs": 1, "years": [2012], "outcomes": ["switching_pull"], "workers": 1}
    core = ls.evaluate(points, **asked)["value"].values
    with ls.running(engine="fast"):
        fast = ls.evaluate(points, **asked)["value"].values
    np.testing.assert_allclose(fast, core, rtol=1e-9, atol=0)
    assert list(dict.fromkeys(taken)) == ["core", "fast"]


def test_what_cannot_be_done_is_refused(monkeypatch):
    with pytest.raises(ls.InputError, match=r"engine.*'fats'.*'fast'"):
        ls.simulate(runs=1, engine="fats")
    with pytest.raises(ls.InputError, match=r"engine.*'mesa'"), ls.running(engine="mesa"):
        pass
    monkeypatch.setattr(engines, "has_compiler", lambda: False)
    with pytest.raises(ls.InputError, match=r"numba is not installed; to install it: make install"):
        ls.simulate(runs=1, engine="fast")
    assert engines.choose_engine("auto", years=10**9) == "core"


#: Mistakes in the text of rules and decisions that the compiled stages have in them.
MISTAKES = {
    "rules/utility.py": ("return -switching_cost * carry_over", "return switching_cost * carry_over"),
    "rules/users.py": ("considered = rate * np.maximum", "considered = 2.0 * rate * np.maximum"),
    "compiled/loops.py": ("layers[d, cell] += weight", "layers[d, cell] -= weight"),
    "rules/adoption.py": ("return adoption + (built_in", "return adoption - (built_in"),
    "rules/choice.py": ("score = utility + noise_scale", "score = utility - noise_scale"),
    "model/decisions/states.py": ("inclination + p.cycle_shock_scale", "inclination - p.cycle_shock_scale"),
}

_PRINTS = """
import lockin_sim as ls, numpy as np
ds = ls.simulate(runs=2, seed=1, years=(2010, 2013), engine="fast", record=["vote_share", "installed"])
print(ls.__file__, repr([float(np.nansum(ds[n] * np.arange(1, ds[n].size + 1).reshape(ds[n].shape)))
      for n in ("installed", "vote_share", "switching_pull")]))
"""


def _printed(package, kept):
    """What a copy of the package computes, in a process of its own."""
    environment = {"PYTHONPATH": str(package.parent), "LOCKIN_CACHE": str(kept), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-c", _PRINTS]
    done = subprocess.run(
        command, env=environment, cwd=package.parent, capture_output=True, text=True, check=True, timeout=600
    )
    assert str(package) in done.stdout
    return done.stdout


@pytest.mark.slow
def test_a_mistake_planted_in_a_rule_reaches_compiled_code_and_no_stale_code_is_served(tmp_path):
    package, kept = tmp_path / "lockin_sim", tmp_path / "kept"
    shutil.copytree(Path(ls.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    sound = _printed(package, kept)
    assert _printed(package, kept) == sound
    for name, (right, wrong) in MISTAKES.items():
        text = (package / name).read_text()
        assert text.count(right) == 1, name
        (package / name).write_text(text.replace(right, wrong))
        assert _printed(package, kept) != sound, name
        (package / name).write_text(text)
    assert _printed(package, kept) == sound

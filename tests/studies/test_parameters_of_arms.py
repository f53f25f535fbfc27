"""Parameters belong to all arms of a comparison: an arm of its own physics is no policy."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from studies.toys import HOW, SUBSIDY, one_vendor

import lockin_sim as ls
from lockin_sim.cli import main
from lockin_sim.comparisons.by_group import breakdown, public_cost
from lockin_sim.studies.chain import MeasuredRuns

CAP = """name = "cap"
question = "What does a cap do?"
source = "test"
[[levers]]
lever = "diversification"
target = "EU"
from = 2011
share_cap = 0.5
"""
STICKY = CAP + "[parameters]\nswitching_cost = 4.0\n"
SMALL = {"runs": 2, "seed": 1, "years": (2010, 2013), "workers": 1}
TERMINAL = ["--runs", "2", "--years", "2010-2013", "--workers", "1"]

#: A policy that also changes the physics.
HEAVY = SUBSIDY.model_copy(update={"parameters": {"price_weight": 2.0}})
TOY = HOW | {"world": one_vendor()}
BASE = {key: value for key, value in HOW.items() if key != "baseline"} | {"baseline": HEAVY}

STUDIES = {
    "compare": partial(ls.compare, HEAVY, **TOY),
    "the baseline": partial(ls.compare, SUBSIDY, world=one_vendor(), **BASE),
    "groups": partial(breakdown, HEAVY, by="group", **TOY),
    "costs": partial(public_cost, HEAVY, outcomes=["retention"], **TOY),
    "chain": partial(ls.chain, baseline=HEAVY, **SMALL),
}


@pytest.mark.parametrize("study", STUDIES)
def test_an_arm_with_parameters_of_its_own_is_refused(study):
    with pytest.raises(ls.InputError) as refused:
        STUDIES[study]()
    message = str(refused.value)
    assert message.startswith("scenario subsidy: parameters: found 'price_weight'; allowed: only levers ")
    assert "--parameter price_weight=2" in message
    assert "parameters={'price_weight': 2.0}" in message
    assert "a sweep" in message


def test_a_scenario_alone_may_set_parameters():
    assert ls.simulate(HEAVY, world=one_vendor(), runs=1, years=(0, 2)).parameter_price_weight == 2.0


def test_the_terminal_refuses_the_same_and_takes_parameters_for_all(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("sticky.toml").write_text(STICKY)
    Path("cap.toml").write_text(CAP)
    assert main(["compare", "sticky.toml", *TERMINAL]) == 2
    assert "--parameter switching_cost=4" in capsys.readouterr().err
    assert not list(tmp_path.glob("results*"))
    assert main(["run", "sticky.toml", *TERMINAL, "--out", "alone.csv"]) == 0
    assert main(["run", "cap.toml", *TERMINAL, "--out", "given.csv", "--parameter", "switching_cost=4"]) == 0
    assert Path("alone.csv").read_text() == Path("given.csv").read_text()


def test_parameters_by_year_act_on_all_arms_and_are_kept():
    """The price is felt from year 8 on, by one weight and then by another."""
    felt = ls.Parameters.neutral(price_weight={0: 0.0, 8: 1.0, 10: 2.0})  # type: ignore[arg-type]
    found = ls.compare([SUBSIDY], world=one_vendor(), maps=False, **HOW | {"parameters": felt})
    assert json.loads(found.attrs["parameters"])["price_weight"] == {"0": 0.0, "8": 1.0, "10": 2.0}
    assert found.attrs["price_weight"] == 2.0
    moved = found.effect.sel(scenario="subsidy", outcome="surplus").values
    plain = ls.compare([SUBSIDY], world=one_vendor(), maps=False, **HOW)
    usual = plain.effect.sel(scenario="subsidy", outcome="surplus").values
    weight = np.array([0.0] * 8 + [1.0] * 2 + [2.0] * 3)
    np.testing.assert_allclose(moved, weight * usual)
    assert usual[-1] > 0.1


def test_the_weight_of_forums_by_year_is_that_of_its_years_in_a_chain():
    by_year = {"forum_weight": {2011: 0.4, 2013: 0.8}}
    ds = ls.simulate(parameters=by_year, runs=1, years=(2010, 2013))
    scene = MeasuredRuns(ds, ls.load_world(), ("world",), tuple(ls.load_world().domains))
    forums = np.isnan([body.bindingness for body in scene.world.bodies])
    assert forums.any()
    only = np.broadcast_to(forums[:, None] * 1.0, (1, len(forums), 4))
    others = np.nansum([body.bindingness for body in scene.world.bodies])
    weight = np.array([0.0, 0.4, 0.4, 0.8]) * forums.sum()
    np.testing.assert_allclose(scene.together(only)[0, 0], weight / (weight + others))

"""The exit plan: costs known by hand, the same offers as in ``explain``, the same runs as in ``simulate``."""

import csv
import dataclasses
import re

import numpy as np
import pytest
import xarray as xr

import lockin_sim as ls
from lockin_sim.common.errors import InputError
from lockin_sim.common.netcdf import read_dataset
from lockin_sim.common.statistics import estimate_interval
from lockin_sim.engine import Batch
from lockin_sim.engine.hypothetical_offers import HypotheticalOffers
from lockin_sim.engine.schedule import simulate_year
from lockin_sim.model import decisions
from lockin_sim.model.decisions import purchases
from lockin_sim.pages.exit_page import (
    compose_exit_answer,
    render_exit_page,
    write_exit_page,
)
from lockin_sim.pages.recorded_suppliers import describe_held_out, describe_recorded_suppliers
from lockin_sim.rules import choice
from lockin_sim.settings.ensemble import assign_draws, extract_parameter_values
from lockin_sim.studies.exit_plan import _postpone_levers, _resolve_plan_year, compute_exit_plans
from lockin_sim.studies.exit_results import ExitPlan
from tests.worlds import rich_world

NONE = ls.Scenario.none()


def posterior(**values):
    """Draws of some parameters, all equally likely."""
    length = len(next(iter(values.values())))
    numbers = {
        "parameter_value": (("parameter", "draw"), list(values.values())),
        "weight": ("draw", np.ones(length)),
    }
    return xr.Dataset(numbers, coords={"parameter": list(values)})


RICH = rich_world(3)
HOW = {
    "world": RICH,
    "baseline": NONE,
    "posterior": posterior(switching_cost=[2.0, 4.0, 6.0], noise_scale=[0.8, 1.0, 1.2]),
    "runs": 3,
    "seed": 5,
    "workers": 1,
}


@pytest.fixture(scope="module")
def found():
    return ls.exit_plan("C4", leaving="S1", year=2017, policies=[], **HOW)


def test_what_policies_move_has_an_interval_over_draws():
    """Ten draws of three values know three, whatever chance adds."""
    ds = ls.exit_plan("C4", leaving="S1", year=2017, policies=[], **HOW | {"runs": 10})
    plan = ExitPlan(ds)
    weight = HOW["posterior"]["weight"].values
    np.testing.assert_array_equal(plan.position, assign_draws(weight, 10, seed=5))
    domain = next(d for d in plan.layers if plan.left(d, 0, plan.last).std() > 0)
    wanted = estimate_interval(plan.left(domain, 0, plan.last), plan.position)[:3]
    operators = all(b.kind == "operator" for b in plan.buyers if b.domain == domain)
    np.testing.assert_allclose(
        plan.moves(domain, 0, plan.last), np.clip(wanted, 0, 100) if operators else wanted
    )


def test_a_buyer_of_two_offers_loses_what_logit_says():
    """A buyer with two offers, one to be left: by hand."""
    offers, gone = np.array([[1.0, -0.5]]), np.array([True, False])
    left = decisions.compute_leaving_effects(
        offers, np.array([[0.0, -2.0]]), 0.0, gone, np.array([[3.0]]), np.array([[1.0]])
    )
    loss = np.log(np.exp(1.0) + np.exp(-0.5)) + 0.5
    assert left.loss.item() == pytest.approx(loss)
    assert left.rebate.item() == pytest.approx(1 - np.exp(-loss / 3))
    assert left.without_switching.item() == pytest.approx(
        1 - np.exp(-(np.log(np.exp(1) + np.exp(1.5)) - 1.5) / 3)
    )
    assert left.chance.item() == pytest.approx(np.exp(-0.5) / (np.exp(1.0) + np.exp(-0.5)))


def test_the_rebate_makes_up_for_what_is_lost():
    """With all other prices lower by it, the price term of an offer gives the choice its worth back."""
    rng = np.random.default_rng(1)
    offers, gone = rng.normal(size=(50, 6)), np.arange(6) < 2
    noise, weight = rng.uniform(0.3, 2, (50, 1)), rng.uniform(1, 6, (50, 1))
    left = decisions.compute_leaving_effects(offers, 0.0, 0.0, gone, weight, noise)
    cheaper = np.where(gone, -np.inf, offers - weight * np.log(1 - left.rebate))
    worth, after = (choice.logit(each, noise_scale=noise)[1] for each in (offers, cheaper))
    np.testing.assert_allclose(after, worth)
    np.testing.assert_allclose(left.loss, -noise * np.log(left.chance))


def test_nobody_else_to_buy_from_has_no_measure_and_nobody_to_leave_costs_nothing():
    offers, one = np.zeros((1, 2)), np.ones((1, 1))
    assert np.isnan(
        decisions.compute_leaving_effects(offers, 0.0, 0.0, np.array([True, True]), one, one).rebate
    ).all()
    assert (
        decisions.compute_leaving_effects(offers, 0.0, 0.0, np.array([False, False]), one, one).rebate.item()
        == 0.0
    )


def test_costs_of_a_toy_by_hand():
    """One lot worth 1 USD bn a year, contracts of ten years: switching costs 2 at a price weight of 1."""
    world = ls.toy_world(2, 2, lifetime=10, installed=np.array([[[1.0, 0.0]], [[0.0, 1.0]]]))
    neutral = ls.Parameters.neutral(switching_cost=2.0, price_weight=1.0)
    ds = ls.exit_plan(
        world.countries[0], leaving="vendor_0", year=1, policies=[], world=world, baseline=NONE, runs=2,
        parameters=neutral, posterior=None, seed=1, workers=1,
    )  # fmt: skip
    rebate = 1 - np.exp(-(np.log(1 + np.exp(-2)) + 2))
    at = ds.isel(buyer=0)
    np.testing.assert_allclose(at["rebate"].sel(moment="renewal"), rebate)
    np.testing.assert_allclose(at["without_switching"].sel(moment="renewal"), 0.5)
    np.testing.assert_allclose(at["cost"].sel(moment="renewal"), 10 * rebate)
    np.testing.assert_allclose(at["cost"].sel(moment="now"), 10 + 10 * rebate)
    assert np.isnan(at["cost"].sel(moment="generation")).all()  # none follows


def test_a_rule_of_switching_that_changes_is_followed_by_plans_and_explanations(monkeypatch):
    """Twice the part of a cost that is carried over is as twice the domain's cost, wherever it counts."""

    def asked(world):
        """The plans of all buyers, and why users chose."""
        where = {"country": "C4", "domain": "phones", "year": 2013}
        why = ls.explain(NONE, world=world, seed=5, runs=0, **where)
        return ls.exit_plan("C4", leaving="S1", year=2017, policies=[], **HOW | {"world": world}), why.data

    usual = asked(RICH)
    wanted = asked(dataclasses.replace(RICH, relative_switching=2 * RICH.relative_switching))
    carried = decisions.compute_carry_over
    for place in (decisions, purchases):
        monkeypatch.setattr(place, "compute_carry_over", lambda *given: 2.0 * carried(*given))
    found = asked(RICH)
    for one, other, before in zip(found, wanted, usual, strict=True):
        xr.testing.assert_equal(one, other)
        assert not one.equals(before)


def test_a_parameter_that_is_named_is_not_drawn_even_at_its_declared_value():
    asks = HOW | {"parameters": {"switching_cost": ls.Parameters().switching_cost}, "runs": 2, "policies": []}
    low, high = (
        ls.exit_plan(
            "C4", leaving="S1", **asks | {"posterior": posterior(switching_cost=[cost], noise_scale=[1.0])}
        )
        for cost in (2.0, 9.0)
    )
    xr.testing.assert_equal(low, high)


UNFINANCED = ls.Parameters(financed_share=0.0)


@pytest.fixture(scope="module")
def batch():
    """A run of the rich world at the end of 2016, without loans, for which ``explain`` does not ask."""
    batch = Batch(RICH, NONE, UNFINANCED, seed=5, runs=[0], years=(2010, 2030), record=frozenset())
    for year in range(2011, 2017):
        simulate_year(batch, year)
    return batch


def told(country, domain):
    how = {"world": RICH, "parameters": UNFINANCED, "seed": 5, "runs": 0}
    return ls.explain(NONE, country=country, domain=domain, year=2017, **how).data


def same_offers(seen, data, domain):
    """Whether offers of one row have the utilities that ``explain`` tells."""
    d = RICH.domains.index(domain)
    for vendor, utility in zip(data["vendor"].values, data["utility"].values, strict=True):
        slot = int(np.flatnonzero(RICH.slot_vendor[d] == RICH.vendors.index(vendor))[0])
        assert seen.offers[0, slot] == pytest.approx(utility, abs=1e-9)


@pytest.mark.parametrize("domain", ["radio", "cameras"])
def test_a_lot_is_offered_what_explain_says(batch, domain):
    data, d = told("C2", domain), RICH.domains.index(domain)
    assert data.attrs["up"] == 0
    mine = np.flatnonzero((RICH.lots.domain == d) & (RICH.lots.country == 2))
    lot = mine[RICH.lots.weight[mine].argmax(keepdims=True)]
    had = batch.state.incumbent[0, lot]
    same_offers(HypotheticalOffers(batch, 2017).lots(np.array([0]), lot, had, freed=False), data, domain)


def test_a_cable_is_offered_what_explain_says(batch):
    where = next(i for i, c in enumerate(RICH.countries) if told(c, "cables").attrs["up"] == 0)
    same_offers(
        HypotheticalOffers(batch, 2017).landing(where), told(RICH.countries[where], "cables"), "cables"
    )


def test_users_leave_as_often_as_explain_says(batch):
    data, d = told("C1", "phones"), RICH.domains.index("phones")
    largest = int(np.flatnonzero(RICH.slot_vendor[d] == RICH.vendors.index(data.attrs["largest"]))[0])
    seen = HypotheticalOffers(batch, 2017).users(d, 1, largest)
    gone = np.arange(RICH.shape[2]) == largest
    left = decisions.compute_leaving_effects(
        seen.offers, seen.switching, seen.benefit, gone, seen.price_weight, seen.noise
    )
    elsewhere = data["goes_to"].where(data["vendor"] != data.attrs["largest"], 0.0).sum()
    assert left.chance.item() == pytest.approx(float(elsewhere), abs=1e-9)
    assert 0 < left.chance.item() < 1


def test_the_baseline_goes_on_as_if_nobody_had_looked(found):
    """What is held in the plan's year and after is, bit for bit, that of ``simulate``."""
    values = extract_parameter_values(
        HOW["posterior"], assign_draws(HOW["posterior"]["weight"].values, 3, seed=5)
    )
    last = int(found["year"][-1])
    how = {"world": RICH, "parameters": values, "runs": 3, "seed": 5, "years": (2010, last)}
    ds = ls.simulate(NONE, record=("incumbent", "installed"), **how)
    theirs = np.array([v in found.attrs["gone"].split("; ") for v in (*RICH.vendors, "")])
    for n, label in enumerate(found["buyer"].values):
        domain, kind = str(found["domain_of"].values[n]), str(found["kind"].values[n])
        if kind == "operator":
            at = (ds["lot_country"] == "C4") & (ds["lot_domain"] == domain)
            place = [str(b) for b in found["buyer"].values if str(b).startswith(f"{domain}/")].index(label)
            held = theirs[ds["incumbent"].isel(lot=at.values).values[..., place]] * float(found["weight"][n])
        else:
            base = ds["installed"].sel(country="C4", domain=domain)
            held = base.isel(vendor=np.flatnonzero(theirs[:-1])).sum("vendor").values
        np.testing.assert_allclose(
            found["held"].values[:, n], held[:, 2016 - 2010], atol=1e-12, err_msg=label
        )
        np.testing.assert_allclose(found["stays"].values[:, 0, n], held[:, 2017 - 2010 :], atol=1e-12)


def test_sums_and_bounds(found):
    now, later = (found.sel(moment=m) for m in ("now", "renewal"))
    np.testing.assert_allclose(now["cost"], later["cost"] + now["bought_again"])
    has = found["held"] > 1e-3
    assert 0 < float(has.mean()) < 1
    assert np.isfinite(found["cost"].sel(moment="generation")).any()
    assert float(found["could_lend"].sum()) > 0
    assert np.isnan(found["spending"].sel(moment="now").values[~has.values]).all()
    for name in ("rebate", "without_switching", "chance", "cut"):
        values = found[name].values[np.isfinite(found[name].values)]
        assert values.size, name
        assert -1e-12 < values.min() <= values.max() <= 1, name
    assert (now["chance"].values[has.values] == 0).all()


def test_the_compiled_engine_gives_the_same_plan():
    pytest.importorskip("numba", reason="the extra fast is not installed")
    plans, how = [], HOW | {"world": rich_world(3, vendors=11, sponsors=7)}
    for engine in ("core", "fast"):
        with ls.running(engine=engine):
            plans.append(ls.exit_plan("C4", leaving="S1", year=2017, policies=[], **how))
    core, fast = plans
    assert (core.attrs["engine"], fast.attrs["engine"]) == ("core", "fast")
    for name, values in core.data_vars.items():
        np.testing.assert_allclose(fast[name], values, rtol=1e-12, atol=1e-12, equal_nan=True, err_msg=name)


def test_what_is_owed_to_lenders_is_what_is_owed_to_their_sponsors(found):
    debt = found["debt"]
    assert float(debt.sum()) > 0
    of = found["owed"].groupby("lender_of").sum().reindex(lender_of=debt["sponsor"].values, fill_value=0.0)
    np.testing.assert_allclose(of.values, debt.values, atol=1e-9)
    due = found["due_to_lender"].groupby("lender_of").sum()
    due = due.reindex(lender_of=debt["sponsor"].values, fill_value=0.0).transpose("draw", "year", "lender_of")
    np.testing.assert_allclose(due.values, found["due_to_sponsor"].values, atol=1e-9)
    paid_off = found["owed_until"] <= found["year"][-1]
    in_time = found["due_to_lender"].sum("year").where(paid_off)
    np.testing.assert_allclose(in_time, found["owed"].where(paid_off), atol=1e-9)


def test_what_is_kept_in_a_store_is_not_computed_again(found, tmp_path):
    asks = {"country": "C4", "leaving": "S1", "year": 2017, "policies": [], "chunk": 2} | HOW
    with ls.running(store=tmp_path / "store"):
        ls.exit_plan(**asks)
    kept = tmp_path / "store" / "study_1"
    next(kept.glob("000001-*.npz")).unlink()  # as if it had been interrupted
    done = []
    with ls.running(store=tmp_path / "store", resume=True):
        again = ls.exit_plan(**asks, progress=done.append)
    xr.testing.assert_identical(found, again)
    assert done == [1]
    with ls.running(store=tmp_path / "store", resume=True), pytest.raises(InputError, match="question"):
        ls.exit_plan(**(asks | {"leaving": "S0"}))


def test_plans_that_share_their_runs_are_those_of_each_economy_alone(found):
    asks = {"leaving": "S1", "year": 2017, "policies": []} | HOW
    together = {ds.attrs["country"]: ds for ds in compute_exit_plans(["C2", "C4"], **asks)}
    for place, alone in (("C2", ls.exit_plan("C2", **asks)), ("C4", found)):
        xr.testing.assert_identical(together[place], alone)
    with pytest.raises(InputError, match="the same leaving= and policies="):
        compute_exit_plans(["C2", "C4"], leaving="S1", **HOW)


def test_an_economy_is_followed_to_its_own_last_year(found, monkeypatch):
    """Whatever is followed later of others is not in its plan."""
    ends = {RICH.countries.index("C2"): int(found["year"][-1]), RICH.countries.index("C4"): 2020}
    monkeypatch.setattr(
        "lockin_sim.studies.exit_plan._compute_last_year", lambda world, country, year: ends[country]
    )
    asks = {"leaving": "S1", "year": 2017, "policies": []} | HOW
    short = {ds.attrs["country"]: ds for ds in compute_exit_plans(["C2", "C4"], **asks)}["C4"]
    assert short["year"].values.tolist() == [2017, 2018, 2019, 2020]
    late = found["generation_year"] > 2020
    assert late.any()
    assert np.isnan(short["cost"].sel(moment="generation").where(late)).all()


def test_known_suppliers_run_their_lots_in_every_draw():
    operator = next(o for o, c in zip(RICH.lots.operator, RICH.lots.country, strict=True) if c == 2)
    name = RICH.lots.operators[operator]
    lot = int(np.flatnonzero(RICH.lots.operator == operator)[0])
    slots = RICH.slot_vendor[RICH.lots.domain[lot]]
    vendor = RICH.vendors[int(slots[slots >= 0][0])]
    ds = ls.exit_plan("C2", leaving=vendor, year=2017, suppliers={name: vendor}, policies=[], **HOW)
    mine = ds.isel(buyer=np.flatnonzero(ds["operator"].values == name))
    np.testing.assert_allclose(mine["held"], np.broadcast_to(mine["weight"], mine["held"].shape))
    assert f"{name}={vendor}" in render_exit_page(ds)


def test_a_plan_begins_after_the_present_if_no_year_is_wanted(real_world):
    assert [_resolve_plan_year(world, None) for world in (real_world, RICH)] == [
        real_world.present + 1, max(RICH.present, RICH.first_year) + 1
    ]  # fmt: skip


def test_policies_begin_with_the_plan():
    early = NONE.with_lever("interoperability", "radio", from_=2011, to=2013, openness=0.9)
    (use,) = _postpone_levers(early, 2017).levers
    assert (use.from_, use.to) == (2017, 2019)
    ds = ls.exit_plan(
        "C2", leaving="S0", year=2017, policies=[early.model_copy(update={"title": "Open"})], **HOW
    )
    assert ds["scenario"].values.tolist() == ["No policy", "Open"]


def test_the_page_says_what_the_numbers_say(found, tmp_path):
    text = write_exit_page(found, tmp_path / "plan").read_text(encoding="utf-8")
    shown = re.sub(r"<(style|script).*?</\1>", "", text, flags=re.DOTALL)
    assert not re.search(r"\bnan\b|\binf\b|None", shown)
    assert not re.search(r"(src|href)=\"(?!#|data:)", text)  # nothing from elsewhere
    plan = ExitPlan(found)
    (at,) = [b for b in plan.buyers if b.label == plan.at_stake[0].label]
    with (tmp_path / "plan" / "exit.csv").open(encoding="utf-8", newline="") as file:
        row = next(r for r in csv.DictReader(file) if r["buyer"] == at.label)
    assert float(row["cost_now"]) == pytest.approx(found["cost"].sel(moment="now")[:, at.at].mean().item())
    assert re.search(
        r"(lose|gain)s? \d+ % .*\(95 % interval of the mean: \S+ to \S+\)\.", compose_exit_answer(plan)[-1]
    )
    assert re.search(r"costs \S+\s% \(\S+ to \S+\) of one year's output", compose_exit_answer(plan)[-2])
    kept = read_dataset(tmp_path / "plan" / "exit.nc")
    np.testing.assert_array_equal(kept["cost"], found["cost"])


def test_records_kept_aside_are_said_to_be(real_world):
    said = {code: describe_held_out(code) for code in real_world.countries}
    in_record = set(ls.records("surveillance")["iso3"].tolist())
    assert "records of Poland are kept aside" in said["POL"]
    assert [code for code in in_record if said.get(code)] == []
    assert not any(describe_recorded_suppliers("POL").values())
    assert describe_recorded_suppliers("KEN")


def test_why_buyers_stay_is_the_mean_of_their_rebates(found):
    plan = ExitPlan(found)
    at = found.sel(moment="renewal").isel(buyer=[b.at for b in plan.state])
    spent = at["spending"].where(at["held"] > 1e-3, 0.0)
    expected = (spent * at["rebate"].fillna(0.0)).sum("buyer") / spent.sum("buyer")
    np.testing.assert_allclose(plan.weighted("rebate", plan.state, "renewal"), expected)

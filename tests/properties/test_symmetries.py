"""What may change nothing: the order of rows, the unit of money, the zero and the unit of utility."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from properties.worlds import CONDITION_AXES, WORLD_AXES, Case, cases, reordered

import lockin_sim as ls
from lockin_sim.common.conventions import NEVER
from lockin_sim.model.measures import VARIABLES
from lockin_sim.settings.parameters import Parameters, collect_declarations
from lockin_sim.studies.check import MONEY, double_money
from lockin_sim.world import Conditions, World

#: Parameters in units of utility: with the noise they are what a choice is made of.
UTILITY = (
    *("quality_weight", "price_weight", "home_preference", "network_weight", "own_network_weight"),
    *("stack_weight", "affinity_weight", "official_weight", "concern_weight", "sibling_pull"),
    *("switching_cost", "taste_country", "taste_operator", "noise_scale", "outside_level"),
    "outside_income_weight",
)
#: Variables in units of utility.
LOGSUMS = {name for name, variable in VARIABLES.items() if variable.unit == "utility"}
#: The smallest normal number: what is below has fewer digits, and other ones in another unit.
SMALLEST = float(np.finfo(float).tiny)


def simulated(case, runs=2, **changed):
    return case._replace(**changed).simulated(runs)


def assert_same_by_label(one, other):
    """Equal after putting the other's rows into the order of the one's; winners compared by name."""
    labels = {axis: one[axis] for axis in ("country", "domain", "vendor", "sponsor", "body", "standard")}
    other_names = np.append(other.vendor.values, "nobody")
    names = np.append(one.vendor.values, "nobody")
    other = other.assign(winner=other.winner.copy(data=other_names[other.winner.values])).sel(labels)
    np.testing.assert_array_equal(names[one.winner.values], other.winner.values)
    for name in set(one.data_vars) - {"winner", "incumbent", "generation", "unsound"}:
        np.testing.assert_allclose(
            one[name].values.astype(float), other[name].values.astype(float),
            rtol=1e-7, atol=1e-9, equal_nan=True, err_msg=str(name),
        )  # fmt: skip


def with_conditions(world, **arrays):
    return dataclasses.replace(world, conditions=dataclasses.replace(world.conditions, **arrays))


# --- order -----------------------------------------------------------------------------------------


def test_every_array_of_a_world_has_declared_axes():
    """A new field of a world must say how it is reordered; else these tests would pass it by."""
    plain = {"name", "countries", "domains", "vendors", "standards", "sponsors", "bodies", "first_year"}
    plain |= {"last_year", "facts_until", "influence", "conditions", "groups", "facts", "titles"}
    plain |= {"buyer", "lots", "routes", "lenders", "case", "contracts"}
    assert {f.name for f in dataclasses.fields(World)} == set(WORLD_AXES) | plain
    assert {f.name for f in dataclasses.fields(Conditions)} == set(CONDITION_AXES)


@st.composite
def orders(draw, world):
    d, c, v = world.shape

    def permutation(n):
        return draw(st.permutations(range(n)))

    return {
        "c": permutation(c) if world.routes is None else range(c),
        "d": permutation(d),
        "v": [permutation(v) for _ in range(d)],
        "vendors": permutation(len(world.vendors)),
        "h": permutation(len(world.sponsors)),
        "b": permutation(len(world.bodies)),
    }


@given(case=cases(longest=7), data=st.data())
@settings(max_examples=15)
def test_no_outcome_depends_on_the_order_of_rows_in_a_small_world(case, data):
    order = data.draw(orders(case.world))
    assert_same_by_label(simulated(case), simulated(case, world=reordered(case.world, **order)))


def test_no_outcome_depends_on_the_order_of_rows_in_the_real_world(real_world):
    rng = np.random.default_rng(3)
    d, _, v = real_world.shape
    shuffled = reordered(  # countries keep their order, along which landings are drawn
        real_world,
        d=rng.permutation(d),
        v=np.stack([rng.permutation(v) for _ in range(d)]),
        vendors=rng.permutation(len(real_world.vendors)),
        b=rng.permutation(len(real_world.bodies)),
    )
    case = Case(real_world, Parameters(), ls.load_scenario("baseline"), (2010, 2013), 8)
    assert_same_by_label(simulated(case), simulated(case, world=shuffled))


def test_renaming_a_country_gives_it_other_luck_and_no_one_else(real_world):
    """Labels key the draws: in the first year only the renamed row differs, but for cables, which land in
    several economies, and for a choice elsewhere that was all but a tie: totals of 2010 are met by all.
    Without loans: those of a lender share one envelope, and what the one borrows is lent to nobody else."""
    place = real_world.countries.index("KEN")
    renamed = dataclasses.replace(
        real_world, countries=tuple("XXX" if c == "KEN" else c for c in real_world.countries)
    )
    case = Case(real_world, Parameters(), ls.load_scenario("no_state_finance"), (2010, 2011), 8)
    one, other = (simulated(case, runs=6, world=w).winner.values[:, 1] for w in (real_world, renamed))
    alone = np.array([buyer != "project" for buyer in real_world.buyer])
    differs = (one != other)[..., alone].sum(axis=(0, 2))  # choices in six runs, by economy
    assert differs[place] > 1
    assert differs.sum() - differs[place] <= 1


# --- units -----------------------------------------------------------------------------------------


@given(case=cases(longest=8))
@settings(max_examples=12)
def test_counting_money_in_half_dollars_changes_no_share_in_a_small_world(case):
    without_money_levers = [use for use in case.scenario.levers if "envelope" not in use.settings]
    case = case._replace(scenario=case.scenario.model_copy(update={"levers": tuple(without_money_levers)}))
    assert_doubled(simulated(case), simulated(case, world=double_money(case.world)))


def test_counting_money_in_half_dollars_changes_no_share_in_the_real_world(real_world):
    case = Case(real_world, Parameters(), ls.load_scenario("baseline"), (2010, 2014), 8)
    assert_doubled(simulated(case), simulated(case, world=double_money(real_world)))


def assert_doubled(one, other):
    for name in one.data_vars:
        unit = 2.0 if name in MONEY else 1.0
        np.testing.assert_allclose(  # to the bit, but for numbers so small that they have lost digits
            unit * one[name].values, other[name].values, rtol=0, atol=SMALLEST, err_msg=str(name)
        )


@given(case=cases(longest=8, given=True, levers=False), factor=st.sampled_from((0.25, 2.0, 8.0)))
@settings(max_examples=12)
def test_scaling_all_weights_with_the_noise_changes_nothing_but_the_unit_of_surplus(case, factor):
    # a continuum of users is never of one mind: below that noise is not what was asked for
    assume(case.parameters.noise_scale >= 0.2 or "users" not in case.world.buyer)
    scaled = case.parameters.replace({name: factor * getattr(case.parameters, name) for name in UTILITY})
    world = with_conditions(case.world, place_utility=factor * case.world.conditions.place_utility)
    world = dataclasses.replace(world, length_slope=factor * world.length_slope)
    one, other = simulated(case), simulated(case, world=world, parameters=scaled)
    for name in one.data_vars:
        unit = factor if name in LOGSUMS else 1.0
        np.testing.assert_allclose(
            unit * one[name].values, other[name].values, rtol=1e-12, atol=1e-12, err_msg=str(name)
        )


def test_the_list_of_utility_parameters_is_complete():
    units = {name: declared.unit for name, declared in collect_declarations().items()}
    said = {name for name, unit in units.items() if unit.startswith("utility")} | {"quality_weight"}
    said |= {"home_preference", "own_network_weight"}  # of bonuses and pulls that are utilities
    said -= {"sponsor_quality", "sponsor_quality_trend", "quality_spread"}  # which quality_weight multiplies
    assert said == set(UTILITY)


@given(case=cases(longest=8, given=True), constant=st.sampled_from((-4.0, 0.5, 8.0)))
@settings(max_examples=12)
def test_a_constant_on_all_utilities_matters_only_against_the_outside_option(case, constant):
    """Quality all up by a constant, and the outside option too: nothing but the level of surplus changes."""
    weight = case.parameters.quality_weight
    better = with_conditions(case.world, quality_path=case.world.conditions.quality_path + constant)
    raised = case.parameters.replace({"outside_level": case.parameters.outside_level + weight * constant})
    one, other = simulated(case), simulated(case, world=better, parameters=raised)
    for name in set(one.data_vars) - LOGSUMS:
        before, after = (ds[name].values.astype(float) for ds in (one, other))
        np.testing.assert_allclose(before, after, rtol=1e-7, atol=1e-9, err_msg=str(name))


# --- options ---------------------------------------------------------------------------------------


@given(case=cases(longest=7, levers=False, given=True), data=st.data())
@settings(max_examples=12)
def test_removing_an_offer_that_nobody_takes_leaves_every_choice_as_it_was(case, data):
    """A vendor without a sponsor, a base or a chance (quality -1e9), against no such vendor."""
    world = case.world
    hopeless = np.zeros(world.slot_vendor.shape, dtype=bool)
    for domain, row in enumerate(world.slot_vendor):
        others = np.flatnonzero(row >= 0)[1:].tolist()
        if others:
            hopeless[domain, data.draw(st.sampled_from(others))] = True
    now = world.conditions
    there = dataclasses.replace(
        with_conditions(
            world,
            quality_path=np.where(hopeless, -1e9, now.quality_path),
            share_cap=np.ones_like(now.share_cap),
            restriction_order=np.minimum(now.restriction_order, 0),
            barrier=np.zeros_like(now.barrier),
        ),
        installed=np.where(hopeless[:, None], 0.0, world.installed),
        slot_sponsor=np.where(hopeless, len(world.sponsors), world.slot_sponsor),
    )
    gone = dataclasses.replace(there, slot_entry=np.where(hopeless, NEVER, world.slot_entry))
    parameters = case.parameters.replace({"quality_weight": 1.0, "catch_up_rate": 0.0})
    one, other = (simulated(case, world=w, parameters=parameters) for w in (there, gone))
    domain, slot = np.nonzero(hopeless)
    assume(not one.installed.values[..., domain, world.slot_vendor[domain, slot]].any())
    for name in ("winner", "installed", "restricted", "status", "debt"):
        np.testing.assert_array_equal(one[name].values, other[name].values, err_msg=name)


@pytest.mark.parametrize("seed", range(4))
def test_raising_the_quality_of_one_of_two_vendors_never_costs_it_a_market(seed):
    """Common luck makes runs comparable choice by choice, where switching and network effects bind."""
    rng = np.random.default_rng(seed)
    n, steps = 40, 12
    base = rng.dirichlet(np.ones(3), size=(n, 1))[..., :2]
    influence = rng.random((n, n)) / n
    parameters = Parameters.neutral(
        quality_weight=1.0, network_weight=3.0, switching_cost=1.5, noise_scale=float(rng.choice((0.0, 0.7)))
    )
    held = []
    for quality in (-0.5, 0.0, 0.3, 1.0):
        world = ls.toy_world(
            n, 2, lifetime=2, lots=2, installed=base, influence=influence, quality=np.array([quality, 0.0])
        )
        case = Case(world, parameters, ls.Scenario.none(), (0, steps), seed)
        held.append(simulated(case, runs=5).installed.values[..., 0])
    for worse, better in itertools.pairwise(held):
        assert (better >= worse - 1e-12).all()
    assert held[-1].sum() > held[0].sum()

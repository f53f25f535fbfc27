"""Do the parts of a world answer as they should: influence, memberships, entries, conditions, levers?"""

import copy
import dataclasses
import functools
import pickle
from collections.abc import Mapping

import numpy as np
import pytest
import scipy.sparse as sparse
from worlds import rich_world

import lockin_sim as ls
from lockin_sim.runs.provenance import compute_digest
from lockin_sim.world.conditions import RepeatedYears
from lockin_sim.world.markets import Influence, compute_gravity_weights
from lockin_sim.world.schema import read_table

BASE = np.array([[1.0, 0.0], [0.2, 0.8], [0.0, 0.4]])


def test_a_given_matrix_is_used_as_it_is():
    """Rows that do not sum to 1, and the diagonal: .5 of the own and twice the third's."""
    weights = np.array([[0.5, 0.0, 2.0], [0.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    for given in (weights, sparse.csr_array(weights), sparse.coo_matrix(weights)):
        influence = Influence(given, 3)
        np.testing.assert_allclose(influence.neighbours(BASE[None])[0], [[0.5, 0.8], [0.0, 0.0], [1.0, 0.0]])
        for country in range(3):
            row = np.asarray(influence.row(country, BASE)).reshape(-1)
            np.testing.assert_allclose(row, influence.neighbours(BASE[None])[0, country])


def test_a_country_alone_in_the_world_sees_nobody():
    np.testing.assert_array_equal(Influence("uniform", 1).neighbours(np.ones((1, 1, 2))), 0.0)


def test_gravity_weighs_partners_by_size_over_distance():
    """Three capitals at 0, 1 and 3 degrees: the first sees 2/1 of the second and 6/3 of the third."""
    weights = compute_gravity_weights(
        np.array([1.0, 2.0, 6.0]), np.zeros(3), np.array([0.0, 1.0, 3.0]), shortest=1.0
    )
    np.testing.assert_allclose(weights[0], [0.0, 0.5, 0.5])
    np.testing.assert_allclose(weights[1], [0.25, 0.0, 0.75])
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)


def test_conditions_are_held_after_the_last_year_known(real_world):
    """Qualities drift from the present on, and who has entered a market is known there in the end."""
    held = real_world.conditions.spanning(2010, 2050)
    assert held.years.tolist() == list(range(2010, 2051))
    events = read_table("events")
    entered = int(events["until"][events["kind"] == "entry"].max()) + 1
    barred = int(np.nanmax(read_table("market_barriers")["until"])) + 1
    later = {"quality_uncertain": real_world.present + 1, "place_utility": entered}
    later |= dict.fromkeys(("served", "home_part", "barrier"), barred)
    for name, values in held.arrays().items():
        if name != "years":
            assert len(values) == 41, name
            since = later.get(name, real_world.facts_until) - 2010
            np.testing.assert_array_equal(values[-1], values[since], err_msg=name)


@pytest.mark.filterwarnings("ignore:.*overrides.*:UserWarning")  # of which this is about
def test_levers_of_the_same_kind_add_up_or_override_as_they_say(real_world):
    """The later export finance holds; of two caps the tighter; efforts multiply and pressures add."""
    scenario = (
        ls.Scenario.none()
        .with_lever("export_finance", "EU", from_=2020, envelope=10.0)
        .with_lever("export_finance", "EU", from_=2025, envelope=30.0, rate=0.0)
        .with_lever("diversification", "KEN", from_=2020, share_cap=0.4)
        .with_lever("diversification", "Africa", from_=2020, share_cap=0.6)
        .with_lever("standards_effort", "EU", from_=2020, effort=2.0)
        .with_lever("standards_effort", "EU", from_=2020, effort=3.0)
        .with_lever("alliance_pressure", "EU", from_=2020, on="CHN", pressure=0.3)
        .with_lever("alliance_pressure", "DEU", from_=2020, on="CHN", pressure=0.2)
    )
    years = (2010, 2030)
    plain, changed = (s.conditions(real_world, years) for s in (ls.Scenario.none(), scenario))
    eu, china = real_world.sponsors.index("EU"), real_world.sponsors.index("CHN")
    kenya, egypt, germany = (real_world.countries.index(c) for c in ("KEN", "EGY", "DEU"))
    lends = real_world.lenders.sponsor == eu
    np.testing.assert_allclose(changed.envelope[[10, 14, 15, 20]][:, lends].sum(axis=1), [10, 10, 30, 30])
    np.testing.assert_array_equal(changed.loan_rate[14, lends], plain.loan_rate[14, lends])
    assert (changed.loan_rate[15, lends] == 0.0).all()
    assert (changed.share_cap[15, :, kenya] == np.where(real_world.sensitive, 0.4, 1.0)).all()
    assert (changed.share_cap[15, :, egypt] == np.where(real_world.sensitive, 0.6, 1.0)).all()
    np.testing.assert_allclose(changed.effort[15, eu], 6 * plain.effort[15, eu])
    assert changed.pressure[15, germany, china] == pytest.approx(0.5)


def more_support(scenario, world):
    """Offers that states support more than on record in 2025.  (domain, vendor)."""
    given, plain = (
        s.conditions(world, (2010, 2030)).state_support[15] for s in (scenario, ls.Scenario.none())
    )
    return given > plain


def test_targets_may_be_a_vendor_in_one_domain_or_all_vendors_of_a_sponsor(real_world):
    def subsidised(target):
        scenario = ls.Scenario.none().with_lever("state_support", target, from_=2020, share=0.2)
        return more_support(scenario, real_world)

    huawei = real_world.slot_vendor == real_world.vendors.index("huawei")
    mobile = np.array([d == "mobile_network" for d in real_world.domains])
    np.testing.assert_array_equal(subsidised("huawei"), huawei)
    np.testing.assert_array_equal(subsidised("huawei/mobile_network"), huawei & mobile[:, None])
    chinese = (real_world.slot_sponsor == real_world.sponsors.index("CHN")) & (real_world.slot_vendor >= 0)
    np.testing.assert_array_equal(subsidised("sponsor:CHN"), chinese)


def test_the_first_year_meets_the_reported_shares_of_the_base_on_average(real_world):
    """Who was first is drawn for each run; the mean of 48 runs lies within chance of what is on record."""
    runs = 48
    ds = ls.simulate(ls.Scenario.none(), runs=runs, years=(2010, 2011))
    for kind in ("operator", "users"):
        for d in real_world.bought_by(kind):
            reported, used = real_world.facts["base_share"][d], real_world.slot_vendor[d] >= 0
            names = [real_world.vendors[v] for v in real_world.slot_vendor[d][used]]
            domain = real_world.domains[d]
            found = ds.vendor_share.sel(year=2010, domain=domain, vendor=names).values
            half = 5 * found.std(axis=0, ddof=1) / np.sqrt(runs) + 0.005
            gap = np.abs(found.mean(axis=0) - reported[used] / reported.sum())
            assert (gap < half).all(), (domain, gap, half)


def test_a_large_world_has_fewer_runs_together():
    from lockin_sim.runs.simulation import BATCH, OF_OFFER, TOGETHER, runs_together

    assert runs_together(ls.load_world()) == runs_together(ls.load_world(), "fast") == BATCH
    large = ls.toy_world(n_countries=1_000, n_vendors=10, lots=50)
    offers = (1_000 + 50_000) * 10
    assert runs_together(large) == TOGETHER // (OF_OFFER * offers) < BATCH
    assert runs_together(ls.toy_world(n_countries=20_000, n_vendors=10, lots=50)) == 1


def test_few_tastes_of_many_lots_say_as_much(monkeypatch):
    from lockin_sim.model import start

    world = ls.load_world()
    whole = start.constants(world)
    monkeypatch.setattr(start, "OF_LOTS", 16 * len(world.lots))  # a quarter of those of each lot
    few = start._raked(world)
    for d in world.bought_by("operator"):
        sold = np.isfinite(whole[d])
        assert (np.isfinite(few[d]) == sold).all()
        apart = np.abs(few[d][sold] - whole[d][sold])
        assert 0 < np.mean(apart) < 0.2  # utility units, of which tastes have a standard deviation of one


def test_arrays_have_the_kind_that_their_field_says():
    """Years written without a point are floats; places in four bytes are as all others."""
    world = ls.toy_world(3, 2, 2, buyer="operator")
    lots = dataclasses.replace(world.lots, country=world.lots.country.astype(np.int32))
    now = dataclasses.replace(world.conditions, tenor=world.conditions.tenor.round().astype(int))
    other = dataclasses.replace(world, lifetime=np.full(len(world.domains), 7), lots=lots, conditions=now)
    assert other.lifetime.dtype == other.conditions.tenor.dtype == np.float64
    assert other.lots.country.dtype == np.intp
    assert other.sensitive.dtype == bool
    assert dataclasses.replace(world).stack is world.stack  # what is right is not copied


# --- a world that studies share ---


COPIES = {
    "itself": lambda world: world,
    "pickled": lambda world: pickle.loads(pickle.dumps(world)),
    "copied": copy.copy,
    "copied in depth": copy.deepcopy,
    "replaced": dataclasses.replace,
}


def arrays(thing, name="world"):
    """All arrays of a thing, with where they are: fields, what was derived from them, and their parts."""
    if isinstance(thing, np.ndarray):
        yield name, thing
    elif sparse.issparse(thing):
        yield from arrays((thing.data, thing.indices, thing.indptr), name)
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            yield from arrays(value, f"{name}[{key}]")
    elif isinstance(thing, list | tuple):
        for place, value in enumerate(thing):
            yield from arrays(value, f"{name}[{place}]")
    elif hasattr(thing, "__dict__"):
        yield from arrays(vars(thing), name)


@pytest.mark.parametrize("kind", COPIES)
def test_no_array_of_a_world_can_be_written_to(real_world, kind):
    ls.simulate(runs=1, years=(2010, 2012))  # so that all is derived that a run derives
    world = COPIES[kind](real_world)
    found = dict(arrays(world))
    assert len(found) > 100
    assert [name for name, values in found.items() if values.flags.writeable] == []
    assert not world.families(2020).flags.writeable
    assert not world.conditions.spanning(2010, 2060).gdp.flags.writeable
    assert compute_digest(world) == compute_digest(real_world)


def test_digests_tell_functions_with_other_arguments_apart():
    made = [
        functools.partial(np.sum, axis=0),
        functools.partial(np.sum, axis=1),
        functools.partial(np.mean, axis=0),
    ]
    made += [functools.partial(np.sum, 0), functools.partial(np.sum, axis=0)]
    found = [compute_digest(each) for each in made]
    assert found[0] == found[4]
    assert len(set(found)) == 4


def test_no_dict_of_a_world_can_be_written_to(real_world):
    for held in (real_world.facts, real_world.groups, real_world.titles, copy.deepcopy(real_world).facts):
        for change in (
            lambda held=held: held.update(x=1),
            lambda held=held: held.__setitem__("x", 1),
            lambda held=held: held.pop(next(iter(held))),
            held.clear,
        ):
            with pytest.raises(TypeError, match="a world is read-only"):
                change()
    assert (real_world.facts | {"x": 1})["x"] == 1


def test_a_toy_world_keeps_copies_of_what_it_is_given():
    shape = (3, 1, 2)
    given = {
        "taste": np.zeros(shape), "installed": np.full(shape, 0.5), "quality": np.zeros(2),
        "calendar": np.ones((2, 3, 1), dtype=bool), "influence": np.full((3, 3), 0.2),
    }  # fmt: skip
    thin = sparse.csr_array(np.full((3, 3), 0.2))
    worlds = [ls.toy_world(3, 2, **given), ls.toy_world(3, 2, influence=thin)]
    before = [compute_digest(world) for world in worlds]
    for values in (*given.values(), thin.data):
        values[...] = 1
    assert [compute_digest(world) for world in worlds] == before
    assert all(not values.flags.writeable for world in worlds for _, values in arrays(world))


def test_parameters_keep_copies_of_what_they_are_given():
    given = np.array([1.0, 2.0])
    parameters = ls.Parameters(switching_cost=given)
    given[:] = 9.0
    np.testing.assert_array_equal(parameters.switching_cost, [1.0, 2.0])
    with pytest.raises(ValueError, match="read-only"):
        parameters.switching_cost[0] = 2000.0  # type: ignore[index]


def test_a_store_is_not_resumed_with_a_world_that_was_changed_by_force(tmp_path):
    world = ls.toy_world(4, 3)
    asked = {
        "design": ls.design.table({"switching_cost": [1.0, 2.0]}), "scenario": ls.Scenario.none(),
        "world": world, "outcomes": ("retention",), "years": (2,), "runs": 1, "out": tmp_path / "s.zarr",
    }  # fmt: skip
    ls.sweep(**asked)
    world.home_bonus.flags.writeable = True
    world.home_bonus[:] = 3.0
    with pytest.raises(ls.InputError, match=r"cannot be resumed.*: world"):
        ls.sweep(**asked, resume=True)


@pytest.mark.parametrize("domain", ["radio", "phones"])
def test_every_engine_says_the_same_of_numbers_that_are_none(domain):
    shape = {"vendors": 11, "sponsors": 7}  # as many as the real world has: its compiled code serves
    world = rich_world(3, domains=(domain,), initial_cost=np.full((1, 11), np.nan), **shape)
    said = []
    for engine in ("core", "fast", "mesa"):
        with pytest.warns(UserWarning, match="2 of 2 runs have numbers that are not finite") as caught:
            ls.simulate(ls.Scenario.none(), world=world, runs=2, years=(2010, 2013), engine=engine)
        said.append([str(each.message) for each in caught])
    assert said[0] == said[1] == said[2]
    assert len(said[0]) == 1


def test_a_digest_does_not_depend_on_whether_years_that_repeat_are_kept_once(real_world):
    kept = real_world.conditions
    assert any(isinstance(each, RepeatedYears) for each in kept.kept().values())
    whole = dataclasses.replace(kept, **kept.arrays())
    assert not any(isinstance(each, RepeatedYears) for each in whole.kept().values())
    assert compute_digest(whole) == compute_digest(kept) == compute_digest(whole.compact())

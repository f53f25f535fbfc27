"""Do the two engines, written apart, give the same trajectory for the same world, scenario, seed and run?"""

import copy
import dataclasses
from functools import cache

import numpy as np
import pytest
import scipy.sparse as sparse
from equivalence.agreement import EVERYTHING, SEED, assert_same, drawn_parameters, series
from worlds import (
    BUYERS,
    FIRST,
    halves_off,
    history_on_record,
    rich_world,
    with_contracts,
    with_facts,
    with_leads,
    without_lenders,
    without_lots,
)

import lockin_sim as ls
from lockin_sim.common.draws import History
from lockin_sim.engine import Batch, Engine
from lockin_sim.rules.voting import PROCEDURES
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world.toy import BUYERS as KINDS

RUNS, YEARS = 3, (2010, 2050)

#: Blocs that work together little, a body that loses a domain, and protocols that nobody has in the baseline.
APART = (
    ls.Scenario.none()
    .with_lever("decoupling", ["CHN", "RUS"], from_=2026, compatibility=0.2, name="apart")
    .with_lever("venue", "internet_protocol", from_=2026, leaves="IETF", enters="ITU")
    .with_lever("service", "china_rules/internet_protocol", from_=2026, mode="open")
)

#: The baseline, and policies that bring other mechanisms to life than it does.
COMPARED = {"baseline": "baseline", "eu_package": "eu_package", "apart": APART}


@cache
def engine_runs(scenario):
    """Some runs of the real world together."""
    return series(ls.load_world(), ls.load_scenario(COMPARED[scenario]), Parameters(), range(RUNS), YEARS)


@pytest.mark.slow
@pytest.mark.parametrize("run", range(RUNS))
@pytest.mark.parametrize("scenario", COMPARED)
def test_engines_agree_on_every_variable_of_the_real_world(scenario, run):
    model = ls.LockInModel(COMPARED[scenario], seed=SEED, run=run, years=YEARS, record=EVERYTHING)
    model.run_to_end()
    assert_same(model.series(), {name: values[run] for name, values in engine_runs(scenario).items()})


def simulated(engine, world, parameters, *, years, runs=2, seed=5, scenario=None):
    how = {"parameters": parameters, "runs": runs, "seed": seed, "years": years, "record": sorted(EVERYTHING)}
    dataset = ls.simulate(scenario or ls.Scenario.none(), world=world, engine=engine, **how)
    return {str(name): variable.values for name, variable in dataset.data_vars.items()}


def assert_engines_agree(world, parameters, **given):
    """The same numbers from both; returns those of the vectorised engine."""
    core = simulated("core", world, parameters, **given)  # type: ignore[arg-type]
    assert_same(simulated("mesa", world, parameters, **given), core)  # type: ignore[arg-type]
    return core


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 6))])
def test_engines_agree_in_rich_worlds_at_any_setting(seed):
    procedures = tuple(np.random.default_rng(seed).permutation(sorted(PROCEDURES))[:2].tolist())
    world = rich_world(seed, recorded=bool(seed % 3), procedures=procedures)
    core = assert_engines_agree(world, drawn_parameters(seed), years=(FIRST, FIRST + 14), seed=seed)
    # each kind of buyer buys, somebody lends, somebody restricts: no mechanism agrees by silence
    assert (core["contracts"][:, 1:, [world.domains.index("radio"), world.domains.index("phones")]] > 0).any()
    assert (core["restricted"] > 0).any()
    assert np.isfinite(core["vote_share"]).any()


@pytest.mark.parametrize("seed", [1, 4])
def test_engines_agree_where_vendors_lead_in_generations(seed):
    p, years = drawn_parameters(seed), (FIRST, FIRST + 12)
    without = rich_world(seed, domains=("radio", "phones"))
    world = with_leads(without, seed)
    core = assert_engines_agree(world, p, years=years, seed=seed)
    assert (core["restricted"] > 0).any()  # where a leader is barred, generations come as late as without it
    plain = simulated("core", without, p, years=years, seed=seed)
    assert (core["generation"] > plain["generation"]).any()


@pytest.mark.parametrize("seed", [1, 2])
def test_engines_agree_on_what_states_prescribe(seed):
    often = {"regulation_rate": 0.1, "withdrawal_rate": 0.5, "withdrawal_threshold": 0.2}
    p = drawn_parameters(seed).replace(often | {"exclusive_compliance": 0.0})
    core = assert_engines_agree(rich_world(seed), p, years=(FIRST, FIRST + 14), seed=seed)
    prescribed = core["prescribed"]
    assert len(np.unique(prescribed)) == 4  # none, and each family
    assert ((prescribed[:, 1:] < 0) & (prescribed[:, :-1] >= 0)).any()  # some is withdrawn


def test_regulators_who_prescribe_nothing_yet_change_nothing():
    """Demands by run, domain and country come to the same as those that all runs share."""
    off, on = (
        simulated("core", rich_world(4), Parameters(regulation_rate=rate), years=(FIRST, FIRST + 10))
        for rate in (0.0, 1e-12)
    )
    assert (off["demanding"] > 0).any()
    assert_same(on, off)


def test_loans_are_lent_repaid_and_remembered_alike():
    world = rich_world(2, domains=("radio", "cables"))
    world = dataclasses.replace(world, financeable=np.ones(2, dtype=bool))
    core = assert_engines_agree(world, Parameters(), years=(FIRST, FIRST + 20))
    assert (core["lent"] > 0).sum() > 20
    assert (core["repaid"] > 0).any()


@pytest.mark.parametrize("buyer", KINDS)
@pytest.mark.parametrize(("lifetime", "noise"), [(1, 1.0), (3, 1.0), (3, 0.0)])
def test_engines_agree_on_toy_worlds_of_every_buyer(buyer, lifetime, noise):
    lots = {"lots": 2} if buyer == "operator" else {}
    world = ls.toy_world(6, 3, 1, buyer=buyer, lifetime=lifetime, **lots)
    weights = dict.fromkeys(("quality_weight", "network_weight", "own_network_weight"), 1.0)
    parameters = ls.Parameters.neutral(
        switching_cost=2.0, outside_level=-1.0, greenfield_rate=0.5, taste_country=0.5, taste_operator=0.4,
        noise_scale=noise, **weights,
    )  # fmt: skip
    assert_engines_agree(world, parameters, years=(0, 8))


def test_engines_agree_when_every_run_has_its_own_parameters_calendar_taste_and_base():
    rng = np.random.default_rng(5)
    runs, steps, shape = 3, 6, (5, 2, 3)
    world = ls.toy_world(
        *(shape[0], shape[2], shape[1]),
        lots=2,
        installed=rng.dirichlet(np.ones(4), size=(runs, *shape[:2]))[..., :3],
        taste=rng.normal(size=(runs, *shape)),
        calendar=rng.random((runs, steps, *shape[:2])) < 0.7,
        influence=rng.random((5, 5)),
    )
    parameters = ls.Parameters.neutral(
        switching_cost=np.array([0.0, 1.0, 4.0]),
        network_weight=np.array([2.0, 0.5, -1.0]),
        noise_scale=np.array([1.0, 0.0, 3.0]),
        outside_level=np.array([-np.inf, 0.0, -1.0]),
    )
    core = assert_engines_agree(world, parameters, years=(0, steps), runs=runs, seed=4)
    assert len({values.tobytes() for values in core["vendor_share"]}) == runs


@pytest.mark.parametrize("influence", ["uniform", "dense", "sparse"])
def test_engines_agree_on_every_form_of_influence(influence):
    weights = np.random.default_rng(1).random((7, 7))
    given_weights = {"uniform": "uniform", "dense": weights, "sparse": sparse.csr_array(weights)}[influence]
    world = ls.toy_world(7, 3, influence=given_weights)
    parameters = ls.Parameters.neutral(network_weight=3.0, switching_cost=1.0)
    assert_engines_agree(world, parameters, years=(0, 8), seed=2)


#: States prescribe families, and withdraw what they prescribed, in most years.
REGULATING = {"regulation_rate": 0.2, "withdrawal_rate": 0.5, "withdrawal_threshold": 0.9}


@pytest.mark.parametrize("influence", ["uniform", "dense", "sparse", "nobody"])
@pytest.mark.parametrize("buyer", KINDS)
def test_engines_agree_where_one_kind_of_buyer_is_alone(buyer, influence):
    """Whoever the neighbours are, and also where nothing is traded that families are about."""
    weights = np.random.default_rng(2).random((5, 5))
    given = {
        "uniform": "uniform",
        "dense": weights,
        "sparse": sparse.csr_array(weights),
        "nobody": sparse.csr_array((5, 5)),
    }
    domains = tuple(name for name, who in BUYERS.items() if who == buyer)
    world = rich_world(3, countries=5, domains=domains, influence=given[influence])
    assert_engines_agree(world, Parameters().replace(REGULATING), years=(FIRST, FIRST + 4))


#: Worlds that lack something, by what they lack.
LACKING = {
    "lenders": lambda: without_lenders(rich_world(3, countries=5)),
    "sponsors": lambda: without_lenders(rich_world(3, countries=5, sponsors=0)),
    "bodies": lambda: rich_world(3, countries=5, procedures=()),
    "operators": lambda: without_lots(rich_world(3, countries=5)),
    "competition": lambda: rich_world(3, countries=5, vendors=1),
    "families to choose from": lambda: rich_world(3, countries=5, standards=1),
    "neighbours": lambda: rich_world(
        3, countries=1, domains=("radio", "phones", "laws"), influence=np.zeros((1, 1))
    ),
}


@pytest.mark.parametrize("what", LACKING)
def test_engines_agree_in_worlds_that_lack(what):
    assert_engines_agree(LACKING[what](), Parameters().replace(REGULATING), years=(FIRST, FIRST + 4))


@pytest.mark.parametrize("half", range(2))
def test_engines_agree_whichever_parameters_are_off(half):
    assert_engines_agree(rich_world(4), halves_off(half), years=(FIRST, FIRST + 6))


def test_adopters_alone_run_where_influence_is_sparse_and_states_prescribe_families():
    """The smallest world of its kind, found by chance."""
    world = ls.toy_world(2, 2, buyer="adopters", influence=sparse.csr_array((2, 2)))
    assert_engines_agree(world, ls.Parameters.neutral(regulation_rate=0.1), years=(0, 2), runs=1)


@pytest.mark.parametrize("outside", [0.1, 0.2, 0.3, 0.6, 0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1])
def test_rounding_never_decides_whether_new_capacity_is_built(outside):
    """Terms that each engine may gather in a way of its own come to exactly what staying out is worth."""
    world = ls.toy_world(
        1, 1, installed=np.zeros((1, 1, 1)), quality=np.array([0.1]), taste=np.full((1, 1, 1), 0.3)
    )
    at_home = dataclasses.replace(world.conditions, home_part=np.ones((1, 1, 1, 1)))
    parameters = ls.Parameters.neutral(
        quality_weight=1.0, home_preference=0.2, noise_scale=0.0, outside_level=outside
    )
    assert_engines_agree(
        dataclasses.replace(world, conditions=at_home), parameters, years=(0, 1), runs=1, seed=0
    )


def both(world, history, run=4):
    """All variables of a run with a history, by the agents and by the engine."""
    given = {
        "world": world,
        "seed": 3,
        "years": (FIRST, FIRST + 10),
        "record": EVERYTHING,
        "history": history,
    }
    model = ls.LockInModel(ls.Scenario.none(), run=run, **given)
    model.run_to_end()
    batch = Engine(Batch(scenario=ls.Scenario.none(), parameters=Parameters(), runs=[run], **given))
    return model.series(), {name: values[0] for name, values in batch.series().items()}


def test_engines_agree_on_orders_and_loans_on_record():
    world = with_facts(rich_world(6), 8)
    luck = History(np.full((1, len(world.countries)), 4), np.array([4]), seed=3, last=FIRST + 4, facts=True)
    agents, found = both(world, luck)
    assert_same(agents, found)
    assert found["debt"][0].sum() > 0
    _, plain = both(world, dataclasses.replace(luck, facts=False))
    assert not np.array_equal(plain["lent"], found["lent"], equal_nan=True)


@pytest.mark.parametrize("on_record", [False, True])
def test_engines_agree_where_economies_have_the_luck_of_other_runs(on_record):
    world = rich_world(6)
    numbers = np.random.default_rng(2).integers(0, 50, (1, len(world.countries)))
    luck = History(numbers, np.array([7]), seed=9, last=FIRST + 6)
    if on_record:
        world = with_contracts(world, 6)
        luck = history_on_record(world, Parameters(), runs=1)
    agents, found = both(world, luck)
    assert_same(agents, found)
    own, _ = both(world, None)
    assert not np.array_equal(own["incumbent"], found["incumbent"])


def test_agents_go_on_from_where_the_engine_left_a_run():
    world, until, last = rich_world(9), 2015, 2019
    batch = Batch(
        world, ls.Scenario.none(), Parameters(), seed=SEED, runs=[0], years=(2010, last), record=EVERYTHING
    )
    engine = Engine(batch)
    years = engine.years()
    next(year for year in years if year == until)
    state = copy.deepcopy(engine.batch.state)
    for _ in years:
        pass
    how = {"years": (2010, last), "record": EVERYTHING, "begun": (until, state)}
    model = ls.LockInModel(ls.Scenario.none(), world=world, seed=SEED, **how)
    assert model.year == until
    assert any(country.due.any() for country in model.countries)
    model.run_to_end()
    later = {name: values[1:] for name, values in model.series().items()}
    whole = {name: values[0, until - 2010 + 1 :] for name, values in engine.recorder.series().items()}
    assert_same(later, whole)

"""Does the engine do what the model description says?  A plain reference follows its text."""

import dataclasses

import numpy as np
import pytest
from reference import Run
from reference.state import COUNTED
from worlds import history_on_record, refusing_world, rich_world, with_contracts, with_facts, with_leads

import lockin_sim as ls
from lockin_sim.common.draws import History
from lockin_sim.engine.batch import Batch
from lockin_sim.engine.schedule import simulate_year
from lockin_sim.rules.voting import PROCEDURES
from lockin_sim.settings.parameters import collect_declarations

CLOSE = {"rtol": 1e-9, "atol": 1e-9}
WORLD = frozenset({"country_renewed", "winner"})


def drawn_parameters(rng, **given):
    """Parameters within their ranges."""
    values = {name: float(rng.uniform(*d.range)) for name, d in collect_declarations().items()}
    return ls.Parameters(**(values | given))


def compare(world, parameters, *, seed, years, scenario=None, history=None):
    """Some years of two runs in the engine, and of each in the reference."""
    scenario, runs = scenario or ls.Scenario.none(), (0, 3)
    last = (world.first_year, world.first_year + years)
    batch = Batch(
        world, scenario, parameters, seed=seed, runs=runs, years=last, record=WORLD,
        history=history,
    )  # fmt: skip
    references = [
        Run(
            world, parameters, scenario, seed=seed, run=run, years=last,
            history=None if history is None else history[[r]],
        )
        for r, run in enumerate(runs)
    ]  # fmt: skip
    for r, reference in enumerate(references):
        same_state(batch, r, reference)
    for year in range(last[0] + 1, last[1] + 1):
        simulate_year(batch, year)
        for r, reference in enumerate(references):
            same_flows(batch, r, reference, reference.year())
            same_state(batch, r, reference)


def same_state(batch, r, reference):
    """Every array of the state."""
    state, mine, world = batch.state, reference.state, batch.world
    domain, country, vendor = world.shape
    incumbent = [-1 if slot is None else slot for slot in mine.incumbent]
    np.testing.assert_array_equal(state.incumbent[r], incumbent)
    np.testing.assert_array_equal(state.generation[r], mine.generation)
    since = [[-1 if year is None else year for year in row] for row in mine.since]
    np.testing.assert_array_equal(state.since[r], since)
    if batch.regulates:
        prescribed = [[mine.prescribed.get((d, i), -1) for i in range(country)] for d in range(domain)]
        np.testing.assert_array_equal(state.prescribed[r], prescribed)
    installed = np.zeros((domain, country, vendor))
    for cell, held in reference.installed().items():
        installed[cell] = held
    np.testing.assert_allclose(state.installed[r], installed, **CLOSE, err_msg="installed")
    for place, d in enumerate(world.bought_by("adopters")):
        adopted = [mine.adoption[int(d), i] for i in range(country)]
        np.testing.assert_allclose(state.adoption[r, place], adopted, **CLOSE, err_msg="adoption")
    pairs = {
        "landings": mine.landings, "deployed": mine.deployed, "compliance": mine.compliance,
        "quality_level": mine.quality_gained, "debt": mine.debt, "take_up": mine.take_up,
        "overspent": mine.overspent, "affinity_shift": mine.drift, "sold": mine.sold,
    }  # fmt: skip
    if world.bodies:
        pairs["status"], pairs["origin"] = mine.status, mine.origin
    for name, expected in pairs.items():
        np.testing.assert_allclose(getattr(state, name)[r], expected, **CLOSE, err_msg=name)
    np.testing.assert_allclose(state.order_book[r, :, 0], mine.book, **CLOSE, err_msg="order book")


def same_flows(batch, r, reference, shown):
    """What happened in the year."""
    flows, world = batch.flows, batch.world
    domain, country, _ = world.shape
    markets = shown.markets
    for name in COUNTED:
        total = [sum(markets[d, i].counted[name] for i in range(country)) for d in range(domain)]
        np.testing.assert_allclose(getattr(flows, name)[r, 0], total, **CLOSE, err_msg=name)
    for name, field in (("contracts", "bought"), ("switching_pull", "pulled")):
        total = np.array(
            [np.sum([getattr(markets[d, i], field) for i in range(country)], axis=0) for d in range(domain)]
        )
        np.testing.assert_allclose(getattr(flows, name)[r, 0], total, **CLOSE, err_msg=name)
    by_country = [[markets[d, i].counted["renewed"] for i in range(country)] for d in range(domain)]
    np.testing.assert_allclose(flows.country_renewed[r], by_country, **CLOSE, err_msg="by country")
    np.testing.assert_allclose(flows.lent_by_lender[r], shown.lent, **CLOSE, err_msg="lent")
    np.testing.assert_allclose(flows.repaid[r], shown.repaid, **CLOSE, err_msg="repaid")
    np.testing.assert_allclose(flows.sales[r, 0], shown.sales, **CLOSE, err_msg="sales")
    winner = np.full((domain, country), -1)
    for cell, slot in shown.winner.items():
        winner[cell] = slot
    np.testing.assert_array_equal(flows.winner[r], winner)
    for name, of_ballot in (("votes", shown.decided.shares), ("passed", shown.decided.passed)):
        found = np.full(flows.votes[r].shape, np.nan)
        for ballot, value in of_ballot.items():
            found[ballot] = value
        np.testing.assert_allclose(getattr(flows, name)[r], found, **CLOSE, err_msg=name)
    if world.bodies:
        np.testing.assert_allclose(flows.proposed[r], shown.decided.proposed, **CLOSE, err_msg="proposed")


@pytest.mark.parametrize("buyer", ["operator", "users", "project", "adopters"])
@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2))])
def test_toy_worlds_of_every_buyer_with_random_parameters(buyer, seed):
    rng = np.random.default_rng([seed, len(buyer)])
    n, vendors, domains = 5, 3, 1 if buyer == "project" else 2
    base = rng.dirichlet(np.ones(vendors + 1), size=(n, domains))[..., :vendors]
    world = ls.toy_world(
        n, vendors, domains, buyer=buyer, lifetime=float(rng.choice([1.0, 2.5, 6.0])),
        lots=2 if buyer == "operator" else 1,
        installed=base, quality=rng.normal(size=(domains, vendors)), taste=rng.normal(size=base.shape),
        influence=rng.dirichlet(np.ones(n), size=n),
    )  # fmt: skip
    compare(world, drawn_parameters(rng), seed=seed, years=6)


def test_best_response_and_a_calendar():
    rng = np.random.default_rng(5)
    world = ls.toy_world(6, 3, lots=2, calendar=rng.random((8, 6, 1)) < 0.5, influence="uniform")
    neutral = ls.Parameters.neutral(noise_scale=0.0, network_weight=2.0, switching_cost=0.7)
    compare(world, neutral, seed=1, years=8)


@pytest.mark.parametrize("buyer", ["operator", "users", "project"])
def test_buyers_without_noise(buyer):
    rng = np.random.default_rng(6)
    world = ls.toy_world(
        4, 3, buyer=buyer, lifetime=2.5, quality=rng.normal(size=3), taste=rng.normal(size=(4, 1, 3)),
        installed=rng.dirichlet(np.ones(4), size=(4, 1))[..., :3],
    )  # fmt: skip
    neutral = ls.Parameters.neutral(
        noise_scale=0.0, quality_weight=1.0, switching_cost=0.7, own_network_weight=0.5, greenfield_rate=0.3
    )
    compare(world, neutral, seed=1, years=5)


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, 4))])
@pytest.mark.parametrize("recorded", [True, False], ids=["drawn around records", "given"])
def test_rich_worlds_with_random_parameters(seed, recorded):
    rng = np.random.default_rng([7, seed])
    pair = tuple(np.roll(list(PROCEDURES), seed)[:2])
    world = rich_world(seed, countries=7, vendors=4, procedures=pair, recorded=recorded)
    compare(world, drawn_parameters(rng), seed=seed, years=10)


@pytest.mark.parametrize("seed", range(2))
def test_vendors_that_lead_in_generations(seed):
    world = with_leads(rich_world(seed, countries=7, vendors=4, domains=("radio",)), seed)
    compare(world, drawn_parameters(np.random.default_rng([9, seed])), seed=seed, years=10)


def test_a_body_that_refuses_everything():
    compare(refusing_world(2), drawn_parameters(np.random.default_rng(8)), seed=2, years=8)


def test_the_luck_of_other_runs_up_to_a_year():
    world = rich_world(11, countries=6, vendors=4)
    numbers = np.arange(12).reshape(2, 6) * 5 + 2
    history = History(numbers, np.array([8, 1]), seed=7, last=world.first_year + 3)
    compare(world, ls.Parameters(), seed=2, years=5, history=history)


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2))])
def test_orders_and_loans_on_record(seed):
    world = with_facts(rich_world(14 + seed, countries=6, vendors=4), seed)
    numbers = np.arange(2)[:, None] + np.zeros((2, 6), dtype=int)
    history = History(numbers, np.arange(2), seed=seed, last=world.first_year, facts=True)
    rng = np.random.default_rng([3, seed])
    compare(world, drawn_parameters(rng), seed=seed, years=8, history=history)


@pytest.mark.parametrize("seed", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2))])
def test_contracts_on_record(seed):
    world = with_contracts(rich_world(20 + seed, countries=6, vendors=4), seed)
    history = history_on_record(world, ls.Parameters(), runs=2)
    assert len(history.luck.key)
    compare(world, ls.Parameters(), seed=2, years=11, history=history)


def test_spending_that_follows_the_base():
    follows = np.array([np.nan, 0.3, 0.0, 1.0, 0.4, 0.0, 0.0])
    world = rich_world(13, countries=6, vendors=4, expansion_share=follows)
    compare(world, ls.Parameters(), seed=2, years=5)


def test_anchors_and_recorded_users():
    world = rich_world(12, countries=6, vendors=4)
    rng, facts = np.random.default_rng(3), world.facts
    d = world.domains.index("radio")
    held = {h: facts["base_share"][d][world.slot_sponsor[d] == h].sum() for h in range(len(world.sponsors))}
    sponsor = next(h for h, share in held.items() if 0.1 < share < 0.9)
    users = facts["users_base"].copy()
    for domain in world.bought_by("users"):
        there = (facts["base_share"][domain] > 0) & world.conditions.served[0, domain, 1]
        users[domain, 1, there] = rng.dirichlet(np.ones(there.sum()))
        users[domain, 1, ~there] = 0.0
    odd = np.arange(6) % 2 == 1
    anchors = {
        "anchor_domain": np.array([d, d]), "anchor_sponsor": np.array([sponsor, sponsor]),
        "anchor_share": np.array([0.02, 0.9]), "anchor_mask": np.stack([~odd, odd]),
    }  # fmt: skip
    world = dataclasses.replace(world, facts=facts | anchors | {"users_base": users})
    compare(world, ls.Parameters(), seed=4, years=3)

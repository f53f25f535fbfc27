"""Lots: one incumbent each, renewed for generations, at contract ends and by order (V39, E2, E6, E8)."""

import dataclasses

import numpy as np
import pytest
from theory import exact
from theory.runs import on, sponsored, with_now

import lockin_sim as ls
from lockin_sim.model import decisions

TWO = (0.5, 0.0)


def of_lots(n, k, lots, **world):
    return ls.toy_world(n, k, lots=lots, **world)


def with_generations(world, years):
    shape = (1, len(world.countries), len(years))
    return dataclasses.replace(
        world,
        launch_year=np.broadcast_to(years, shape),
        roll_out_years=np.full(shape, 3),
        generation_carry_over=np.ones((1, len(years))),
    )


def incumbents(ds, lots):
    """Vendor of every lot by year, in the first run.  (year, country, lot)."""
    found = ds.incumbent.values[0]
    return found.reshape(len(found), -1, lots)


# --- what a lot is ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("engine", "n"), [("core", 4_000), ("mesa", 30)])
@pytest.mark.parametrize("lots", [1, 3])
def test_e2_what_is_installed_is_what_lots_weigh(case, engine, n, lots):
    """Every lot has one incumbent: shares are sums of weights; a renewal keeps all of a lot or nothing."""
    world = of_lots(n, 3, lots, lifetime=2.0, quality=np.array([0.4, 0.0, -0.2]))
    weight = case.rng.dirichlet(np.full(lots, 3.0), size=n)
    world = dataclasses.replace(world, lots=dataclasses.replace(world.lots, weight=weight.ravel()))
    record = ("installed", "incumbent", "country_renewed")
    ds = case.played(world, 4, engine=engine, record=record, switching_cost=1.3)
    who = incumbents(ds, lots)
    held = np.stack([(weight * (who == v)).sum(axis=-1) for v in range(3)], axis=-1)
    gap = float(np.abs(ds.installed.values[0, :, :, 0] - held).max())
    case.exactly(f"largest error of a share, {lots} lots", 0.0, gap, absolute=1e-12)
    moved = (weight * (who[1:] != who[:-1])).sum(axis=(1, 2))
    renewed = ds.country_renewed.values[0, 1:].sum(axis=-1) / 2.0  # a contract is for two years
    kept = 1 - moved / renewed
    gap = float(np.abs(ds.retention.values[0, 1:, 0] - kept).max())
    case.exactly(f"retention is one less what changed hands, {lots} lots", 0.0, gap, absolute=1e-12)


SWAPS = [
    ("core", 2_000, 4, 0.0),
    ("core", 2_000, 3, 0.3),
    pytest.param("fast", 500, 4, 0.3, marks=pytest.mark.slow),
    ("mesa", 40, 4, 0.3),
]


@pytest.mark.parametrize(("engine", "n", "years", "end"), SWAPS)
def test_e2_a_swap_takes_its_years(case, engine, n, years, end):
    """A new vendor replaces the old one in equal parts; after the last year only the new one is there."""
    world = with_generations(of_lots(n, 3, 1, installed=on(0, n, 3)), [1])
    world = dataclasses.replace(world, swap_years=np.full((1, 1), float(years)))
    record = ("installed", "incumbent")
    ds = case.played(world, 14, engine=engine, record=record, switching_cost=1.0, contract_end_rate=end)
    who, base = incumbents(ds, 1)[..., 0], ds.installed.values[0, :, :, 0]
    law, old, begun = np.zeros_like(base), who[0].copy(), np.zeros(n)
    for t, now in enumerate(who):
        moved = now != who[max(t - 1, 0)]
        old, begun = np.where(moved, who[t - 1], old), np.where(moved, t, begun)
        done = np.minimum((t - begun + 1) / years, 1.0)
        np.add.at(law[t], (np.arange(n), now), done)
        np.add.at(law[t], (np.arange(n), old), 1 - done)
    settled = np.stack([(who[t - years + 1 : t + 1] == who[t]).all(axis=0) for t in range(years, len(who))])
    left = np.take_along_axis(base[years:], who[years:, :, None], axis=-1)[..., 0][settled]
    case.exactly("largest error of a sum of shares", 0.0, abs(base.sum(axis=-1) - 1).max(), absolute=1e-12)
    case.exactly("largest error of a share", 0.0, abs(base - law).max(), absolute=1e-12)
    case.exactly("new vendor after the last year, least", 1.0, left.min(), absolute=1e-12)


def test_e2_what_is_empty_or_ordered_out_is_filled_at_once():
    """Such a lot replaces its own vendor; the same vendor again leaves a swap as it is."""
    found = decisions.begin_swap(
        old=np.array([-1, 1, 1, 1]), new=np.array([0, 0, 0, 1]), early=np.array([False, True, False, False]),
        outgoing=np.array([-1, 2, 2, 2]), begun=np.array([3, 3, 3, 3]), year=5,
    )  # fmt: skip
    np.testing.assert_array_equal(found, [[0, 0, 1, 2], [5, 5, 5, 3]])


def test_e2_retained_of_one_lot_is_all_or_nothing(case):
    """A world of one lot keeps its incumbent or does not, with P(stay) = w / (w + kappa (W - w))."""
    s = 1.1
    ds = case.played(of_lots(1, 3, 1, installed=on(0, 1, 3)), 1, runs=3_000, switching_cost=s)
    kept, stay = ds.retention.values[:, 1, 0], 1 / (1 + 2 * np.exp(-s))
    case.exactly("retentions that are neither 0 nor 1", 0.0, ((kept != 0) & (kept != 1)).sum())
    case.proportion("one of three stays", stay, kept > 0.5)
    pull = ds.switching_pull.values[0, 1, 0]
    case.exactly("pull of the switching cost, one of three", stay - 1 / 3, pull, absolute=1e-12)


@pytest.mark.parametrize(("engine", "n", "lots", "s"), [("core", 6_000, 3, 1.7), ("mesa", 60, 2, 1.2)])
def test_v10_lots_of_one_country_are_chains_of_their_own(case, engine, n, lots, s):
    """Each lot is charged for its own incumbent alone, and meets luck of its own: chains side by side."""
    years, u = 3, TWO
    world = of_lots(n, 2, lots, quality=np.array(u))  # the first incumbents are drawn, lot by lot
    ds = case.played(world, years, engine=engine, record="incumbent", switching_cost=s)
    who = incumbents(ds, lots)
    law = np.linalg.matrix_power(exact.switching_chain(u, s), years)
    for lot in range(lots):
        for began in range(2):
            ended = who[-1, who[0, :, lot] == began, lot] == 0
            case.proportion(
                f"lot {lot + 1} from vendor {began + 1} on vendor 1, s = {s}", law[began, 0], ended
            )
    apart = (who[0, :, 0] == 0) & (who[0, :, 1] == 1)
    pairs = np.bincount(2 * who[-1, apart, 0] + who[-1, apart, 1], minlength=4)
    case.counts("two lots of one country that began apart", np.multiply.outer(law[0], law[1]).ravel(), pairs)


@pytest.mark.parametrize(("engine", "n"), [("core", 10_000), ("mesa", 80)])
@pytest.mark.parametrize(("to", "back", "s"), [(0.7, 0.1, 2.4)])
def test_v10_a_lot_pays_for_what_does_not_fit_its_incumbent(case, engine, n, to, back, s):
    """Leaving i for j costs s (1 - m_ij): what fits well one way and badly the other."""
    world = sponsored(of_lots(n, 2, 1, installed=on(np.arange(n) % 2, n, 2)), [0, 1], 2)
    world = dataclasses.replace(world, initial_compliance=np.tile(np.eye(2)[0], (1, 2, 1)))
    world = with_now(world, compatibility=np.array([[1.0, to], [back, 1.0]]), openness=np.ones(1))
    ds = case.played(world, 1, engine=engine, record="incumbent", switching_cost=s)
    who = incumbents(ds, 1)[..., 0]
    chain = exact.fitted_chain((0.0, 0.0), s * np.array([[0.0, 1 - to], [1 - back, 0.0]]))
    for vendor in range(2):
        stays = who[1][who[0] == vendor] == vendor
        case.proportion(
            f"stays with vendor {vendor + 1}, m = {to} there, {back} back", chain[vendor, vendor], stays
        )


# --- when a lot is up -------------------------------------------------------------------------------------


GENERATIONS = [
    ("core", 10_000, [2], 0.0, 2.2, 0.4, 6),
    ("core", 10_000, [1, 5], 0.1, 2.0, 0.5, 8),
    ("core", 10_000, [1, 4, 6], 0.05, 3.0, 0.0, 9),
    ("mesa", 80, [1, 5], 0.1, 2.0, 0.5, 8),
]


@pytest.mark.parametrize(("engine", "n", "years", "end", "s", "carry", "horizon"), GENERATIONS)
def test_v39_a_generation_frees_the_buyer_in_part(case, engine, n, years, end, s, carry, horizon):
    """Each generation is one choice with kappa to the power of carry_over; contract ends are whole."""
    world = with_generations(of_lots(n, 2, 1, quality=np.array(TWO), installed=on(1, n, 2)), years)
    ds = case.played(
        world, horizon, engine=engine, record="incumbent", switching_cost=s,
        carry_over=carry, contract_end_rate=end,
    )  # fmt: skip
    who = incumbents(ds, 1)[..., 0]
    law = exact.generations(TWO, s, carry, years, end, horizon)[1]
    case.proportion(
        f"on the better after {len(years)} generations, c = {carry}, s = {s}", law[0], who[-1] == 0
    )


def test_v39_a_generation_comes_to_its_lots_over_the_years_of_a_roll_out(case):
    """An equal part of the lots in each year of an economy's own roll-out, and nothing before or after."""
    n = 10_000
    world = with_generations(of_lots(n, 2, 1), [3])
    launch, spread = np.repeat([3, 5], n // 2), np.repeat([3, 5], n // 2)
    world = dataclasses.replace(
        world, launch_year=launch[None, :, None], roll_out_years=spread[None, :, None]
    )
    ds = case.played(world, 10, record="country_renewed")
    up = ds.country_renewed.values[0, 1:] > 0
    case.exactly("renewals of each lot", 1.0, up.sum(axis=0).mean())
    for first, over in ((3, 3), (5, 5)):
        years = up[:, launch == first].sum(axis=1)
        law = np.isin(np.arange(1, 11), first + np.arange(over)) / over
        case.exactly(f"renewals outside a roll-out of {over} years", 0.0, years[law == 0].sum())
        case.counts(f"year of renewal in a roll-out of {over} years", law[law > 0], years[law > 0])


def leading(world, vendors, years, worth, record=("incumbent",), horizon=12, seed=1, **options):
    """A toy world in which some vendors have every generation some years early."""
    lever = {"years": float(years), "worth": worth}
    scenario = ls.Scenario.none().with_lever("generation_lead", vendors, from_=1, **lever)
    parameters = ls.Parameters.neutral(quality_weight=1.0, **options)
    return ls.simulate(
        scenario, world=world, parameters=parameters, runs=1, seed=seed, years=(0, horizon), record=record
    )


@pytest.mark.parametrize(("lead", "worth"), [(3, 0.5), (1, 1.5), (2, 0.0)])
def test_v39_who_has_a_generation_early_wins_by_the_years_that_it_comes_sooner(case, lead, worth):
    """All lots are due when it has it, and choose by a logit of years times their worth, whoever it is."""
    n, launch = 10_000, 6
    world = with_generations(of_lots(n, 2, 1), [launch])
    world = dataclasses.replace(world, roll_out_years=np.ones((1, n, 1), dtype=int))
    law = 1 / (1 + np.exp(-lead * worth))
    for v, name in enumerate(world.vendors):
        ds = leading(world, name, lead, worth, seed=case.seed(), record=("incumbent", "country_renewed"))
        due = np.flatnonzero((ds.country_renewed.values[0] > 0).all(axis=1))
        case.exactly(f"year in which all are due, {name} leads", launch - lead, due.item())
        won = incumbents(ds, 1)[launch - lead, :, 0] == v
        case.proportion(f"share of {name} with a lead of {lead} years of {worth} each", law, won)


# --- restricted and removed -------------------------------------------------------------------------------


def restricted(world, years):
    """All countries must restrict the first vendor, and remove it within some years."""
    now = {"restriction_order": np.ones((len(world.countries), 1), dtype=int),
           "phase_out_years": np.full((len(world.countries), 1), float(years))}  # fmt: skip
    sensitive = np.ones(len(world.domains), dtype=bool)
    return with_now(dataclasses.replace(sponsored(world, [0, 1, 1]), sensitive=sensitive), **now)


@pytest.mark.parametrize(
    ("engine", "n", "allowed"), [("core", 10_000, 5), ("core", 10_000, 3), ("mesa", 120, 4)]
)
def test_e6_lots_are_removed_evenly_and_in_time(case, engine, n, allowed):
    """Ordered in year 1, with Y years: the same share goes in each of the years after, all by 1 + Y."""
    world = restricted(of_lots(n, 3, 1, installed=on(0, n, 3), lifetime=1e9), allowed)
    record = ("incumbent", "early_replacement")
    ds = case.played(world, 1 + allowed, engine=engine, record=record, switching_cost=9.0)
    there = incumbents(ds, 1)[..., 0] == 0
    case.exactly("still there in the year of the order", 1.0, there[1].mean())
    case.exactly(f"still there in year {1 + allowed}", 0.0, there[-1].sum())
    gone = -np.diff(there[1:].sum(axis=1))
    case.counts(f"year of removal, {allowed} years allowed", np.full(allowed, 1 / allowed), gone)
    early = float(ds.early_replacement.values[0, 1:, 0].sum() / 1e9 / n)
    case.exactly("value replaced ahead of its renewal", 1.0, early, relative=1e-12)


# --- what the operator runs elsewhere -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("engine", "n", "pull", "s", "years"),
    [("core", 10_000, 1.5, 1.0, 3), ("core", 10_000, 0.8, 0.0, 1), ("mesa", 80, 1.5, 1.0, 2)],
)
def test_e8_a_sibling_pulls_towards_what_it_runs(case, engine, n, pull, s, years):
    """Two lots of one operator that choose at once, each drawn to what runs the other: a chain of pairs."""
    lots = 4  # of two operators with two lots each, whose first incumbents are drawn
    world = of_lots(n, 2, lots, quality=np.array(TWO))
    operator = np.tile([0, 0, 1, 1], n)
    sibling = np.arange(n * lots).reshape(-1, 2)[:, ::-1].ravel()
    of = dataclasses.replace(world.lots, operator=operator, sibling=sibling, operators=("one", "two"))
    world, pulls = dataclasses.replace(world, lots=of), {"switching_cost": s, "sibling_pull": pull}
    who = incumbents(case.played(world, years, engine=engine, record="incumbent", **pulls), lots)
    given = [exact.switching_chain(np.array(TWO) + pull * np.eye(2)[other], s) for other in range(2)]
    pairs = [(a, b) for a in range(2) for b in range(2)]
    chain = np.array([[given[b][a, x] * given[a][b, y] for x, y in pairs] for a, b in pairs])
    law = np.linalg.matrix_power(chain, years)
    for first in (0, 2):
        pair = 2 * who[:, :, first] + who[:, :, first + 1]
        for began in np.unique(pair[0]):
            ended = np.bincount(pair[-1][pair[0] == began], minlength=4)
            case.counts(f"lots of operator {1 + first // 2} from {began:02b}, pull {pull}", law[began], ended)

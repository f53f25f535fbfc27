"""Lots: one incumbent each, renewed for generations, at contract ends and by order (V39, E2, E3, E6, E8)."""

import dataclasses

import numpy as np
import pytest
from theory import exact
from theory.runs import on, played, sponsored, with_now

import lockin_sim as ls

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
    ds = played(world, 4, case.seed(), engine=engine, record=record, switching_cost=1.3)
    who = incumbents(ds, lots)
    held = np.stack([(weight * (who == v)).sum(axis=-1) for v in range(3)], axis=-1)
    gap = float(np.abs(ds.installed.values[0, :, :, 0] - held).max())
    case.exactly(f"largest error of a share, {lots} lots", 0.0, gap, absolute=1e-12)
    moved = (weight * (who[1:] != who[:-1])).sum(axis=(1, 2))
    renewed = ds.country_renewed.values[0, 1:].sum(axis=-1) / 2.0  # a contract is for two years
    kept = 1 - moved / renewed
    gap = float(np.abs(ds.retention.values[0, 1:, 0] - kept).max())
    case.exactly(f"retention is one less what changed hands, {lots} lots", 0.0, gap, absolute=1e-12)


def test_e2_retained_of_one_lot_is_all_or_nothing(case):
    """A world of one lot keeps its incumbent or does not, with P(stay) = w / (w + kappa (W - w))."""
    runs, s = 6_000, 1.1
    ds = played(of_lots(1, 3, 1, installed=on(0, 1, 3)), 1, case.seed(), runs=runs, switching_cost=s)
    kept = ds.retention.values[:, 1, 0]
    case.exactly("retentions that are neither 0 nor 1", 0.0, float(((kept != 0) & (kept != 1)).sum()))
    case.proportion("one of three stays", 1 / (1 + 2 * np.exp(-s)), kept > 0.5)
    stay = 1 / (1 + 2 * np.exp(-s))
    case.exactly(
        "pull of the switching cost, one of three",
        stay - 1 / 3,
        float(ds.switching_pull.values[0, 1, 0]),
        absolute=1e-12,
    )


@pytest.mark.parametrize(("engine", "n", "lots", "s"), [("core", 10_000, 3, 1.7), ("mesa", 60, 2, 1.2)])
def test_v10_lots_of_one_country_are_chains_of_their_own(case, engine, n, lots, s):
    """Each lot is charged for its own incumbent alone, and meets luck of its own: chains side by side."""
    years, u = 3, TWO
    world = of_lots(n, 2, lots, quality=np.array(u))  # the first incumbents are drawn, lot by lot
    ds = played(world, years, case.seed(), engine=engine, record=("incumbent",), switching_cost=s)
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


@pytest.mark.parametrize(("engine", "n"), [("core", 20_000), ("mesa", 150)])
@pytest.mark.parametrize(("to", "back", "s"), [(0.7, 0.1, 2.4)])
def test_v10_a_lot_pays_for_what_does_not_fit_its_incumbent(case, engine, n, to, back, s):
    """Leaving i for j costs s (1 - m_ij): what fits well one way and badly the other."""
    world = sponsored(of_lots(n, 2, 1, installed=on(np.arange(n) % 2, n, 2)), [0, 1], 2)
    world = dataclasses.replace(world, initial_compliance=np.tile(np.eye(2)[0], (1, 2, 1)))
    world = with_now(world, compatibility=np.array([[1.0, to], [back, 1.0]]), openness=np.ones(1))
    ds = played(world, 1, case.seed(), engine=engine, record=("incumbent",), switching_cost=s)
    who = incumbents(ds, 1)[..., 0]
    chain = exact.fitted_chain((0.0, 0.0), s * np.array([[0.0, 1 - to], [1 - back, 0.0]]))
    for vendor in range(2):
        stays = who[1][who[0] == vendor] == vendor
        case.proportion(
            f"stays with vendor {vendor + 1}, m = {to} there, {back} back", chain[vendor, vendor], stays
        )


# --- when a lot is up -------------------------------------------------------------------------------------


GENERATIONS = [
    ("core", 20_000, [2], 0.0, 2.2, 0.4, 6),
    ("core", 20_000, [1, 5], 0.1, 2.0, 0.5, 8),
    ("core", 20_000, [1, 4, 6], 0.05, 3.0, 0.0, 9),
    ("mesa", 150, [1, 5], 0.1, 2.0, 0.5, 8),
]


@pytest.mark.parametrize(("engine", "n", "years", "end", "s", "carry", "horizon"), GENERATIONS)
def test_v39_a_generation_frees_the_buyer_in_part(case, engine, n, years, end, s, carry, horizon):
    """Each generation is one choice with kappa to the power of carry_over; contract ends are whole."""
    world = with_generations(of_lots(n, 2, 1, quality=np.array(TWO), installed=on(1, n, 2)), years)
    ds = played(
        world, horizon, case.seed(), engine=engine, record=("incumbent",), switching_cost=s,
        carry_over=carry, contract_end_rate=end,
    )  # fmt: skip
    who = incumbents(ds, 1)[..., 0]
    law = exact.generations(TWO, s, carry, years, end, horizon)[1]
    case.proportion(
        f"on the better after {len(years)} generations, c = {carry}, s = {s}", law[0], who[-1] == 0
    )


def test_v39_the_memory_of_generations_is_the_product_of_their_eigenvalues(case):
    """Who still differs after two generations of the same luck: lambda_2(c s) squared of all."""
    n, s, carry = 20_000, 3.0, 0.6
    seed = case.seed()
    one, other = (
        incumbents(
            played(
                with_generations(of_lots(n, 2, 1, quality=np.array(TWO), installed=on(v, n, 2)), [1, 5]),
                9, seed, record=("incumbent",), switching_cost=s, carry_over=carry,
            ), 1,
        )
        for v in range(2)
    )  # fmt: skip
    memory = exact.second_eigenvalue(exact.switching_chain(TWO, carry * s))
    case.proportion("left of a start after one generation", memory, one[4] != other[4])
    case.proportion("left of a start after two", memory**2, one[-1] != other[-1])


def test_v39_a_generation_comes_to_its_lots_over_the_years_of_a_roll_out(case):
    """An equal part of the lots in each year of an economy's own roll-out, and nothing before or after."""
    n = 20_000
    world = with_generations(of_lots(n, 2, 1), [3])
    launch, spread = np.repeat([3, 5], n // 2), np.repeat([3, 5], n // 2)
    world = dataclasses.replace(
        world, launch_year=launch[None, :, None], roll_out_years=spread[None, :, None]
    )
    ds = played(world, 10, case.seed(), record=("country_renewed",))
    up = ds.country_renewed.values[0, 1:] > 0
    case.exactly("renewals of each lot", 1.0, float(up.sum(axis=0).mean()))
    for first, over in ((3, 3), (5, 5)):
        years = up[:, launch == first].sum(axis=1)
        law = np.isin(np.arange(1, 11), first + np.arange(over)) / over
        case.exactly(f"renewals outside a roll-out of {over} years", 0.0, float(years[law == 0].sum()))
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
    n, launch = 20_000, 6
    world = with_generations(of_lots(n, 2, 1), [launch])
    world = dataclasses.replace(world, roll_out_years=np.ones((1, n, 1), dtype=int))
    law = 1 / (1 + np.exp(-lead * worth))
    for v, name in enumerate(world.vendors):
        ds = leading(world, name, lead, worth, seed=case.seed(), record=("incumbent", "country_renewed"))
        due = np.flatnonzero((ds.country_renewed.values[0] > 0).all(axis=1))
        case.exactly(f"year in which all are due, {name} leads", launch - lead, float(due.item()))
        won = incumbents(ds, 1)[launch - lead, :, 0] == v
        case.proportion(f"share of {name} with a lead of {lead} years of {worth} each", law, won)


def test_v39_a_lead_of_all_is_another_date_and_a_lead_of_no_years_is_none(case):
    """Every vendor two years early, against launches two years earlier: the same contracts, lot by lot."""
    n, options = 2_000, {"switching_cost": 1.5, "carry_over": 0.5, "contract_end_rate": 0.1}
    options |= {"record": ("incumbent", "generation", "contracts"), "seed": case.seed()}
    start = of_lots(n, 3, 1, quality=np.array([0.5, 0.0, -0.3]), installed=on(np.arange(n) % 3, n, 3))
    usual, sooner = (with_generations(start, years) for years in ([4, 10], [2, 8]))
    plain, dated = (leading(world, usual.vendors[0], 0, 1.0, **options) for world in (usual, sooner))
    led = leading(usual, list(usual.vendors), 2, 0.7, **options)
    assert (plain.incumbent != dated.incumbent).any()
    for name in ("incumbent", "generation"):
        differs = int((led[name] != dated[name]).sum())
        case.exactly(f"cells of {name} that differ from another date", 0.0, differs)
    gap = float(np.abs(led.contracts - dated.contracts).max())
    case.exactly("largest difference of contracts from another date", 0.0, gap, absolute=1e-12)
    none = played(usual, 12, **options)
    for name in none.data_vars:
        differs = int((plain[name].fillna(-9) != none[name].fillna(-9)).sum())
        case.exactly(f"cells of {name} that a lead of no years changes", 0.0, differs)


@pytest.mark.parametrize(("lifetime", "s"), [(4.0, 2.0), (2.5, 1.1)])
def test_v39_contract_ends_once_in_a_lifetime_are_the_first_model(case, lifetime, s):
    """One lot, carry_over 1 and contract ends with chance 1 / L: generation or not, the same lazy chain."""
    n, years, seed = 5_000, 10, case.seed()
    start = {"installed": on(1, n, 2), "quality": np.array(TWO)}
    options = {"record": ("incumbent",), "switching_cost": s, "carry_over": 1.0}
    plain = played(of_lots(n, 2, 1, lifetime=lifetime, **start), years, seed, **options)
    far = with_generations(of_lots(n, 2, 1, **start), [5_000])
    rare = played(far, years, seed, contract_end_rate=1 / lifetime, **options)
    differ = (plain.incumbent.values != rare.incumbent.values).sum()
    case.exactly("lots that differ, same luck", 0.0, float(differ))
    law = exact.after(np.eye(2)[1], exact.lazy(exact.switching_chain(TWO, s), 1 / lifetime), years)
    case.proportion(f"share of the better, L = {lifetime}", law[0], incumbents(rare, 1)[-1, :, 0] == 0)


# --- response ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("engine", "n", "s", "renewals"),
    [("core", 20_000, 2.0, 5), ("core", 20_000, 3.3, 9), ("mesa", 150, 2.4, 3)],
)
def test_e3_what_is_left_of_an_imposed_lead(case, engine, n, s, renewals):
    """With the same luck, the lots that an imposed incumbent still decides after n renewals: lambda_2 ^ n."""
    seed = case.seed()
    one, other = (
        incumbents(
            played(
                of_lots(n, 2, 1, quality=np.array(TWO), installed=on(v, n, 2)), renewals, seed, engine=engine,
                record=("incumbent",), switching_cost=s,
            ), 1,
        )
        for v in range(2)
    )  # fmt: skip
    rate = exact.second_eigenvalue(exact.switching_chain(TWO, s))
    for t in (1, renewals):
        case.proportion(f"left of the lead after {t} renewals, s = {s}", rate**t, one[t] != other[t])
    case.exactly("lots that hold what was imposed on the others", 0.0, float((one > other).sum()))


# --- restricted and removed -------------------------------------------------------------------------------


def restricted(world, years):
    """All countries must restrict the first vendor, and remove it within some years."""
    now = {"restriction_order": np.ones((len(world.countries), 1), dtype=int),
           "phase_out_years": np.full((len(world.countries), 1), float(years))}  # fmt: skip
    sensitive = np.ones(len(world.domains), dtype=bool)
    return with_now(dataclasses.replace(sponsored(world, [0, 1, 1]), sensitive=sensitive), **now)


@pytest.mark.parametrize(
    ("engine", "n", "allowed"), [("core", 20_000, 5), ("core", 20_000, 3), ("mesa", 120, 4)]
)
def test_e6_lots_are_removed_evenly_and_in_time(case, engine, n, allowed):
    """Ordered in year 1, with Y years: the same share goes in each of the years after, all by 1 + Y."""
    world = restricted(of_lots(n, 3, 1, installed=on(0, n, 3), lifetime=1e9), allowed)
    ds = played(
        world,
        1 + allowed,
        case.seed(),
        engine=engine,
        record=("incumbent", "early_replacement"),
        switching_cost=9.0,
    )
    there = incumbents(ds, 1)[..., 0] == 0
    case.exactly("still there in the year of the order", 1.0, float(there[1].mean()))
    case.exactly(f"still there in year {1 + allowed}", 0.0, float(there[-1].sum()))
    gone = -np.diff(there[1:].sum(axis=1))
    case.counts(f"year of removal, {allowed} years allowed", np.full(allowed, 1 / allowed), gone)
    early = float(ds.early_replacement.values[0, 1:, 0].sum() / 1e9 / n)
    case.exactly("value replaced ahead of its renewal", 1.0, early, relative=1e-12)


@pytest.mark.parametrize("engine", ["core", "mesa"])
@pytest.mark.parametrize("allowed", [2, 5])
def test_e6_users_are_removed_evenly_and_in_time(case, engine, allowed):
    """Of users the same share goes in each year after the order, and all by 1 + Y; others gain by weight."""
    u = np.array([2.0, 0.7, 0.0])
    installed = np.array([[[0.6, 0.1, 0.2]]])
    world = ls.toy_world(1, 3, buyer="users", installed=installed, lifetime=1e12, quality=u)
    ds = played(restricted(world, allowed), 1 + allowed, case.seed(), engine=engine, record=("installed",),
                switching_cost=3.0, outside_level=500.0)  # fmt: skip
    path = ds.installed.values[0, :, 0, 0]
    left = 0.6 * np.minimum(1, (1 + allowed - np.arange(allowed + 2)) / allowed)
    gap = float(np.abs(path[:, 0] - left).max())
    case.exactly(f"largest error of what is left, {allowed} years", 0.0, gap, absolute=1e-9)
    part = np.exp(0.7) / (np.exp(0.7) + 1)
    case.exactly("gained by the second", 0.1 + 0.6 * part, float(path[-1, 1]), absolute=1e-9)


# --- what the operator runs elsewhere -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("engine", "n", "pull", "s", "years"),
    [("core", 20_000, 1.5, 1.0, 3), ("core", 20_000, 0.8, 0.0, 1), ("mesa", 150, 1.5, 1.0, 2)],
)
def test_e8_a_sibling_pulls_towards_what_it_runs(case, engine, n, pull, s, years):
    """Two lots of one operator that choose at once, each drawn to what runs the other: a chain of pairs."""
    lots = 4  # of two operators with two lots each, whose first incumbents are drawn
    world = of_lots(n, 2, lots, quality=np.array(TWO))
    operator = np.tile([0, 0, 1, 1], n)
    sibling = np.arange(n * lots).reshape(-1, 2)[:, ::-1].ravel()
    world = dataclasses.replace(
        world,
        lots=dataclasses.replace(world.lots, operator=operator, sibling=sibling, operators=("one", "two")),
    )
    who = incumbents(
        played(
            world,
            years,
            case.seed(),
            engine=engine,
            record=("incumbent",),
            switching_cost=s,
            sibling_pull=pull,
        ),
        lots,
    )
    given = [exact.switching_chain(np.array(TWO) + pull * np.eye(2)[other], s) for other in range(2)]
    chain = np.array(
        [
            [given[b][a, x] * given[a][b, y] for x in range(2) for y in range(2)]
            for a in range(2)
            for b in range(2)
        ]
    )
    law = np.linalg.matrix_power(chain, years)
    for first in (0, 2):
        pair = 2 * who[:, :, first] + who[:, :, first + 1]
        for began in np.unique(pair[0]):
            ended = np.bincount(pair[-1][pair[0] == began], minlength=4)
            case.counts(f"lots of operator {1 + first // 2} from {began:02b}, pull {pull}", law[began], ended)

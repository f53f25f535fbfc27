"""Draw the first year of each run around the records: lasting tastes, constants and the initial state.

No scenario changes them.  Constants are found once, at the default parameters and over a fixed sample of
lasting tastes, so that expected shares meet the world's and the regions' records.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from lockin_sim.common.conventions import NEVER, Bools, Floats, Integers
from lockin_sim.common.draws import Draws, Keys, Stream, label_keys
from lockin_sim.common.engines import limit_blas_threads
from lockin_sim.model import sales
from lockin_sim.model.sales import follows_base
from lockin_sim.model.scripted_contracts import lots_given, shares_given, slots_drawn
from lockin_sim.model.seen import TenderLuck
from lockin_sim.model.state import State, installed_of
from lockin_sim.rules import choice, contracts, users, utility
from lockin_sim.settings.parameters import Parameters
from lockin_sim.world import World
from lockin_sim.world.cache import cache_per_world
from lockin_sim.world.loans import RecordedLoans

#: Name of the shock behind operators' tastes of the first year.
OPERATOR_TASTE = "operator taste"


def taste_of_generation(generation: int) -> str:
    """Return the name of the taste shock of a generation, counted from 0."""
    return f"{OPERATOR_TASTE} {generation}"


def tastes_drift(p: Parameters) -> bool:
    """Whether operators' tastes change from one generation to the next in any run."""
    return bool(np.any(p.taste_persistence < 1.0))


def _by_run(value: float | Floats, axes: int) -> float | Floats:
    """Reshape a parameter to broadcast against arrays with ``axes`` axes behind the run."""
    return value.reshape(-1, *[1] * axes) if isinstance(value, np.ndarray) else value


def fixed_taste(world: World, draws: Draws, p: Parameters, runs: Integers) -> Floats:
    """Draw the lasting taste of each country for each offer, utility units.  (run, domain, country, vendor).

    Systems that adopters use side by side share one taste per country: their receivers share a chip.
    """
    scale = _by_run(p.taste_country, 3)
    shape = (len(runs), *world.shape)
    taste: Floats = np.zeros(shape)
    if np.any(scale):
        luck = draws.of_country("taste")
        shock = _taste_shocks(world, type(draws), luck.key, luck.counter.tobytes(), luck.shape)
        taste = scale * world.relative_taste[:, None, None] * shock
    if world.taste is not None:
        taste = taste + (world.taste if world.taste.ndim == 3 else world.taste[runs])
    return taste


@cache_per_world(most=8)  # other scenarios and parameters have the same of the same runs
def _taste_shocks(
    world: World, draws: type[Draws], key: np.uint64, luck: bytes, shape: tuple[int, ...]
) -> Floats:
    """Draw standard normal shocks to tastes.  (run, domain, country, vendor).

    draws       class of the random numbers
    key, luck, shape  of the stream of the runs; ``shape`` is that of its counters
    """
    runs = Stream(key, np.frombuffer(luck, dtype=np.uint64).reshape(shape))
    side_by_side = np.array([who == "adopters" for who in world.buyer]) & ~world.enacted
    offers = np.where(side_by_side[:, None], np.uint64(0), world.offer_keys)
    return draws.normal(runs[:, None, :, None] ^ world.cell_keys[..., None], offers[:, None])


def operator_taste(world: World, draws: Draws, p: Parameters, arrived: Integers | None = None) -> Floats:
    """Draw the taste of each lot's operator, which lasts or drifts with each generation.  (run, lot, vendor).

    arrived  newest generation that each lot is due for, -1 before the first; None = -1 everywhere.  (run,
             lot)
    """
    newest = np.full((1, len(world.lots)), -1) if arrived is None else arrived
    every: list[Floats] = []
    extend_tastes(world, draws, p, int(newest.max(initial=-1)), every)
    taste = every[0]
    for g in range(newest.max(initial=-1) + 1):
        taste = np.where((newest >= g)[..., None], every[g + 1], taste)
    return taste_scale(world, p) * taste


def taste_scale(world: World, p: Parameters) -> Floats:
    """Return the standard deviation of the tastes of each lot's operator.  (run or 1, lot, 1)."""
    scale: Floats = _by_run(p.taste_operator, 2) * world.relative_taste[world.lots.domain][None, :, None]
    return scale


def extend_tastes(world: World, draws: Draws, p: Parameters, newest: int, known: list[Floats]) -> None:
    """Append operators' tastes of further generations, at unit variance, to the known ones.

    newest  last generation that is needed, -1 = none
    known   tastes before the first generation and in each so far.  (run, lot, vendor) each
    """
    lots = world.lots

    def shock(name: str) -> Floats:
        """Draw standard normal numbers by operator and offer.  (run, lot, vendor)."""
        keys = (draws.of_operator(name, lots.country, lots.operator) ^ world.operator_keys)[..., None]
        return draws.normal(keys, world.offer_keys[lots.domain])

    persistence = _by_run(p.taste_persistence, 2)
    if not known:
        known.append(shock(OPERATOR_TASTE))
    for g in range(len(known) - 1, newest + 1):
        known.append(utility.drifted(known[-1], shock(taste_of_generation(g)), persistence))


def generation_starts(world: World, draws: Draws, runs: int) -> Integers:
    """Draw the year in which each lot is due for each generation.  (run, lot, generation)."""
    lots = world.lots
    launch = world.launch_year[lots.domain, lots.country]
    if not launch.size or (launch >= NEVER).all():
        return np.full((runs, len(lots), 0), NEVER)
    luck = draws.of_country("generation")
    mine = luck if luck.shape[1] == 1 else luck[:, lots.country]
    steps = label_keys([f"generation {g}" for g in range(launch.shape[1])])
    shock = draws.uniform((mine ^ world.lot_keys)[..., None], steps)
    years = world.roll_out_years[lots.domain, lots.country]
    starts = np.where(launch >= NEVER, NEVER, contracts.generation_start(launch, years, shock))
    return starts if draws.luck is None else _as_recorded(world, starts)


def _as_recorded(world: World, starts: Integers) -> Integers:
    """Replace years by those on record; other generations come at least a year before or after them.

    (run, lot, generation).
    """
    recorded, starts = world.on_record.start, starts.copy()
    known, last = recorded < NEVER, recorded.shape[1] - 1
    starts[:, known] = recorded[known]
    for g in range(last, 0, -1):
        moves = known[:, g:].any(axis=1) & ~known[:, g - 1]
        starts[:, moves, g - 1] = np.minimum(starts[:, moves, g - 1], starts[:, moves, g] - 1)
    for g in range(1, last + 1):
        moves = known[:, :g].any(axis=1) & ~known[:, g]
        starts[:, moves, g] = np.maximum(starts[:, moves, g], starts[:, moves, g - 1] + 1)
    return np.minimum(starts, NEVER)


def signed_on_record(world: World, draws: Draws, year: int) -> Bools:
    """Return lots with a contract signed in a year on record; none if luck ignores the record.  (lot,)."""
    step = world.step(year)
    if draws.luck is None or step >= len(world.on_record.signed):
        return np.zeros(len(world.lots), dtype=bool)
    signed: Bools = world.on_record.signed[step]
    return signed


def tender_luck(
    world: World, draws: Draws, counters: Keys, year: int, run: Integers, lot: Integers
) -> TenderLuck:
    """Return the luck of the tenders of a year.

    counters  of unconditional shocks.  (run, country or 1)
    run, lot  (row,); luck is unconditional where the world has no record of the lot in the year
    """
    if draws.luck is None:
        return TenderLuck(counters, np.full(len(lot), -1), np.zeros((1, world.shape[2])), np.zeros(1))
    place, step = draws.luck.places(year, run, lot), world.step(year)
    if step < len(world.on_record.holder):
        place = np.where(world.on_record.holder[step, lot] >= 0, place, -1)
    return TenderLuck(counters, place, draws.luck.of_offers, draws.luck.of_outside)


#: Tastes that expected shares are taken over, and rounds of raking.
SAMPLE, ROUNDS = 64, 80

#: Most tastes of all lots together: where there are many lots, few tastes of each are as good.
OF_LOTS = 200_000


def constants(world: World) -> Floats:
    """Compute the constants of the initial choice, once for a world.

    They are found so that mean shares meet the tables; a world that only imposes a first year has those of
    the record.  Returns the sum of constant, region term and home term, utility units, -inf where not on
    sale. (domain, country, vendor).
    """
    return _constants(world.facts.get("recorded", world))


@lru_cache(maxsize=8)  # a world is large
def _constants(world: World) -> Floats:
    """Compute and cache the constants of a world."""
    with limit_blas_threads():  # whoever asks first, the numbers are the same
        return _raked(world)


def _raked(world: World) -> Floats:
    """Fit the constants under which mean shares meet the tables, by iterative proportional fitting."""
    p, now = Parameters(), world.conditions.at(0)
    draws = Draws(0, np.arange(SAMPLE))
    offered = world.offered(world.first_year, now.served, now.barrier)
    home = utility.home_term(world.home_bonus[:, None], now.home_part, p.home_preference)
    appeal = np.where(offered, home + np.zeros(offered.shape), -np.inf)
    weight = world.facts["coverage"] * now.market_size
    taste = fixed_taste(world, draws, p, np.arange(SAMPLE))
    for d in world.bought_by("users"):
        appeal[d] = _rake_users(world, int(d), appeal[d], taste[:, d], weight[d], p)
    if len(world.lots):
        few = max(4, min(SAMPLE, OF_LOTS // len(world.lots)))
        by_operator = operator_taste(world, Draws(0, np.arange(few)), p)
        for d in world.bought_by("operator"):
            mine = np.flatnonzero(world.lots.domain == d)
            lot = taste[:few, d][:, world.lots.country[mine]] + by_operator[:, mine]
            appeal[d] = _rake_lots(world, int(d), appeal[d], mine, lot, weight[d], p)
    return appeal


def _odds(taste: Floats, p: Parameters) -> Floats:
    """Compute the odds of a sample's tastes.  (sample, row, vendor) -> (row, sample, vendor)."""
    return np.ascontiguousarray(users.appeal(taste, noise_scale=p.noise_scale).weight.swapaxes(0, 1))


def _step(target: Floats, reached: Floats) -> Floats:
    """Compute the update of a constant: the log of the target over the reached share; 0 without a target."""
    wanted = (target > 0) & (reached > 0)
    return np.log(np.where(wanted, target, 1.0) / np.where(wanted, reached, 1.0))


def _rake_users(world: World, d: int, appeal: Floats, taste: Floats, weight: Floats, p: Parameters) -> Floats:
    """Fit vendors' constants to world shares of users, and country terms to recorded shares."""
    base, recorded = world.facts["base_share"][d], world.facts["users_base"][d]
    known = np.isfinite(recorded).any(axis=-1)
    appeal, tastes = np.where(base > 0, appeal, -np.inf), _odds(taste, p)
    for _ in range(ROUNDS):
        odds = users.appeal(appeal, noise_scale=p.noise_scale).weight
        shares = users.expected_shares(odds, tastes)
        if known.any():
            wanted = np.where(np.isnan(recorded[known]), 0.0, recorded[known])
            appeal[known] += np.where(
                wanted > 0, _step(wanted, shares[known]), -30.0 * (shares[known] > 1e-9)
            )
        total = weight @ shares
        appeal = appeal + np.where(base > 0, _step(base, total / max(total.sum(), 1e-300)), 0.0)
    return appeal


def _rake_lots(
    world: World, d: int, appeal: Floats, mine: Integers, taste: Floats, weight: Floats, p: Parameters
) -> Floats:
    """Fit vendors' constants to world shares of lots, and region terms to their anchors."""
    base, country = world.facts["base_share"][d], world.lots.country[mine]
    size = weight[country] * world.lots.weight[mine]
    appeal, tastes = np.where(base > 0, appeal, -np.inf), _odds(taste, p)
    anchors = _reconciled(world, d, weight)
    for _ in range(ROUNDS):
        odds = users.appeal(appeal, noise_scale=p.noise_scale).weight
        shares = users.expected_shares(odds[country], tastes)
        total = size @ shares
        appeal = appeal + np.where(base > 0, _step(base, total / max(total.sum(), 1e-300)), 0.0)
        for inside, vendors, target in anchors:
            here = size * inside[country]
            reached = (here @ shares)[vendors].sum() / max(here.sum(), 1e-300)
            if 0 < reached < 1:
                appeal[np.ix_(inside, vendors)] += 0.5 * (logit(target) - logit(reached))
    return appeal


def _reconciled(world: World, d: int, weight: Floats) -> list[tuple[Bools, Bools, float]]:
    """Return the anchors of a domain: countries, vendors and their share there.

    One factor on all odds makes the regions add up to the world's share.
    """
    facts = world.facts
    anchors: list[tuple[Bools, Bools, float]] = []
    for sponsor in np.unique(facts["anchor_sponsor"][facts["anchor_domain"] == d]):
        rows = np.flatnonzero((facts["anchor_domain"] == d) & (facts["anchor_sponsor"] == sponsor))
        vendors = (world.slot_sponsor[d] == sponsor) & (facts["base_share"][d] > 0)
        inside, share = facts["anchor_mask"][rows], facts["anchor_share"][rows]
        size = inside @ weight / weight.sum()
        total = facts["base_share"][d][vendors].sum()
        if size.sum() > 0.9 and 0 < total < 1:
            shift = brentq(lambda f: size @ expit(logit(share) + f) - total * size.sum(), -20, 20)  # noqa: B023
            share = expit(logit(share) + shift)
        anchors += [(mask, vendors, float(value)) for mask, value in zip(inside, share, strict=True)]
    return anchors


def initial_state(
    world: World,
    draws: Draws,
    p: Parameters,
    runs: Integers,
    taste: Floats,
    of_operators: Floats,
    years: tuple[int, int],
    groups: Bools,
    loans: RecordedLoans,
) -> State:
    """Build the initial state of some runs.

    p             parameters of all years
    runs          run numbers.  (run,)
    taste         lasting tastes of countries.  (run, domain, country, vendor)
    of_operators  lasting tastes of operators.  (run, lot, vendor)
    years         first and last year
    groups        groups of markets that are measured.  (group, domain, country)
    loans         on record in the years of the run
    """
    n, steps = len(runs), years[1] - years[0]
    domain, country, vendor = world.shape
    sponsor, standard, lender = len(world.sponsors), len(world.standards), len(world.lenders.names)
    status = np.zeros((n, len(world.bodies), domain, standard))
    for b, body in enumerate(world.bodies):
        status[:, b] = body.initial_status
    debt, instalment, change = _owed(world, n, steps)
    incumbent = _incumbents(world, draws, runs, taste, of_operators)
    state = State(
        installed=_users(world, runs, taste),
        incumbent=incumbent,
        generation=_generations(world, draws, n),
        outgoing=incumbent.copy(),
        swap_year=np.full(incumbent.shape, years[0]),
        adoption=_adoption(world, draws, n),
        landings=np.repeat(_landings(world)[None], n, axis=0),
        deployed=np.repeat(world.initial_volume[None], n, axis=0),
        compliance=np.repeat(world.initial_compliance[None], n, axis=0),
        status=status,
        origin=np.repeat(sales.first_origin(world)[None], n, axis=0),
        quality_level=np.zeros((n, domain, vendor)),
        debt=debt,
        instalment=instalment,
        instalment_change=change,
        since=np.full((n, country, sponsor), -1),
        prescribed=np.full((n, domain if p.ever("regulation_rate") else 0, country), -1),
        take_up=np.repeat(world.lenders.take_up[None], n, axis=0),
        overspent=np.zeros((n, lender)),
        loan_left=np.repeat(loans.amount[None], n, axis=0),
        affinity_shift=np.zeros((n, country, sponsor)),
        order_book=np.zeros((n, int(world.contract_years.max()), len(groups), domain, vendor)),
        sold=np.zeros((n, sales.YEARS, domain, sponsor)),
        replaced=np.zeros(n),
    )
    installed_of(world, state, years[0])
    state.order_book = _order_book(world, p.at(years[0]), state.installed, groups)
    state.sold = sales.first_sales(world, state.installed)
    return state


def _landings(world: World) -> Floats:
    """Return projects that landed before the first year, as shares where known.  (country, vendor)."""
    landings: Floats = world.facts.get("landings", np.zeros(world.shape[1:]))
    return landings if world.routes is None else shares_given(world, landings, world.routes.domain)


def _owed(world: World, runs: int, steps: int) -> tuple[Floats, Floats, Floats]:
    """Return initial debt, repayments of the first year, and their later changes, see :class:`.State`.

    (run, country, sponsor) for the first two, (run, step, country, sponsor) for the last.
    """
    change = np.zeros((runs, steps + 1, len(world.countries), len(world.sponsors)))
    due = world.first_instalments
    if due is None:
        return change[:, 0].copy(), change[:, 0].copy(), change
    moves = np.diff(due, axis=0, append=0.0 * due[:1])[:steps]
    change[:, 1 : 1 + len(moves)] = moves
    return np.repeat(due[1:].sum(axis=0)[None], runs, axis=0), np.repeat(due[:1], runs, axis=0), change


def _users(world: World, runs: Integers, taste: Floats) -> Floats:
    """Draw the shares of capacity that users hold with each vendor; zeros in other domains.

    (run, domain, country, vendor).
    """
    installed = np.zeros((len(runs), *world.shape))
    domains = world.bought_by("users")
    if world.installed is not None:
        installed_before = world.installed if world.installed.ndim == 3 else world.installed[runs]
        for d in domains:
            installed[:, d] = shares_given(world, installed_before[..., d, :, :], d)
        return installed
    appeal = constants(world)
    for d in domains:
        chosen = users.appeal(appeal[d] + taste[:, d], noise_scale=1.0)
        shares = world.facts["coverage"][d][:, None] * chosen.chance
        installed[:, d] = shares_given(world, shares, d)
    return installed


def _incumbents(world: World, draws: Draws, runs: Integers, taste: Floats, of_operators: Floats) -> Integers:
    """Draw the vendor of each lot by a logit choice, or take that on record; -1 if unbuilt.

    (run, lot).
    """
    lots = world.lots
    if not len(lots):
        return np.full((len(runs), 0), -1)
    luck = draws.of_country("first")
    mine = (luck if luck.shape[1] == 1 else luck[:, lots.country]) ^ world.lot_keys
    if world.installed is not None:
        shares = world.installed if world.installed.ndim == 3 else world.installed[runs]
        slot = slots_drawn(world, shares[..., lots.domain, lots.country, :], draws.uniform(mine, 0))
        return lots_given(world, draws, slot)
    appeal, recorded = constants(world), lots.recorded
    if draws.luck is not None:
        recorded = np.where(world.on_record.holder[0] >= 0, world.on_record.holder[0], recorded)
    offers = appeal[lots.domain, lots.country] + taste[:, lots.domain, lots.country]
    offers = offers + of_operators
    shock = draws.gumbel(mine[..., None], world.offer_keys[lots.domain])
    winner, _, _ = choice.choose(offers, shock, noise_scale=1.0)
    slot = np.where(recorded >= 0, recorded, winner.argmax(axis=-1))
    luck = draws.of_country("deployed")
    mine = (luck if luck.shape[1] == 1 else luck[:, lots.country]) ^ world.lot_keys
    there = draws.uniform(mine, 0) < world.facts["coverage"][lots.domain, lots.country]
    there = (recorded >= 0) | (there & winner.any(axis=-1))
    return lots_given(world, draws, np.where(there, slot, -1))


def _generations(world: World, draws: Draws, runs: int) -> Integers:
    """Return the newest generation of each lot on record, -1 before the first and elsewhere.  (run, lot)."""
    newest = np.full((runs, len(world.lots)), -1)
    return newest if draws.luck is None else newest + 1 + world.contracts.generation


def _adoption(world: World, draws: Draws, runs: int) -> Floats:
    """Return adoption of systems, as recorded, and of laws, drawn by their chance.

    (run, adopters' domain, country, vendor).
    """
    domains = world.bought_by("adopters")
    adoption = np.zeros((runs, len(domains), *world.shape[1:]))
    recorded, now = world.facts.get("adoption"), world.conditions.at(0)
    own = world.own_slots(world.first_year) & world.offered(world.first_year, now.served, now.barrier)
    if recorded is None and world.installed is not None:
        recorded = world.installed
    for place, d in enumerate(domains):
        chance = recorded[d] if recorded is not None else np.zeros(world.shape[1:])
        adoption[:, place] = chance
        if world.enacted[d]:
            keys = draws.of_country("law")[..., None] ^ world.cell_keys[d][:, None]
            adoption[:, place] = draws.uniform(keys, world.offer_keys[d]) < chance
        adoption[:, place] = np.where(own[d], 1.0, adoption[:, place])
    return adoption


def _order_book(world: World, p: Parameters, installed: Floats, groups: Bools) -> Floats:
    """Compute the initial order book, from contracts of all ages with the installed vendors.

    (run, year ahead, group, domain, vendor), USD bn.
    """
    contracted = 1.0 - follows_base(world, p)[:, None, :, None]
    masks = (groups * world.conditions.at(0).market_size).swapaxes(0, 1)
    yearly = np.ascontiguousarray(np.matmul(masks, installed).swapaxes(1, 2)) * contracted
    years = world.contract_years[:, None]
    ahead = np.arange(int(world.contract_years.max()))[:, None, None, None]
    result: Floats = yearly[:, None] * np.maximum(0.0, (years - 1 - ahead) / years)
    return result

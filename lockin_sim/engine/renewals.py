"""Find lots up for renewal, plan projects, and grant the loans for both."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.engine.batch import Batch, Board
from lockin_sim.model import decisions
from lockin_sim.model.decisions import DueLots
from lockin_sim.model.projects import Plans, landing_value, plan
from lockin_sim.model.seen import Loans, Tenders
from lockin_sim.rules import contracts, finance
from lockin_sim.rules.reduce import any_of, with_none
from lockin_sim.world import Conditions, World
from lockin_sim.world.cache import cache_per_world


class Landings(NamedTuple):
    """Landings of the year's projects in all runs, one row each."""

    plans: Plans
    run: Integers  # (row,)
    project: Integers  # (row,)
    country: Integers  # (row,)
    value: Floats  # (row, 1), USD bn


class Renewals(NamedTuple):
    """Contracts to be signed this year: lots, landings, and bases that must be removed."""

    rows: Tenders
    landings: Landings | None
    leaving: Floats  # (run or 1, country, sponsor + 1), share of restricted base that must go, none last


def renewals(batch: Batch, board: Board) -> Renewals:
    """Find lots up for renewal, plan projects, and apply restrictions of earlier years."""
    leaving = _compute_removal(batch, board)
    return Renewals(_find_due_lots(batch, board, leaving), batch.stages.planned(batch, board), leaving)


def _find_due_lots(batch: Batch, board: Board, leaving: Floats) -> Tenders:
    """Find the lots that are up in the year."""
    state = batch.state
    arrived = batch.arrived(compute_generation_year(batch, board))
    ends, considers = _draw_contract_ends(batch, board)
    signed = batch.signed_on_record(board.year)
    up = decisions.find_due_lots(
        incumbent=state.incumbent,
        generation=state.generation,
        arrived=arrived,
        ends=ends | signed,
        considers=considers | signed,
        leaves=_draw_removals(batch, board, leaving),
    )
    run, lot = np.nonzero(up.renewed | up.considered)
    of_rows = DueLots(*(flag[run, lot][:, None] for flag in up))
    return build_tender_rows(batch, board, run, lot, state.incumbent[run, lot], arrived[run, lot], of_rows)


def compute_head_starts(batch: Batch, board: Board) -> Integers:
    """Compute the years by which generations come early.  (run, domain, country), or a single 0 for all."""
    world, lead = batch.world, board.now.generation_lead
    if not lead.any():
        return np.zeros((1, 1, 1), dtype=int)
    barred = with_none(batch.state.since >= 0)[:, :, world.slot_sponsor].swapaxes(1, 2)
    may = board.on_sale & ~(barred & world.sensitive[:, None, None])
    return contracts.head_start(lead[:, None], may)


def compute_generation_year(batch: Batch, board: Board) -> Integers:
    """Add head starts to the year: generations due by then are up now.  (run or 1, lot or 1)."""
    early, lots = compute_head_starts(batch, board), batch.world.lots
    return board.year + (early[..., 0] if early.size == 1 else early[:, lots.domain, lots.country])


def build_tender_rows(
    batch: Batch,
    board: Board,
    run: Integers,
    lot: Integers,
    incumbent: Integers,
    arrived: Integers,
    due: DueLots,
) -> Tenders:
    """Build the rows of some lots with their contracts' values; arguments are the fields of ``Tenders``."""
    world, lots = batch.world, batch.world.lots
    domain, country = lots.domain[lot], lots.country[lot]
    follows = np.broadcast_to(batch.follows_base, (len(batch.runs), len(world.domains)))[run, domain]
    capacity = (lots.weight[lot] * (1.0 - follows))[:, None]
    value = contracts.contract_value(
        capacity,
        board.now.market_size[domain, country][:, None],
        compute_contract_years(batch, board, run, lot),
    )
    left = decisions.select_remaining_cost(world.generation_carry_over[domain], arrived[:, None])
    carry_over = decisions.compute_carry_over(
        incumbent[:, None],
        due.freed,
        left,
        world.relative_switching[domain][:, None],
        batch.parameters_of_rows(run),
    )
    return Tenders(run, lot, domain, country, incumbent, arrived, *due, value, carry_over)


def compute_contract_years(batch: Batch, board: Board, run: Integers, lot: Integers) -> Floats:
    """Compute the years that contracts signed now are expected to last.  (row, 1)."""
    world = batch.world
    every = np.broadcast_to(compute_generation_year(batch, board), (len(batch.runs), len(world.lots)))
    year = every[run, lot][:, None]
    following = decisions.find_next_generation_year(
        batch.generation_start[:, run, lot].T[:, None], year[..., None]
    )
    lifetime = world.lifetime[world.lots.domain[lot]][:, None]
    return decisions.compute_contract_years(following, year, lifetime, batch.parameters_of_rows(run))


def find_scheduled_markets(batch: Batch, board: Board) -> Bools | None:
    """Return markets whose lots a calendar puts up; None without a calendar.  (run or 1, domain, country)."""
    calendar = batch.world.calendar
    if calendar is None:
        return None
    step = board.step - 1
    up: Bools | None = calendar[step][None] if calendar.ndim == 3 else calendar[batch.runs, step]
    return up


def _draw_contract_ends(batch: Batch, board: Board) -> tuple[Bools, Bools]:
    """Draw the lots whose contract ends by chance, and the empty lots that consider building."""
    world, lots, p = batch.world, batch.world.lots, batch.broadcast(1)
    markets = find_scheduled_markets(batch, board)
    if markets is not None:
        ends = np.broadcast_to(markets[:, lots.domain, lots.country], (len(batch.runs), len(lots)))
        return ends, ends
    chance = decisions.compute_end_probability(
        world.by_generation[lots.domain], world.lifetime[lots.domain], p
    )
    ends = batch.draws.uniform(batch.lot_keys("contract", board.year), 0) < chance
    empty = batch.state.incumbent < 0  # few are, after some years
    considers = np.zeros_like(empty)
    agenda = batch.draws.uniform(batch.lot_keys("greenfield", board.year)[empty], 0)
    rate = p.greenfield_rate * world.building_pace[lots.domain, lots.country]
    considers[empty] = agenda < np.broadcast_to(rate, empty.shape)[empty]
    return ends, considers


def _draw_removals(batch: Batch, board: Board, leaving: Floats) -> Bools:
    """Draw the lots whose restricted incumbent must be removed this year.  (run, lot)."""
    world, state, lots = batch.world, batch.state, batch.world.lots
    if not leaving.any():
        return np.zeros(state.incumbent.shape, dtype=bool)
    sponsor = world.slot_sponsor[lots.domain, state.incumbent]
    chance = leaving[np.arange(len(batch.runs))[:, None], lots.country, sponsor]
    chance = chance * world.sensitive[lots.domain]
    return batch.draws.uniform(batch.lot_keys("removal", board.year), 0) < chance


def _compute_removal(batch: Batch, board: Board) -> Floats:
    """Compute the share of each sponsor's restricted base that must be removed this year.

    (run, country, sponsor + 1), or one run for all if there is no restriction.
    """
    since, allowed = batch.state.since, board.now.phase_out_years
    if not batch.exogenous.orders[board.step]:
        return np.zeros((1, *np.add(allowed.shape, (0, 1))))
    return with_none(decisions.compute_forced_removal(since, allowed, board.year))


def plan_landings(batch: Batch, board: Board) -> Landings | None:
    """Plan the projects of the year and list their landings; None in a world without routes."""
    world = batch.world
    if world.routes is None:
        return None
    plans = plan(world, batch.draws.stream("project", board.year))
    run, project, place = np.nonzero(plans.country >= 0)
    country = plans.country[run, project, place]
    value = landing_value(world, board.now.market_size[world.routes.domain])
    return Landings(plans, run, project, country, np.full((len(run), 1), value))


def grant_elements(world: World, now: Conditions) -> Floats:
    """Compute the grant element of each lender's loans, per cent.  (country, lender), read-only.

    now  conditions of one year
    """
    return _grant_elements(world, *(terms.tobytes() for terms in (now.loan_rate, now.tenor, now.grace)))


@cache_per_world(most=64)  # terms change in few years
def _grant_elements(world: World, *terms: bytes) -> Floats:
    """Compute grant elements from the bytes of the loan terms, which serve as a cache key."""
    lenders = world.lenders
    own = np.minimum(world.borrowing_rate[:, None], lenders.highest_discount_rate)
    rate, tenor, grace = (np.frombuffer(each) for each in terms)
    elements: Floats = finance.grant_element(rate, tenor, grace, own, lenders.payments_per_year)
    elements.flags.writeable = False
    return elements


def lend(batch: Batch, board: Board, up: Renewals, waiting: Floats) -> Loans:
    """Grant loans for this year's renewals: waiting loans first, then in a drawn order.

    waiting  as of :func:`.sum_waiting_loans`
    """
    world, state, now, lenders = batch.world, batch.state, board.now, batch.world.lenders
    element = grant_elements(world, now)
    helps = decisions.is_willing_lender(lenders.appeal, element)
    requests = _sum_loan_requests(batch, board, up, helps)
    luck = batch.draws.of_country("lender", board.year)[..., None] ^ world.lender_keys
    served = finance.drawn(requests, now.recorded_loans, waiting)
    shock, lending = np.zeros_like(served), served > 0  # few ask, and nobody else has a place in the order
    shock[lending] = batch.draws.gumbel(luck[lending], 0)
    order = finance.priority(lenders.appeal, element, lenders.by_grant_element, shock)
    left = finance.left(now.envelope, now.recorded_loans)
    by_rule = finance.promises(order, served, finance.budget(left, state.overspent, state.take_up))
    promise = finance.on_record(by_rule, served, requests, waiting)
    return _build_loans(batch, board, element, by_rule * served, promise)


def _sum_loan_requests(batch: Batch, board: Board, up: Renewals, helps: Bools) -> Floats:
    """Sum the largest loans that this year's contracts could request.  (run, country, lender)."""
    world, rows, landings = batch.world, up.rows, up.landings
    asking = np.flatnonzero(world.financeable[rows.domain] & helps.any(axis=1)[rows.country])
    parts = [(rows.run[asking], rows.country[asking], rows.domain[asking], rows.value[asking])]
    if landings is not None and world.routes is not None and world.financeable[world.routes.domain]:
        domain = np.full(len(landings.run), world.routes.domain)
        parts.append((landings.run, landings.country, domain, landings.value))
    run, country, domain, value = (np.concatenate(each) for each in zip(*parts, strict=True))
    sponsor, tied = world.lenders.sponsor, board.now.tied
    sells = (world.first_sale <= board.year)[:, sponsor]  # (domain, lender)
    barred = (batch.state.since >= 0)[:, :, sponsor][run, country] & world.sensitive[domain][:, None]
    eligible = helps[country] & decisions.is_loan_eligible(sells[domain], barred, tied)
    p = batch.parameters_of_rows(run)
    d = domain[:, None]
    base = decisions.compute_loan_multiple(world.backbone[d], world.expansion_share[d], p)
    requests = finance.loans(value, eligible, p.financed_share, base)
    cell = run * len(world.countries) + country
    size = len(batch.runs) * len(world.countries)
    total = [np.bincount(cell, weights=column, minlength=size) for column in requests.T]
    table = np.ascontiguousarray(np.reshape(total, (len(sponsor), size)).T)
    return table.reshape(len(batch.runs), len(world.countries), -1)


def _build_loans(batch: Batch, board: Board, element: Floats, by_rule: Floats, promise: Floats) -> Loans:
    """Compute what promised loans give to buyers.

    element  per cent.  (country, lender)
    by_rule  promised beyond waiting loans, USD bn.  (run, country, lender)
    promise  share of each request.  (run, country, lender)
    """
    world = batch.world
    run, country = np.nonzero(any_of(promise > 0)[..., 0])
    place = np.zeros(promise.shape[:2], dtype=np.intp)
    place[run, country] = 1 + np.arange(len(run))
    shares = finance.co_finance(
        promise[run, country], element[country], board.now.tied, world.lenders.sponsor, len(world.sponsors)
    )
    p = batch.parameters_of_rows(run)
    benefit = finance.price_benefit(
        shares, element[country], np.asarray(p.financed_share), np.asarray(p.loan_weight)
    )
    teaches = (board.now.recorded_loans < 0).all(axis=0)  # the record teaches lenders nothing
    promised = by_rule.sum(axis=1) * teaches
    paid = world.financeable, world.backbone, world.expansion_share
    return Loans(promised, place, _prepend_zero_row(shares), _prepend_zero_row(benefit), *paid)


def _prepend_zero_row(rows: Floats) -> Floats:
    """Insert a row of zeros before all rows."""
    return np.concatenate([np.zeros((1, *rows.shape[1:])), rows])

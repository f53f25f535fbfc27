"""Books of the Mesa agents: purchases, lending and orders, and their conversion to State and Flows.

Both engines are measured from State and Flows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.common.conventions import Bools, Floats, Integers
from lockin_sim.model import sales
from lockin_sim.model.state import Flows, State
from lockin_sim.rules import finance
from lockin_sim.world import World
from lockin_sim.world.loans import RecordedLoans

if TYPE_CHECKING:
    from lockin_sim.agents.model import LockInModel


@dataclass
class Trade:
    """Purchases of a year by all buyers of a country, USD bn, with quantities derived from purchases.

    contracts, switching_pull  (domain, vendor), value bought, and value retained by switching costs
    renewed, retained, forced, early, surplus, considered, coverage_surplus, paid  (domain,), as in
                        ``model.state.Flows``
    subsidised  (domain, vendor), part of the list price of contracts that states paid
    lent    (lender,), loans
    loans_met, loans_unmet  (lender,), part of recorded loans used by contracts, and part that lapsed
    winner  (domain,), slot that won the largest lot signed, -1 without one; largest, (domain,), its value
    """

    contracts: Floats
    switching_pull: Floats
    renewed: Floats
    retained: Floats
    forced: Floats
    early: Floats
    surplus: Floats
    considered: Floats
    coverage_surplus: Floats
    paid: Floats
    subsidised: Floats
    lent: Floats
    loans_met: Floats
    loans_unmet: Floats
    winner: Integers
    largest: Floats

    @classmethod
    def none(cls, world: World) -> Trade:
        """Return the books of a year without purchases."""
        domains, _, vendors = world.shape
        by_domain = {name: np.zeros(domains) for name in ("largest", *COUNTED)}
        by_lender = {name: np.zeros(len(world.lenders.names)) for name in BY_LENDER}
        return cls(
            contracts=np.zeros((domains, vendors)),
            switching_pull=np.zeros((domains, vendors)),
            subsidised=np.zeros((domains, vendors)),
            winner=np.full(domains, -1),
            **by_domain,
            **by_lender,
        )


#: What is counted of purchases, by domain.
COUNTED = (*("renewed", "retained", "forced", "early", "surplus", "considered", "coverage_surplus", "paid"),)


#: What is counted of loans, by lender.
BY_LENDER = ("lent", "loans_met", "loans_unmet")


class Lending:
    """Books of the lenders.

    take_up    (lender,), forecast share of promised loans that are taken
    overspent  (lender,), lent beyond past envelopes, USD bn
    promised   (lender,), promised this year, USD bn; 0 for a lender with any recorded loan this year
    on_record  recorded loans;  left  (loan,), unused part of each recorded loan, USD bn
    """

    def __init__(self, start: State, on_record: RecordedLoans) -> None:
        self.on_record, self.left = on_record, start.loan_left[0].copy()
        self.take_up, self.overspent = start.take_up[0], start.overspent[0]
        self.promised = np.zeros_like(self.overspent)

    def promise(self, model: LockInModel) -> None:
        """Promise loans to countries in a drawn order of priority until each envelope is empty."""
        answers = [country.ask_for_loans() for country in model.countries]
        requests, order = (np.stack(each) for each in zip(*answers, strict=True))
        waiting = np.stack([country.waiting_loans() for country in model.countries])
        recorded = model.now.recorded_loans
        served = finance.drawn(requests, recorded, waiting)
        money = finance.budget(finance.left(model.now.envelope, recorded), self.overspent, self.take_up)
        by_rule = finance.promises(order, served, money)
        promises = finance.on_record(by_rule, served, requests, waiting)
        for country, promise in zip(model.countries, promises, strict=True):
            country.take_promises(promise)
        self.promised = (by_rule * served).sum(axis=0) * (recorded < 0).all(axis=0)

    def learn(self, spent: Floats, envelope: Floats, memory: float | Floats) -> None:
        """Update overspending and the forecast take-up of promised loans at the end of a year.

        spent, envelope  (lender,), of the year, USD bn
        memory           weight of the past in the forecast
        """
        self.overspent = finance.overspent(self.overspent, spent, envelope)
        self.take_up = finance.take_up(self.take_up, spent, self.promised, memory)


class OrderBook:
    """Revenue under contract and past shares of sales.

    ahead  (year ahead, group, domain, vendor), revenue under contract, USD bn
    sold   (past year, domain, sponsor), shares of the world's sales, newest last
    """

    def __init__(self, start: State) -> None:
        self.ahead, self.sold = start.order_book[0], start.sold[0]

    def book(self, world: World, flows: Flows) -> Floats:
        """Book signed contracts over their years and return the year's sales.

        Returns (group, domain, vendor), USD bn.
        """
        year, (self.ahead,) = sales.sell(world, self.ahead[None], flows.contracts, flows.expansion)
        self.sold = sales.remembered(world, self.sold[None], year[:, 0])[0]
        result: Floats = year[0]
        return result


#: Fields of a state that are by lot.
OF_LOTS = ("incumbent", "generation", "outgoing", "swap_year")


def collect_state(model: LockInModel) -> State:
    """Collect the state of all agents as a State of one run.

    Remaining instalments stay with the countries, and `instalment_change` is empty.
    """
    world, countries = model.world, model.countries
    deployed, compliance = world.initial_volume.copy(), world.initial_compliance.copy()
    quality = np.zeros_like(deployed)
    for vendor in model.vendors:
        own = vendor.domains, vendor.slots
        deployed[own], compliance[own], quality[own] = (
            vendor.deployed,
            vendor.compliance,
            vendor.quality_gained,
        )
    of_lots = {name: np.full((1, len(world.lots)), -1) for name in OF_LOTS}
    for operator in model.all_operators:
        for name, values in of_lots.items():
            values[0, operator.lots] = getattr(operator, name)
    shape = (len(world.bodies), len(world.domains), len(world.standards))
    return State(
        installed=model.installed()[None],
        **of_lots,
        adoption=np.stack([c.adoption for c in countries], axis=1)[None],
        landings=np.stack([c.landings for c in countries])[None],
        deployed=deployed[None],
        compliance=compliance[None],
        status=np.reshape([body.status for body in model.bodies], shape)[None],
        origin=np.reshape([body.origin for body in model.bodies], (*shape[:2], len(world.sponsors)))[None],
        quality_level=quality[None],
        debt=np.stack([c.debt for c in countries])[None],
        instalment=np.stack([c.repaid for c in countries])[None],
        instalment_change=np.zeros((1, 0, len(countries), len(world.sponsors))),
        since=np.stack([c.since for c in countries])[None],
        prescribed=np.stack([c.prescribed for c in countries], axis=1)[None],
        take_up=model.lending.take_up[None],
        overspent=model.lending.overspent[None],
        loan_left=model.lending.left[None].copy(),
        affinity_shift=np.stack([c.affinity_shift for c in countries])[None],
        order_book=model.order_book.ahead[None],
        sold=model.order_book.sold[None],
        replaced=np.array([model.replaced]),
    )


def collect_flows(model: LockInModel, installed: Floats) -> Flows:
    """Collect the agents' purchases, loans and votes of this year as Flows of one run.

    installed  (domain, country, vendor), shares of capacity at the end of the year
    Repayments and sales are filled in by the model.
    """
    world, countries, groups = model.world, model.countries, model.flow_groups
    flows = Flows.none(world, 1, len(model.stock_groups), len(groups))
    flows.capacity = sum_by_group(model.stock_groups * model.now.market_size, installed)
    capacity = sum_by_group(groups * model.now.market_size, installed)
    flows.expansion = sales.expansion(world, model.parameters, capacity)
    bought = np.stack([c.trade.contracts for c in countries], axis=1)
    pull = np.stack([c.trade.switching_pull for c in countries], axis=1)
    flows.contracts, flows.switching_pull = sum_by_group(groups, bought), sum_by_group(groups, pull)
    for name in COUNTED:
        by_country = np.stack([getattr(c.trade, name) for c in countries], axis=1)
        setattr(flows, name, sum_by_group(groups, by_country[..., None])[..., 0])
    flows.subsidised = np.sum([c.trade.subsidised for c in countries], axis=0)[None]
    flows.country_renewed = np.stack([c.trade.renewed for c in countries], axis=1)[None]
    flows.winner = np.stack([c.trade.winner for c in countries], axis=1)[None]
    flows.lent_by_lender = np.stack([c.trade.lent for c in countries])[None]
    of_sponsor = world.lenders.sponsor[:, None] == np.arange(len(world.sponsors))
    flows.lent = flows.lent_by_lender @ of_sponsor.astype(float)
    for name in ("loans_met", "loans_unmet"):
        by_lender = np.stack([getattr(c.trade, name) for c in countries])[None]
        setattr(flows, name, by_lender @ of_sponsor.astype(float))
    for b, body in enumerate(model.bodies):
        flows.proposed[0, b] = model.contributions[b]
        flows.votes[0, b], flows.passed[0, b] = body.vote_share, body.passed
    return flows


def sum_by_group(groups: Bools | Floats, values: Floats) -> Floats:
    """Sum values over the countries of each group, for one run.

    groups (group, domain, country), members or their weights; values (domain, country, column)
    Returns (1, group, domain, column).
    """
    result: Floats = np.matmul(groups.swapaxes(0, 1) * 1.0, values).swapaxes(0, 1)[None]
    return result

"""What no agent owns: the books of the lenders, and of contracts still to be booked as revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.agents.ledger import of_groups
from lockin_sim.conventions import Floats
from lockin_sim.model.state import State
from lockin_sim.rules import finance

if TYPE_CHECKING:
    from lockin_sim.agents.model import LockInModel


class Lending:
    """The books of the lenders.

    take_up    (lender,), forecast share of promised loans that are taken
    overspent  (lender,), lent beyond past envelopes, USD bn
    promised   (lender,), promised this year, USD bn
    """

    def __init__(self, start: State) -> None:
        self.take_up, self.overspent = start.take_up[0], start.overspent[0]
        self.promised = np.zeros_like(self.overspent)

    def promise(self, model: LockInModel) -> None:
        """Serve those who ask, in a drawn order, until the envelopes are empty."""
        asked = [country.ask_for_loans() for country in model.countries]
        requests, order = (np.stack(each) for each in zip(*asked, strict=True))
        money = finance.budget(model.now.envelope, self.overspent, self.take_up)
        promises = finance.promises(order, requests, money)
        for country, promise in zip(model.countries, promises, strict=True):
            country.take_promises(promise)
        self.promised = (promises * requests).sum(axis=0)

    def learn(self, spent: Floats, envelope: Floats, memory: float | Floats) -> None:
        """Owe what was lent beyond the envelope, and remember how much of the promises was taken.

        spent, envelope  (lender,), of the year, USD bn
        memory           weight of the past in the forecast
        """
        self.overspent = np.maximum(0.0, self.overspent + spent - envelope)
        self.take_up = finance.take_up(self.take_up, spent, self.promised, memory)


class OrderBook:
    """Revenue under contract: ``ahead`` (year ahead, group, domain, vendor), USD bn."""

    def __init__(self, start: State) -> None:
        self.ahead = start.order_book[0]

    def book(self, model: LockInModel, signed: Floats, installed: Floats) -> Floats:
        """Revenue of the year: contracts over their years, and expansion of the base by whoever runs it.

        signed     (group, domain, vendor), contracts of the year, USD bn
        installed  (domain, country, vendor), shares of capacity
        Returns (group, domain, vendor), USD bn.
        """
        given, years = model.world.expansion_share, model.world.contract_years[:, None]
        expansion = np.where(np.isnan(given), model.parameters.expansion_share, given)[:, None]
        yearly = signed * (np.nan_to_num(given) < 1.0)[:, None] / years
        due = np.arange(len(self.ahead))[:, None, None, None] < years
        book = self.ahead + np.where(due, yearly, 0.0)
        capacity = of_groups(model.flow_groups * model.now.market_size, installed)
        self.ahead = np.concatenate([book[1:], np.zeros_like(book[:1])])
        return book[0] + expansion * capacity[0]

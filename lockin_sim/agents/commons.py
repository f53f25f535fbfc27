"""What no agent owns: the books of the lenders, and of contracts still to be booked as revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.conventions import Floats
from lockin_sim.model import agenda, deliveries
from lockin_sim.model.state import Flows, State
from lockin_sim.rules import finance
from lockin_sim.world import World

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
        self.overspent = finance.overspent(self.overspent, spent, envelope)
        self.take_up = finance.take_up(self.take_up, spent, self.promised, memory)


class OrderBook:
    """What is sold.

    ahead  (year ahead, group, domain, vendor), revenue under contract, USD bn
    sold   (past year, domain, sponsor), shares of the world's sales, last year last
    """

    def __init__(self, start: State) -> None:
        self.ahead, self.sold = start.order_book[0], start.sold[0]

    def book(self, world: World, flows: Flows) -> Floats:
        """Sales of the year, (group, domain, vendor), USD bn; contracts go on to be sold over their years."""
        year = deliveries.sell(world, self.ahead[None], flows.contracts, flows.expansion)
        self.ahead = year.order_book[0]
        self.sold = agenda.remembered(world, self.sold[None], year.sales[:, 0])[0]
        result: Floats = year.sales[0]
        return result

"""A project: a submarine cable of one year, which takes one supplier for all its landings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.draws import Stream
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Chosen, Offer, Terms
from lockin_sim.model.projects import landing_value, plan
from lockin_sim.rules import finance, pricing, utility

if TYPE_CHECKING:
    from lockin_sim.agents.country import Country
    from lockin_sim.agents.model import LockInModel


class Project:
    """A project that lands in some countries, any of which can veto a supplier.

    landings  the countries in which it lands
    length    km
    value     of each landing, USD bn
    chosen, terms, offers, shock  how it chose among the suppliers, (vendor,) or (1, vendor)
    """

    chosen: Chosen
    terms: Terms
    offers: Floats
    shock: Floats
    paid: float  # price after finance, 0 where nobody builds it

    def __init__(self, landings: list[Country], length: float, value: float, key: Stream) -> None:
        self.landings, self.length, self.value = landings, length, value
        self._key = key
        self.model = landings[0].model
        routes = self.model.world.routes
        assert routes is not None
        self.domain = routes.domain
        for country in landings:
            country.arrivals.append(self)

    def __repr__(self) -> str:
        return f"<Project of {self.length:.0f} km to {', '.join(country.label for country in self.landings)}>"

    @property
    def winner(self) -> Bools:
        """Who builds it, nobody where every supplier is vetoed.  (vendor,)."""
        result: Bools = self.chosen.winner[0]
        return result

    def choose(self) -> None:
        """Take the best offer that no landing state bars."""
        model, d = self.model, self.domain
        offer = self._offer()
        income = np.mean([country.log_income for country in self.landings])
        self.terms = decisions.judge(offer, decisions.weights_of(model.parameters, float(income)))
        may = np.all([country.outlook.may[d] for country in self.landings], axis=0)
        self.offers = decisions.worth(self.terms, may)
        self.shock = model.draws.gumbel(self._key, model.world.offer_keys[d])
        never = np.full((1, 1), -np.inf)
        self.chosen = decisions.choose(
            self.offers,
            self.shock,
            never,
            np.zeros((1, 1)),
            np.zeros((1, 1), dtype=bool),
            model.parameters.noise_scale,
        )
        price = np.broadcast_to(pricing.effective_price(offer.log_price, offer.benefit), self.offers.shape)
        self.paid = float(price[0] @ self.winner)

    def _offer(self) -> Offer:
        """What is known of each offer: the mean over the landings, and how it suits the length."""
        d, world = self.domain, self.model.world
        seen = [country.outlook.offers(d) for country in self.landings]
        met = Offer(*(np.mean(term, axis=0) for term in zip(*seen, strict=True)))
        length = utility.length_term(np.full((1, 1), self.length), world.length_slope[d])
        fines = np.mean([country.outlook.fines[d] for country in self.landings], axis=0)
        return met._replace(
            log_price=pricing.compliant_price(met.log_price, fines),
            benefit=np.mean([country.outlook.benefit[d] for country in self.landings], axis=0),
            home_part=np.where(np.asarray(met.home_part) > 0, 1.0, 0.0),
            place=met.place + length,
        )

    def book(self, country: Country) -> None:
        """Book one landing: its value, and the loans that its country takes for it."""
        world, p, d = self.model.world, self.model.parameters, self.domain
        country.trade.contracts[d] += self.value * self.winner
        country.trade.paid[d] += self.value * self.paid
        if self.winner.any() and world.financeable[d]:
            given = country.given[world.slot_sponsor[d, self.winner.argmax()]]
            country.trade.lent += finance.loans(np.array(self.value), given, p.financed_share, 1.0)


def planned(model: LockInModel) -> list[Project]:
    """The projects of this year, told to the countries where they land."""
    world = model.world
    if world.routes is None:
        return []
    plans = plan(world, model.stream("project"))
    value = landing_value(world, model.now.market_size[world.routes.domain])
    countries = list(model.countries)
    return [
        Project([countries[i] for i in where if i >= 0], float(length[0]), value, plans.keys[0, k : k + 1])
        for k, (where, length) in enumerate(zip(plans.country[0], plans.length[0], strict=True))
    ]

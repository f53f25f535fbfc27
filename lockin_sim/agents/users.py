"""Users of a country move: in each domain that they buy, shares flow between vendors and new users come."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim.agents.trade import Trade
from lockin_sim.conventions import Floats, Integers
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Flowed, Offer, Terms
from lockin_sim.rules import contracts, diffusion, pricing, users, utility

if TYPE_CHECKING:
    from lockin_sim.agents.country import Country


class Moved(NamedTuple):
    """A year of a country's users, in all domains that they buy.  (users' domain, 1, vendor) each, if not
    said otherwise."""

    domains: Integers  # (users' domain,)
    before: Floats  # shares of capacity
    offer: Offer
    terms: Terms
    offers: Floats  # utility without switching cost, -inf where not to be taken
    friction: Floats  # (users' domain, vendor, vendor), what switching costs leave of an offer's weight
    flowed: Flowed
    value: Floats  # (users' domain, 1, 1), of a contract for all capacity, USD bn
    paid: Floats  # price asked

    def book(self, trade: Trade) -> None:
        """Add what was bought."""
        d, flowed, value = self.domains, self.flowed, self.value
        trade.contracts[d] += (value * flowed.gained)[:, 0]
        trade.lock_in[d] += (value * flowed.locked)[:, 0]
        for name in ("renewed", "retained", "forced", "early", "surplus", "considered", "coverage_surplus"):
            getattr(trade, name)[d] += (value * getattr(flowed, name)).sum(axis=(1, 2))
        trade.paid[d] += (value * flowed.gained * self.paid).sum(axis=(1, 2))


def move(country: Country) -> Moved | None:
    """A year of the users, on what the country saw; None where no domain is bought by users."""
    model, view = country.model, country.outlook
    world, now, p, d = model.world, model.now, model.parameters, model.bought_by["users"]
    if not len(d):
        return None
    before, fit = view.installed[d], model.board.fit[d]
    offer = _offer(country, before, fit)
    weights = decisions.weights_of(p, country.log_income)._replace(network=p.own_network_weight)
    terms = decisions.judge(offer, weights)
    cap = now.share_cap[d, country.place][:, None, None]
    offers = decisions.worth(terms, users.open_to_new(view.may[d], before, cap))
    cost = p.switching_cost * world.relative_switching[d][:, None, None]
    friction = users.friction(fit, cost, noise_scale=p.noise_scale)
    lifetime = world.lifetime[d][:, None, None]
    outside = utility.outside_option(
        country.log_income,
        outside_level=p.outside_level,
        outside_income_weight=p.outside_income_weight,
    )
    flowed = decisions.flow(
        before,
        offers,
        friction,
        view.barred[d],
        country.leaving[world.slot_sponsor[d]][:, None],
        np.full((len(d), 1, 1), outside),
        lifetime=lifetime,
        greenfield_rate=p.greenfield_rate,
        noise_scale=p.noise_scale,
    )
    value = contracts.contract_value(1.0, now.market_size[d, country.place][:, None, None], lifetime)
    paid = pricing.effective_price(offer.log_price, np.zeros(1))
    return Moved(d, before, offer, terms, offers, friction, flowed, value, paid)


def _offer(country: Country, before: Floats, fit: Floats) -> Offer:
    """What is known of each offer to the users.  (users' domain, 1, vendor) each."""
    model, view, d = country.model, country.outlook, country.model.bought_by["users"]
    share, known = diffusion.market_shares(before), view.offers(d)
    return known._replace(
        log_price=decisions.asked_price(known.log_price, share, view.compliance_cost[d], model.parameters),
        network=diffusion.fitting_base(share, fit) * model.world.own_pull[d][:, None],
    )

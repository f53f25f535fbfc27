"""What a country sees when its buyers choose: offers, what is installed around it, what it may buy."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Offer
from lockin_sim.rules import diffusion, pricing, utility

if TYPE_CHECKING:
    from lockin_sim.agents.country import Country


class Outlook(NamedTuple):
    """Read once at the beginning of the choice, before anybody commits.  (domain, 1, vendor) each; the rules
    of a country among others see the axis of one as the countries."""

    installed: Floats  # own shares of capacity
    may: Bools  # on sale here and not restricted
    barred: Bools  # restricted
    neighbours: Floats  # the neighbours' base that works with each offer, where operators buy
    compliance_cost: Floats  # what rules on data and standards cost the vendor here, share of the price
    fines: Floats  # part of it that is for standards
    benefit: Floats  # share of the price that loans take off
    offer: Offer  # what any buyer of this country knows of each offer, at list price

    def offers(self, domain: int | Integers) -> Offer:
        """What any buyer knows of the offers of a domain, (1, vendor), or of several, (some, 1, vendor)."""
        known = (term[domain] if isinstance(term, np.ndarray) else term for term in self.offer)
        return Offer(*known)


def look_around(country: Country) -> Outlook:
    """What a country sees."""
    model, board, i = country.model, country.model.board, country.place
    world, now = model.world, board.now
    sponsor = world.slot_sponsor[:, None]
    installed = board.installed[:, i][:, None]
    built = diffusion.base_by_sponsor(installed, world.sponsored_slots)
    layers = diffusion.own_layers(built, world.stack)
    barred = np.append(country.since >= 0, False)[sponsor] & world.sensitive[:, None, None]
    seen = board.attention[:, i][:, None] @ board.status.swapaxes(0, 1)
    fines = pricing.fines(now.fine[i, None], board.compliance)
    return Outlook(
        installed=installed,
        may=board.on_sale[:, i][:, None] & ~barred,
        barred=barred,
        neighbours=_neighbours(country),
        compliance_cost=now.compliance_cost[i][sponsor] * world.personal_data[:, None, None] + fines,
        fines=fines,
        benefit=country.benefit[sponsor] * world.financeable[:, None, None],
        offer=Offer(
            quality=board.quality[:, None],
            log_price=board.log_price[:, None],
            benefit=0.0,
            home_bonus=world.home_bonus[:, None],
            home_part=now.home_part[:, i][:, None],
            place=now.place_utility[:, i][:, None],
            network=0.0,
            layers=np.take_along_axis(layers, sponsor, axis=-1),
            affinity=np.append(country.affinity, 0.0)[sponsor] * world.relative_affinity[:, None, None],
            status=utility.official_status(
                seen, board.compliance, decisions.demands(now.demanded[i], model.parameters)
            ),
            concern=world.concern_of_slots(country.model.year)[:, i][:, None],
            salience=board.salience[sponsor],
            taste=country.taste[:, None],
        ),
    )


def _neighbours(country: Country) -> Floats:
    """The neighbours' base that works with each offer.  (domain, 1, vendor), zeros where others buy."""
    model, board = country.model, country.model.board
    d = model.bought_by["operator"]
    fitting = np.zeros((len(board.installed), 1, board.installed.shape[-1]))
    if len(d) and model.parameters.network_weight:
        bases = board.installed[d].swapaxes(0, 1)
        seen = model.world.influence.row(country.place, bases.reshape(len(bases), -1))
        fitting[d] = diffusion.fitting_base(seen.reshape(len(d), 1, -1), board.fit[d])
    return fitting

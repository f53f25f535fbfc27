"""Adopters of a country take up systems and rules: each apart, beside the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim.conventions import Bools, Floats
from lockin_sim.model import decisions
from lockin_sim.model.decisions import Terms, terms_at

if TYPE_CHECKING:
    from lockin_sim.agents.country import Country


class Adopted(NamedTuple):
    """A year of a country's adopters.  (adopters' domain, vendor) each, if not said otherwise."""

    before: Floats  # adoption, 0 to 1
    terms: Terms  # (adopters' domain, 1, vendor) each
    there: Bools  # may be taken up
    own: Bools  # the sponsor's own state, which has it wherever it is there
    shock: Floats  # uniform, of laws
    adoption: Floats  # afterwards


def adopt(country: Country) -> Adopted:
    """A year of the adopters, on what the country saw."""
    model, view = country.model, country.outlook
    world, d, i = model.world, model.bought_by["adopters"], country.place
    nothing = dict.fromkeys(("log_price", "home_bonus", "home_part", "status"), 0.0)
    offer = view.offers(d)._replace(**nothing)
    terms = decisions.judge(offer, decisions.weights_of(model.parameters, 0.0))
    there, before = view.may[d, 0], country.adoption
    keys = world.cell_keys[d, i][:, None] ^ world.offer_keys[d]
    shock = model.draws.uniform(model.luck("adoption", i), keys)
    own, after = world.own_slots(model.year)[d, i], before.copy()
    for enacted in (False, True):
        rows = np.flatnonzero(world.enacted[d] == enacted)
        after[rows] = decisions.adopt(
            before[rows],
            terms_at(terms, rows, 0),
            there[rows],
            own[rows],
            enacted=enacted,
            lifetime=world.lifetime[d[rows], None],
            rate=model.now.adoption_rate[d[rows]],
            shock=shock[rows],
        )
    return Adopted(before, terms, there, own, shock, after)

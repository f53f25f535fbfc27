"""Adopters: each system or family is taken up apart."""

from __future__ import annotations

from lockin_sim.conventions import Bools, Floats, Numbers
from lockin_sim.model.decisions.offers import Terms, worth
from lockin_sim.rules import adoption as adopting


def adopt(
    adoption: Floats,
    terms: Terms,
    there: Bools,
    own: Bools,
    *,
    enacted: bool,
    lifetime: Numbers,
    rate: Floats,
    shock: Numbers,
) -> Floats:
    """Adoption a year later, each system or family apart: as a share (A1), or as a law (A2).

    adoption  (..., vendor); terms of its offers
    there     (..., vendor), bool: the system exists and may be taken
    own       (..., vendor), bool: the sponsor's own states, which have it wherever it is there
    """
    utility, own = worth(terms, there), own & there
    if enacted:
        return adopting.next_law(adoption, utility, rate, shock, own)
    return adopting.next_share(adoption, utility, lifetime, own)

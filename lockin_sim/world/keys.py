"""Random keys of what a world names, from labels: another order of its tables changes no draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lockin_sim.common.draws import Keys, combine, label_keys

if TYPE_CHECKING:
    from lockin_sim.world.model import World


def _key_labels(world: World, labels: Sequence[str]) -> Keys:
    """Compute random keys of labels.  (label,).

    Labels in the fact ``luck_of`` get the keys of the labels to which it maps them.
    """
    luck_of = world.facts.get("luck_of", {})
    return label_keys([luck_of.get(label, label) for label in labels])


def compute_cell_keys(world: World) -> Keys:
    """Compute the random key of each market, from its domain and country.  (domain, country)."""
    return combine(_key_labels(world, world.domains)[:, None], _key_labels(world, world.countries))


def compute_lot_keys(world: World) -> Keys:
    """Compute the random key of each lot.  (lot,)."""
    cells = world.cell_keys[world.lots.domain, world.lots.country]
    return combine(cells, label_keys(world.lots.labels))


def compute_operator_keys(world: World) -> Keys:
    """Compute the random key of each lot's operator.  (lot,)."""
    cells = world.cell_keys[world.lots.domain, world.lots.country]
    return combine(cells, label_keys(world.lots.operators)[world.lots.operator])


def compute_lender_keys(world: World) -> Keys:
    """Compute the random key of each lender's order of borrowers.  (country, lender)."""
    return combine(_key_labels(world, world.countries)[:, None], _key_labels(world, world.lenders.names))


def compute_offer_keys(world: World) -> Keys:
    """Compute the random key of each vendor in its slot, from its label.  (domain, vendor)."""
    keys = _key_labels(world, [*world.vendors, ""])
    return combine(keys[world.slot_vendor])


def compute_market_keys(world: World) -> Keys:
    """Compute the random key of each vendor in its domain.  (domain, vendor)."""
    return combine(_key_labels(world, world.domains)[:, None], world.offer_keys)


def compute_ballot_keys(world: World) -> Keys:
    """Compute the random key of each member's ballot on each proposal.  (body, domain, country, standard)."""
    bodies = _key_labels(world, world.body_names)[:, None, None, None]
    return combine(bodies, world.cell_keys[..., None], _key_labels(world, world.standards))


def compute_proposal_keys(world: World) -> Keys:
    """Compute the random key of each proposal.  (body, domain, standard)."""
    bodies, domains = _key_labels(world, world.body_names), _key_labels(world, world.domains)
    return combine(bodies[:, None, None], domains[:, None], _key_labels(world, world.standards))


def compute_restriction_keys(world: World) -> Keys:
    """Compute the random key of each country's stance towards each sponsor.  (country, sponsor)."""
    return combine(_key_labels(world, world.countries)[:, None], _key_labels(world, world.sponsors))

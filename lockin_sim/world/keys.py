"""Random keys of all in a world that has luck of its own, made of labels: another order changes nothing."""

from __future__ import annotations

from lockin_sim.conventions import Integers
from lockin_sim.draws import Keys, combine, label_keys
from lockin_sim.world.bodies import Body
from lockin_sim.world.kinds import derived
from lockin_sim.world.markets import Lenders, Lots


class Keyed:
    """The part of a world that names its luck."""

    countries: tuple[str, ...]
    domains: tuple[str, ...]
    vendors: tuple[str, ...]
    standards: tuple[str, ...]
    sponsors: tuple[str, ...]
    bodies: tuple[Body, ...]
    slot_vendor: Integers
    lots: Lots
    lenders: Lenders

    @property
    def body_names(self) -> tuple[str, ...]:
        """Labels of the bodies."""
        return tuple(body.label for body in self.bodies)

    @derived
    def cell_keys(self) -> Keys:
        """Random key of each market, from the labels of its domain and country.  (domain, country)."""
        return combine(label_keys(self.domains)[:, None], label_keys(self.countries))

    @derived
    def lot_keys(self) -> Keys:
        """Random key of each lot.  (lot,)."""
        return self.lots.keys(self.cell_keys)

    @derived
    def operator_keys(self) -> Keys:
        """Random key of each lot's operator.  (lot,)."""
        return self.lots.operator_keys(self.cell_keys)

    @derived
    def lender_keys(self) -> Keys:
        """Random key of each lender's order of borrowers.  (country, lender)."""
        return combine(label_keys(self.countries)[:, None], label_keys(self.lenders.names))

    @derived
    def offer_keys(self) -> Keys:
        """Random key of each vendor in its slot, from its label.  (domain, vendor)."""
        keys = label_keys([*self.vendors, ""])
        return combine(keys[self.slot_vendor])

    @derived
    def ballot_keys(self) -> Keys:
        """Random key of each member's ballot on each proposal.  (body, domain, country, standard)."""
        bodies = label_keys(self.body_names)[:, None, None, None]
        return combine(bodies, self.cell_keys[..., None], label_keys(self.standards))

    @derived
    def proposal_keys(self) -> Keys:
        """Random key of each proposal.  (body, domain, standard)."""
        bodies, domains = label_keys(self.body_names), label_keys(self.domains)
        return combine(bodies[:, None, None], domains[:, None], label_keys(self.standards))

    @derived
    def restriction_keys(self) -> Keys:
        """Random key of each country's stance towards each sponsor.  (country, sponsor)."""
        return combine(label_keys(self.countries)[:, None], label_keys(self.sponsors))

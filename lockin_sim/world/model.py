"""What a world is: labels, structure and facts that no run changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from lockin_sim.conventions import Bools, Floats, Integers
from lockin_sim.draws import Keys, combine, label_keys
from lockin_sim.errors import unusable
from lockin_sim.world.conditions import Conditions
from lockin_sim.world.influence import Influence


@dataclass(frozen=True)
class Body:
    """A standards body: who belongs to it, how it decides, and when."""

    label: str
    procedure: str
    weight: Floats  # (country,), votes of each member under the body's rule; 0 for non-members
    firm_weight: Floats  # (country,), votes in the private chamber, where there is one
    quota: float
    blocking: float
    cycle_years: int
    first_cycle_year: int
    initial_status: Floats  # (standard,), sums to 1

    @property
    def members(self) -> Bools:
        """Countries that take part in any way.  (country,)."""
        return (self.weight > 0) | (self.firm_weight > 0)

    def votes_in(self, year: int) -> bool:
        """Whether one of its cycles ends this year."""
        return year >= self.first_cycle_year and (year - self.first_cycle_year) % self.cycle_years == 0


@dataclass(frozen=True, eq=False)
class World:
    """Everything that is the same in all runs and scenarios.  ``none`` sponsor is index ``len(sponsors)``."""

    name: str
    countries: tuple[str, ...]
    domains: tuple[str, ...]
    vendors: tuple[str, ...]
    standards: tuple[str, ...]
    sponsors: tuple[str, ...]
    bodies: tuple[Body, ...]
    first_year: int
    last_year: int
    facts_until: int  # last year of recorded facts; later conditions are held
    # vendors in the slots of each domain
    slot_vendor: Integers  # (domain, vendor), -1 where the slot is empty
    slot_sponsor: Integers  # (domain, vendor), index of the sponsor
    slot_home: Integers  # (domain, vendor), index of the home country, -1 if none
    slot_entry: Integers  # (domain, vendor), first year on the market
    initial_cost: Floats  # (domain, vendor), 1 = industry mean
    initial_volume: Floats  # (domain, vendor), years of world market
    initial_compliance: Floats  # (domain, vendor, standard), rows sum to 1
    # domains
    lifetime: Floats  # (domain,), years
    contract_years: Integers  # (domain,), years over which a contract's revenue is booked
    learning_exponent: Floats  # (domain,)
    reference_volume: Floats  # (domain,), years of world market
    sensitive: Bools  # (domain,), restrictions bite
    financeable: Bools  # (domain,), state loans can pay
    platform: Bools  # (domain,), used by people: affinity may drift with it
    personal_data: Bools  # (domain,), vendors hold personal data: rules on them apply
    stack: Floats  # (domain, domain), how much one builds on another
    # countries
    lots: Floats  # (country, domain)
    tranche: Floats  # (country, domain), share of capacity in one tender
    borrowing_rate: Floats  # (country,), per year
    lends: Bools  # (country, sponsor)
    home: Bools  # (country, sponsor): a home state of the sponsor
    concern: Floats  # (country, sponsor), 0 to 1
    allies: Floats  # (country, country), rows sum to 1 or 0
    influence: Influence
    # sponsors and standards
    take_up: Floats  # (sponsor,), share of offered loans taken, initial forecast
    payments_per_year: Floats  # (sponsor,)
    family: Integers  # (sponsor + 1,), standard family of the sponsor, -1 if none
    owners: Floats  # (standard, sponsor), rows sum to 1
    rule_distance: Floats  # (sponsor + 1, sponsor), 0 to 1, between data rules; last: vendors of no sponsor
    proposal_mix: Floats  # (sponsor, standard), families that a sponsor proposes; rows sum to 1 or 0
    standard_entry: Integers  # (standard,), first year
    # derived on loading
    conditions: Conditions  # of all years from first_year to last_year
    groups: dict[str, Bools] = field(default_factory=dict)  # name -> (country, domain), beside the world
    facts: dict[str, Any] = field(default_factory=dict)  # what only the initial state needs
    calendar: Bools | None = None  # (step, country, domain) or (run, step, country, domain)
    taste: Floats | None = None  # (country, domain, vendor) or (run, country, domain, vendor)
    installed: Floats | None = None  # (country, domain, vendor) or with a run axis: given initial base
    called: dict[str, str] = field(default_factory=dict)  # countries by their names in English

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of countries, domains and vendor slots."""
        return len(self.countries), len(self.domains), self.slot_vendor.shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Kind of its numbers: float64 but in the vectorised engine, which may compute in float32."""
        return self.stack.dtype

    @property
    def body_names(self) -> tuple[str, ...]:
        """Labels of the bodies."""
        return tuple(body.label for body in self.bodies)

    @cached_property
    def cell_keys(self) -> Keys:
        """Random key of each country and domain, from their labels.  (country, domain)."""
        return combine(label_keys(self.countries)[:, None], label_keys(self.domains))

    @cached_property
    def offer_keys(self) -> Keys:
        """Random key of each vendor in its slot, from its label.  (domain, vendor)."""
        keys = label_keys([*self.vendors, ""])
        return combine(keys[self.slot_vendor])

    @cached_property
    def ballot_keys(self) -> Keys:
        """Random key of each member's ballot on each proposal.  (body, country, domain, standard)."""
        bodies = label_keys(self.body_names)[:, None, None, None]
        return combine(bodies, self.cell_keys[..., None], label_keys(self.standards))

    @cached_property
    def proposal_keys(self) -> Keys:
        """Random key of each proposal.  (body, domain, standard)."""
        bodies, domains = label_keys(self.body_names), label_keys(self.domains)
        return combine(bodies[:, None, None], domains[:, None], label_keys(self.standards))

    @cached_property
    def restriction_keys(self) -> Keys:
        """Random key of each country's stance towards each sponsor.  (country, sponsor)."""
        return combine(label_keys(self.countries)[:, None], label_keys(self.sponsors))

    @property
    def group_names(self) -> tuple[str, ...]:
        """Groups of markets that are measured apart; the world is the first."""
        return ("world", *self.groups)

    @cached_property
    def group_masks(self) -> Bools:
        """Membership of each group.  (group, country, domain)."""
        country, domain, _ = self.shape
        return np.stack([np.ones((country, domain), dtype=bool), *self.groups.values()])

    def step(self, year: int) -> int:
        """Position of a year in the conditions."""
        return year - self.first_year

    def horizon(self, years: tuple[int, int]) -> tuple[int, int]:
        """The years as integers, checked against the data.

        Raises InputError for years that the world does not have.
        """
        allowed = f"({self.first_year}, Y) with {self.first_year} < Y <= {self.last_year}"
        try:
            first, last = (int(y) for y in years)
        except (TypeError, ValueError, OverflowError) as error:
            raise unusable("years", found=years, allowed=allowed) from error
        if (first, last) != tuple(years) or first != self.first_year or not first < last <= self.last_year:
            raise unusable("years", found=tuple(years), allowed=allowed)
        if self.calendar is not None and self.calendar.shape[-3] < last - first:
            steps = self.calendar.shape[-3]
            raise unusable(
                "calendar", found=f"{steps} steps", allowed=f"one for each of {last - first} years"
            )
        return first, last

    @cached_property
    def sponsored(self) -> Bools:
        """Whether a slot's vendor has each sponsor.  (domain, vendor, sponsor)."""
        return self.slot_sponsor[..., None] == np.arange(len(self.sponsors))

    @cached_property
    def sponsored_slots(self) -> Floats:
        """The same as numbers, with a last column of zeros for vendors without a sponsor.
        (domain, vendor, sponsor + 1)."""
        return np.pad(self.sponsored.astype(self.dtype), ((0, 0), (0, 0), (0, 1)))

    def offered(self, year: int, barrier: Bools) -> Bools:
        """Vendors on sale in each country, (country, domain, vendor); barrier (country, domain, sponsor)."""
        closed = np.pad(barrier, ((0, 0), (0, 0), (0, 1)))
        domain = np.arange(len(self.domains))[:, None]
        return self.entered(year) & ~closed[:, domain, self.slot_sponsor]

    def entered(self, year: int) -> Bools:
        """Vendors that are on the market anywhere.  (domain, vendor)."""
        return (self.slot_entry <= year) & (self.slot_vendor >= 0)

    def families(self, year: int) -> Floats:
        """Standard families that each sponsor proposes this year; those not yet there count as the
        first family.  (sponsor, standard), rows sum to 1 or 0."""
        there = self.standard_entry <= year
        mix = self.proposal_mix * there
        mix[:, 0] += (self.proposal_mix * ~there).sum(axis=1)
        return mix

    def own_family(self, year: int) -> Floats:
        """1 for the standard family of a vendor's sponsor, once it exists.  (domain, vendor, standard)."""
        there = self.standard_entry <= year
        own = self.family[self.slot_sponsor][..., None] == np.arange(len(self.standards))
        return (own & there).astype(self.dtype)

    @cached_property
    def at_home(self) -> Bools:
        """Whether a vendor is at home in a country.  (country, domain, vendor)."""
        return self.slot_home == np.arange(len(self.countries))[:, None, None]

    @cached_property
    def membership(self) -> Bools:
        """(country, body)."""
        if not self.bodies:
            return np.zeros((len(self.countries), 0), dtype=bool)
        return np.stack([body.members for body in self.bodies], axis=-1)

    @cached_property
    def audience(self) -> tuple[Integers, Integers]:
        """Countries with the same memberships see the same status: the audience of each country, (country,),
        and one country of each audience, (audience,)."""
        _, first, audience = np.unique(self.membership, axis=0, return_index=True, return_inverse=True)
        return audience.reshape(-1), first

    def attention(self, mandate: Bools) -> Floats:
        """Weight of each body in what a country sees of a domain's official status: the mean over the bodies
        with that mandate of which it is a member.  mandate (body, domain) to (domain, country, body)."""
        seen = (mandate.T[:, None, :] & self.membership[None]).astype(self.dtype)
        return seen / np.maximum(seen.sum(axis=-1, keepdims=True), 1.0)

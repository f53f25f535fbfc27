"""What a world is: labels, structure and facts that no run changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lockin_sim.conventions import NEVER, Bools, Floats, Integers, Numbers
from lockin_sim.rules import voting
from lockin_sim.world.bodies import Body
from lockin_sim.world.case import Case
from lockin_sim.world.checks import checked_years
from lockin_sim.world.conditions import Conditions
from lockin_sim.world.influence import Influence
from lockin_sim.world.kept import MOST_YEARS, kept
from lockin_sim.world.keys import Keyed
from lockin_sim.world.kinds import OfKinds, derived
from lockin_sim.world.markets import Lenders, Lots, Routes
from lockin_sim.world.selling import Selling
from lockin_sim.world.shown import as_html


@dataclass(frozen=True, eq=False, repr=False)
class World(OfKinds, Keyed, Selling):
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
    # who decides
    buyer: tuple[str, ...]  # (domain,): operator, project, users or adopters
    lots: Lots
    routes: Routes | None  # None without a domain bought by projects
    lenders: Lenders
    # vendors in the slots of each domain
    slot_vendor: Integers  # (domain, vendor), -1 where the slot is empty
    slot_sponsor: Integers  # (domain, vendor), index of the sponsor
    slot_home: Integers  # (domain, vendor), index of the home country, -1 if none
    slot_entry: Integers  # (domain, vendor), first year on the market
    initial_cost: Floats  # (domain, vendor), 1 = industry mean
    initial_volume: Floats  # (domain, vendor), years of world market
    initial_compliance: Floats  # (domain, vendor, standard), rows sum to 1
    home_bonus: Floats  # (domain, vendor), times home_preference
    own_pull: Floats  # (domain, vendor), times own_network_weight: pull of the own country's users
    length_slope: Floats  # (domain, vendor), utility per log of length over 3,000 km, of projects
    is_local: Bools  # (domain, vendor), stands for many local suppliers, not for one vendor
    # domains
    launch_year: Integers  # (domain, country, generation), first lots are due; NEVER where there is none
    roll_out_years: Integers  # (domain, country, generation), from the first lots to the last
    building_pace: Floats  # (domain, country), times greenfield_rate
    generation_carry_over: Floats  # (domain, generation), times carry_over: part of the switching cost left
    relative_switching: Floats  # (domain,), times switching_cost
    relative_taste: Floats  # (domain,), times taste_country and taste_operator
    relative_affinity: Floats  # (domain,), times affinity_weight
    expansion_share: Floats  # (domain,), part of spending that follows the base; NaN: the parameter
    backbone: Bools  # (domain,), loans also pay what carries it: times financed_base
    enacted: Bools  # (domain,), adopters pass laws, 0 or 1; else their adoption is a share
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
    borrowing_rate: Floats  # (country,), per year
    home: Bools  # (country, sponsor): a home state of the sponsor
    concern: Floats  # (country, sponsor) or (year, country, sponsor), 0 to 1
    rival_votes: Floats  # (country, sponsor), votes with the sponsor's rival, standard deviations
    democracy: Floats  # (country,), -1 (autocracy) to 1
    allies: Floats  # (country, country), rows sum to 1 or 0
    influence: Influence
    # sponsors and standards
    salience_until: Integers  # (sponsor,), last year of recorded salience; it fades after
    family: Integers  # (sponsor + 1,), standard family of the sponsor, -1 if none
    owners: Floats  # (standard, sponsor), rows sum to 1
    rivals: Floats  # (sponsor, sponsor), 1 where the second is the first one's rival, else 0
    challenger: Floats  # (standard,), 1 where a family challenges the incumbents' ones, else 0
    usual_base: Floats  # (domain, standard), owners' share of a base in the first year of the baseline
    sales_path: Floats  # (year, domain, sponsor), share of sales in the baseline; NaN: not on record
    rule_distance: Floats  # (sponsor + 1, sponsor), 0 to 1, between data rules; last: vendors of no sponsor
    proposal_mix: Floats  # (sponsor, standard), families that a sponsor proposes; rows sum to 1 or 0
    standard_entry: Integers  # (standard,), first year
    # derived on loading
    conditions: Conditions  # of all years from first_year to last_year
    groups: dict[str, Bools] = field(default_factory=dict)  # name -> (domain, country), beside the world
    facts: dict[str, Any] = field(default_factory=dict)  # what the initial state needs, and what is imposed
    case: Case = field(default_factory=Case)  # what headlines are about
    calendar: Bools | None = None  # (step, domain, country) or (run, step, domain, country)
    taste: Floats | None = None  # (domain, country, vendor) or (run, domain, country, vendor)
    installed: Floats | None = None  # (domain, country, vendor) or with a run axis: given initial base
    law: Bools | None = None  # (year, country, sponsor), whose rules are law there; None: at home
    called: dict[str, str] = field(default_factory=dict)  # countries by their names in English

    def __repr__(self) -> str:
        """Its name and size, not its tables."""
        counts = f"{len(self.countries)} countries, {len(self.domains)} domains, {len(self.vendors)} vendors"
        return f"<World {self.name!r}: {counts}>"

    def _repr_html_(self) -> str:
        """For notebooks."""
        return as_html(self)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of domains, countries and vendor slots."""
        return len(self.domains), len(self.countries), self.slot_vendor.shape[1]

    @property
    def dtype(self) -> np.dtype[Any]:
        """Kind of its numbers: float64 but in the vectorised engine, which may compute in float32."""
        return self.stack.dtype

    @property
    def group_names(self) -> tuple[str, ...]:
        """Groups of markets that are measured apart; the world is the first."""
        return ("world", *self.groups)

    @property
    def present(self) -> int:
        """Last year that nobody can change any more; the first one of a world without a record."""
        return self.case.years.present if self.facts_until < NEVER else self.first_year

    @derived
    def group_masks(self) -> Bools:
        """Membership of each group.  (group, domain, country)."""
        domain, country, _ = self.shape
        return np.stack([np.ones((domain, country), dtype=bool), *self.groups.values()])

    @derived
    def slots_used(self) -> list[int]:
        """Number of the first slots of each domain that hold all its vendors.  (domain,)."""
        return [int(np.flatnonzero(slots >= 0).max(initial=-1)) + 1 for slots in self.slot_vendor]

    @kept(most=4)  # kinds of buyers
    def bought_by(self, buyer: str) -> Integers:
        """Domains in which one kind of buyer decides.  (some,)."""
        return np.array([d for d, who in enumerate(self.buyer) if who == buyer], dtype=int)

    def step(self, year: int) -> int:
        """Position of a year in the conditions."""
        return year - self.first_year

    def horizon(self, years: tuple[int, int] | None) -> tuple[int, int]:
        """The years as integers, checked against the data; None: from the first to the horizon of the case.

        Raises InputError for years that the world does not have.
        """
        steps = None if self.calendar is None else self.calendar.shape[-3]
        asked = (self.first_year, self.case.years.horizon) if years is None else years
        return checked_years(asked, self.first_year, self.last_year, steps)

    @derived
    def by_generation(self) -> Bools:
        """Domains that move by generations.  (domain,)."""
        found: Bools = (self.launch_year < NEVER).any(axis=(-1, -2))
        return found

    def concern_in(self, year: int) -> Floats:
        """Concern about each sponsor this year; after the last year known as in it.  (country, sponsor)."""
        found: Floats = self.concern if self.concern.ndim == 2 else self.concern[self.concern_since(year)]
        return found

    @kept(most=MOST_YEARS)
    def concern_since(self, year: int) -> int:
        """Position of the first year of all in which concern is as in this one."""
        if self.concern.ndim == 2:
            return 0
        now = self.concern[min(year - self.first_year, len(self.concern) - 1)]
        return int((self.concern == now).all(axis=(1, 2)).argmax())

    def concern_of_slots(self, year: int) -> Floats:
        """Concern about offers' sponsors this year, 0 where restrictions do not bite.  (domain, country,
        vendor)."""
        return self._concern_of_slots(self.concern_since(year))

    @kept(most=MOST_YEARS)
    def _concern_of_slots(self, since: int) -> Floats:
        """As of the year in which it came to be as it is."""
        padded = np.pad(self.concern_in(self.first_year + since), ((0, 0), (0, 1)))
        found = padded[:, self.slot_sponsor].swapaxes(0, 1) * self.sensitive[:, None, None]
        return np.ascontiguousarray(found)

    @kept(most=MOST_YEARS)
    def families(self, year: int) -> Floats:
        """Standard families that each sponsor proposes this year; those not yet there count as the
        first family.  (sponsor, standard), rows sum to 1 or 0."""
        there = self.standard_entry <= year
        mix = self.proposal_mix * there
        mix[:, 0] += (self.proposal_mix * ~there).sum(axis=1)
        return mix

    @kept(most=MOST_YEARS)
    def own_family(self, year: int) -> Floats:
        """1 for the standard family of a vendor's sponsor, once it exists.  (domain, vendor, standard)."""
        there = self.standard_entry <= year
        own = self.family[self.slot_sponsor][..., None] == np.arange(len(self.standards))
        result: Floats = (own & there).astype(self.dtype)
        return result

    @derived
    def owned_slots(self) -> Floats:
        """1 where a slot's vendor has a sponsor that owns part of a family.  (domain, vendor, standard)."""
        owner = np.pad(self.owners.T > 0, ((0, 1), (0, 0)))
        return owner[self.slot_sponsor].astype(self.dtype)

    @derived
    def ties(self) -> Floats:
        """Weight of affinity with each sponsor in a vote: owners of a family count for it, and their rivals
        against it, by the owners' shares.  (sponsor, standard)."""
        return (self.owners - self.owners @ self.rivals).T

    @derived
    def membership(self) -> Bools:
        """(country, body)."""
        if not self.bodies:
            return np.zeros((len(self.countries), 0), dtype=bool)
        return np.stack([body.members for body in self.bodies], axis=-1)

    def audiences(self, demanded: Bools) -> tuple[Integers, Integers]:
        """Countries with the same memberships and demands see the same status of offers: the audience of each
        country, (country,), and one country of each audience, (audience,).

        demanded  (country, standard), families that offers must speak there
        """
        return _audiences(self, demanded.tobytes())

    @derived
    def traded(self) -> Bools:
        """Domains in which offers are sold: all but those whose systems and rules are adopted.  (domain,)."""
        return np.array([who != "adopters" for who in self.buyer])

    @property
    def landings_kept(self) -> Any:
        """Part of the projects that land that is still in use a year later; 1 without any."""
        return 1.0 if self.routes is None else 1.0 - 1.0 / self.lifetime[self.routes.domain]

    @derived
    def bindingness(self) -> Floats:
        """How much the standards of each body bind, NaN for forums by invitation.  (body,)."""
        return np.array([body.bindingness for body in self.bodies], dtype=self.dtype)

    def seen_weight(self, mandate: Bools, forum_weight: Numbers) -> Floats:
        """Weight of each body in the official status that all see in a domain, by its bindingness.

        mandate       (body, domain)
        forum_weight  bindingness of forums by invitation, a number or (run, 1, 1)
        Returns (domain, body) or (run, domain, body); zeros in a domain that no binding body standardises.
        """
        return voting.seen_weight(mandate.T, self._binding(forum_weight))

    def attention(
        self, mandate: Bools, forum_weight: Numbers, countries: Integers | slice = slice(None)
    ) -> Floats:
        """The same for a country, which sees those bodies alone of which it is a member.

        forum_weight  a number or (run, 1, 1, 1)
        Returns (domain, country, body) or (run, domain, country, body).
        """
        seen = mandate.T[:, None, :] & self.membership[countries]
        return voting.seen_weight(seen, self._binding(forum_weight))

    def _binding(self, forum_weight: Numbers) -> Floats:
        """Bindingness of each body, that of forums put in.  (..., body)."""
        return np.where(np.isnan(self.bindingness), forum_weight, self.bindingness)


@kept(most=64)  # demands change in few years, and are the same in all runs
def _audiences(world: World, demanded: bytes) -> tuple[Integers, Integers]:
    """As of the world; bytes of (country, standard), bool."""
    flags = np.frombuffer(demanded, dtype=bool).reshape(len(world.countries), -1)
    alike = np.append(world.membership, flags, axis=1)
    _, first, audience = np.unique(alike, axis=0, return_index=True, return_inverse=True)
    return audience.reshape(-1), first

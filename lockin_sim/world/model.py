"""The world: labels, structure and facts that no run changes; offers by market; and random keys."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.common import notebook
from lockin_sim.common.conventions import NEVER, Bools, Floats, Integers, Numbers
from lockin_sim.common.errors import convert_to_int, resolve_name, resolve_names, unusable
from lockin_sim.common.fingerprint import is_own
from lockin_sim.common.formats import listed, spoken
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.replaced import find_replaced_code
from lockin_sim.common.values import check_listed
from lockin_sim.rules import voting
from lockin_sim.rules.reduce import with_none
from lockin_sim.world import additions, keys, terms
from lockin_sim.world.cache import (
    MOST_YEARS,
    ArrayRecord,
    cache_per_world,
    cached_read_only_property,
    declare_array,
    declare_optional_array,
)
from lockin_sim.world.case import Case
from lockin_sim.world.conditions import Conditions
from lockin_sim.world.contracts import ContractRecord, Contracts, build_contract_record
from lockin_sim.world.markets import Body, Influence, Lenders, Lots, Routes, find_own_offers
from lockin_sim.world.names import read_label_column
from lockin_sim.world.terms import OwnTerm, Term


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class World(ArrayRecord):
    """Everything that is the same in all runs and scenarios.

    Vendors are arranged in the slots of each domain.  Where an axis is ``vendor_sponsor``, the last position,
    index ``len(sponsors)``, is for vendors without a sponsor.
    """

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
    # --- who decides ---
    buyer: tuple[str, ...]  # (domain,): operator, project, users or adopters
    lots: Lots
    routes: Routes | None  # None without a domain bought by projects
    lenders: Lenders
    # --- vendors in the slots of each domain ---
    slot_vendor: Integers = declare_array("domain vendor")  # -1 where the slot is empty
    slot_sponsor: Integers = declare_array("domain vendor", 1)  # index of the sponsor
    slot_home: Integers = declare_array("domain vendor", -1)  # index of the home country, -1 if none
    slot_entry: Integers = declare_array("domain vendor")  # first year on the market
    initial_cost: Floats = declare_array("domain vendor", 1)  # 1 = industry mean
    initial_volume: Floats = declare_array("domain vendor")  # years of world market
    initial_compliance: Floats = declare_array("domain vendor standard")  # rows sum to 1
    home_bonus: Floats = declare_array("domain vendor", 1)  # times home_preference
    own_pull: Floats = declare_array("domain vendor", 1)  # times own_network_weight, for own users
    length_slope: Floats = declare_array("domain vendor")  # of projects, utility per log(km / 3,000)
    is_local: Bools = declare_array("domain vendor")  # stands for many local suppliers, not for one vendor
    # --- domains ---
    launch_year: Integers = declare_array("domain country generation")  # of the first lots; or NEVER
    roll_out_years: Integers = declare_array("domain country generation")  # from the first lots to the last
    building_pace: Floats = declare_array("domain country", 1)  # times greenfield_rate
    generation_carry_over: Floats = declare_array("domain generation", 1)  # times carry_over
    swap_years: Floats = declare_array("domain generation", 1)  # to replace the vendor before
    relative_switching: Floats = declare_array("domain", 1)  # times switching_cost
    relative_taste: Floats = declare_array("domain", 1)  # times taste_country and taste_operator
    relative_affinity: Floats = declare_array("domain", 1)  # times affinity_weight
    expansion_share: Floats = declare_array("domain")  # follows the base; NaN: the parameter
    backbone: Bools = declare_array("domain")  # loans also pay what carries it: times financed_base
    enacted: Bools = declare_array("domain")  # adopters pass laws, 0 or 1; else their adoption is a share
    hosted: Bools = declare_array("domain")  # by vendors: users leave one not on offer
    lifetime: Floats = declare_array("domain", 1)  # years
    contract_years: Integers = declare_array("domain", 1)  # years over which a contract's revenue is booked
    learning_exponent: Floats = declare_array("domain")
    reference_volume: Floats = declare_array("domain", 1)  # years of world market
    sensitive: Bools = declare_array("domain")  # restrictions bite
    financeable: Bools = declare_array("domain")  # state loans can pay
    platform: Bools = declare_array("domain")  # used by people: affinity may drift with it
    personal_data: Bools = declare_array("domain")  # vendors hold personal data: rules on them apply
    stack: Floats = declare_array("domain domain")  # how much one builds on another
    # --- countries ---
    borrowing_rate: Floats = declare_array("country", 0.05)  # per year
    home: Bools = declare_array("country sponsor")  # home states of the sponsor
    concern: Floats = declare_array("country sponsor")  # or (year, country, sponsor), 0 to 1
    rival_votes: Floats = declare_array("country sponsor")  # with its rival, standard deviations
    democracy: Floats = declare_array("country")  # -1 (autocracy) to 1
    allies: Floats = declare_array("country ally")  # rows sum to 1 or 0; a toy world has no column
    influence: Influence
    # --- sponsors and standards ---
    salience_until: Integers = declare_array("sponsor", NEVER)  # last year on record
    family: Integers = declare_array("vendor_sponsor", -1)  # standard family of the sponsor, -1 if none
    owners: Floats = declare_array("standard sponsor")  # rows sum to 1
    rivals: Floats = declare_array("sponsor sponsor")  # 1 where the second is the first one's rival, else 0
    challenger: Floats = declare_array("standard")  # 1 where a family challenges the incumbents' ones, else 0
    usual_base: Floats = declare_array("domain standard")  # owners' share, first year
    sales_path: Floats = declare_array("year domain sponsor", np.nan)  # of sales; NaN: no record
    rule_distance: Floats = declare_array("vendor_sponsor sponsor")  # 0 to 1, of data rules
    proposal_mix: Floats = declare_array("sponsor standard")  # rows sum to 1 or 0
    standard_entry: Integers = declare_array("standard")  # first year
    contracts: Contracts = field(default_factory=Contracts.none)  # of operators, as recorded
    recorded_orders: Integers | None = declare_optional_array("year country sponsor")  # 1 must, -1 may not
    recorded_loans: Floats | None = declare_optional_array("year country lender")  # USD bn; < 0: no record
    recorded_instalments: Floats | None = declare_optional_array("later country sponsor")  # earlier loans
    first_instalments: Floats | None = declare_optional_array("later country sponsor")  # due at first
    # --- derived on loading ---
    conditions: Conditions  # of all years from first_year to last_year
    groups: dict[str, Bools] = field(default_factory=dict)  # name -> (domain, country), beside the world
    facts: dict[str, Any] = field(default_factory=dict)  # what the initial state needs, and what is imposed
    case: Case = field(default_factory=Case)  # what headlines are about
    calendar: Bools | None = declare_optional_array("year domain country")  # or with a run axis: lots due
    taste: Floats | None = declare_optional_array("domain country vendor")  # or with a run axis
    installed: Floats | None = declare_optional_array("domain country vendor")  # or with a run axis
    law: Bools | None = declare_optional_array("year country sponsor")  # whose rules are law; None: at home
    titles: dict[str, dict[str, str]] = field(default_factory=dict)  # codes by their titles, by kind

    def __repr__(self) -> str:
        """Name and size of the world, without its tables."""
        counts = f"{len(self.countries)} countries, {len(self.domains)} domains, {len(self.vendors)} vendors"
        return f"<World {self.name!r}: {counts}>"

    def _repr_html_(self) -> str:
        """Summary for notebooks: size of the world, and buyers and vendors of each domain."""
        facts = f", facts from {self.first_year} to {self.facts_until}" if self.facts_until < NEVER else ""
        text = f"World {self.name!r}: {len(self.countries)} countries{facts}."
        rows = []
        for domain, who, slots in zip(self.domains, self.buyer, self.slot_vendor, strict=True):
            names = [self.vendors[v] for v in slots if v >= 0]
            rows.append([spoken(domain), who, str(len(names)), ", ".join(names)])
        beside = {
            "Sponsors": self.sponsors,
            "Standard families": self.standards,
            "Bodies": self.body_names,
            "Groups of markets": tuple(self.groups),
        }
        lines = [notebook.sentence(f"{title}: {listed(names)}.") for title, names in beside.items() if names]
        table = notebook.table(["domain", "who buys", "vendors", "who they are"], rows, words=(1, 3))
        return "\n".join([notebook.sentence(text), table, *lines])

    # --- the same with more in its tables ---

    @checks_keywords()
    def with_vendor(
        self, vendor: str, *, offers: Mapping[str, Mapping[str, float]], sponsor: str = "", home: str = "",
        label: str | None = None, kind: str = "firm",
    ) -> World:  # fmt: skip
        """Return the world with one more vendor.

        offers   by domain: ``entry``, first year on the market; ``quality``, utility units, 0 if none; and
                 columns of the table of offers, such as ``relative_cost`` (1 = industry mean) and
                 ``initial_base_share`` (of the first year)
        sponsor  state behind the vendor;  home  economy of its seat;  label  name in figures
        kind     firm, jurisdiction or local

        Raises InputError for what the tables do not allow, and for a world that was not read from tables.
        """
        return additions.with_vendor(self, vendor, sponsor, home, label, kind, offers)

    @checks_keywords()
    def with_group(
        self, group: str, economies: Sequence[str], *, title: str | None = None, excluding: Sequence[str] = ()
    ) -> World:
        """Return the world with one more group of economies, for results and as a target of levers.

        economies  their codes;  title  name in running text;  excluding  see :func:`.additions.with_group`
        Raises InputError as :meth:`with_vendor`.
        """
        return additions.with_group(self, group, economies, title, excluding)

    def with_economy(self, code: str, *, name: str, like: str, size: float = 1.0, **facts: object) -> World:
        """Return the world with one more economy, a copy of another in all tables.

        code   three capital letters;  name  in English
        like   code of the economy whose rows are copied in every table
        size   product and population of the new economy, times those of ``like``
        facts  values in the table of countries that differ from ``like``, such as ``region="Europe"``

        Raises InputError as :meth:`with_vendor`.
        """
        return additions.with_economy(self, code, name, like, size, facts)

    @checks_keywords()
    def with_term(self, function: Term) -> World:
        """Return the world with a term of the user's own in the utility of every offer to every buyer.

        function  its arguments are any of: ``offer``, an :class:`~lockin_sim.model.decisions.Offer` that
                  also has the codes of ``vendor`` and ``sponsor``; its ``weights``,
                  :class:`~lockin_sim.model.decisions.Weights`; ``buyer``, a
                  :class:`~lockin_sim.model.own_terms.Buyer`; and ``year``.  Vendors are the last axis of
                  arrays; it returns utility units that broadcast with the offers, each customer independently

        Several terms add up.  The engines "core" and "mesa" support terms; "fast" refuses them, and "auto"
        takes "core".  On several processes it must be a function of a module, not of a notebook; there and
        for a store it may hold and read numbers, texts, arrays, functions, lists and mappings of them, and of
        packages what depends on its arguments alone, but no file and no object of another class.
        Raises InputError if ``function`` is no such function, and for one that draws at random.
        """
        return terms.with_term(self, function)

    @cached_read_only_property
    def term(self) -> OwnTerm | None:
        """The user's own term of utility; None without a term."""
        return self.facts.get("term")

    @property
    def compiles(self) -> bool:
        """Whether compiled code can run the world: no rule is a user's own or replaced in memory."""
        return self.term is None and not self.has_own_procedures and not find_replaced_code()

    @property
    def has_own_procedures(self) -> bool:
        """Whether a body votes by a procedure of the user's own."""
        return any(is_own(voting.PROCEDURES[body.procedure]) for body in self.bodies)

    @checks_keywords()
    def to_folder(self, path: str | Path) -> Path:
        """Write the world's tables for editing; ``load_world(path)`` reads the same world.

        path  a new folder, or an empty one
        Raises InputError for any other path, and for a world that was not read from tables.
        """
        return additions.to_folder(self, path)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Numbers of domains, countries and vendor slots."""
        return len(self.domains), len(self.countries), self.slot_vendor.shape[1]

    @cached_read_only_property
    def as_recorded(self) -> World:
        """World with orders and loans as recorded, which levers may change; itself without a record.

        An envelope that is smaller than the recorded loans of a year is raised to them.
        """
        if self.recorded_orders is None or self.recorded_loans is None:
            return self
        draft, known = self.conditions.draft(), self.recorded_orders != 0
        draft.restriction_order[known] = self.recorded_orders[known]
        draft.recorded_loans[:] = self.recorded_loans
        of_lender = np.maximum(self.recorded_loans, 0.0).sum(axis=1)
        draft.envelope[:] = np.maximum(self.conditions.envelope, of_lender)
        owed = self.recorded_instalments
        return dataclasses.replace(self, conditions=draft.finished(), first_instalments=owed)

    @cached_read_only_property
    def on_record(self) -> ContractRecord:
        """Recorded contracts of each lot, year by year up to the present."""
        years = range(self.first_year, max(self.present, self.first_year) + 1)
        return build_contract_record(self.contracts, years, (len(self.lots), self.launch_year.shape[2]))

    @property
    def body_names(self) -> tuple[str, ...]:
        """Labels of the bodies."""
        return tuple(body.label for body in self.bodies)

    @property
    def group_names(self) -> tuple[str, ...]:
        """Groups of markets that are measured separately; the world is the first."""
        return ("world", *self.groups)

    def codes(self, *kinds: str) -> tuple[str, ...]:
        """List the codes of one or more kinds of labels, kind by kind.

        kinds  "country", "group", "sponsor", "vendor", "domain", "body" or "standard"
        """
        of = {
            "country": self.countries, "group": self.group_names, "sponsor": self.sponsors,
            "vendor": self.vendors, "domain": self.domains, "body": self.body_names,
            "standard": self.standards,
        }  # fmt: skip
        return tuple(code for kind in kinds for code in of[kind])

    @cache_per_world(most=16)  # every name that is looked up asks for it
    def called(self, *kinds: str) -> dict[str, str]:
        """Build the code of each title of some kinds of labels.

        A title of two kinds gives the code of the first kind.  For "country", other names of economies are
        included.
        """
        titles = {t: code for kind in reversed(kinds) for t, code in self.titles.get(kind, {}).items()}
        more = read_label_column("country_names", "iso3").items() if "country" in kinds else ()
        return titles | {name: code for name, code in more if code in self.countries and name not in titles}

    def code_of(self, where: str, name: str, *kinds: str) -> str:
        """Find the code that a name stands for among some kinds of labels.

        where  argument or option, for messages;  name  a code or a title, in any case
        Raises InputError for a name that none of the kinds has.
        """
        return resolve_name(where, found=name, known=self.codes(*kinds), called=self.called(*kinds))

    def codes_of(self, where: str, names: str | Sequence[str], *kinds: str) -> tuple[str, ...]:
        """Find the codes that one or more names stand for, each code once.

        Names are matched as in :meth:`code_of`, with the same errors.
        """
        return resolve_names(where, names, self.codes(*kinds), self.called(*kinds))

    @property
    def present(self) -> int:
        """Last year that can no longer change; the first year in a world without a record."""
        return self.case.years.present if self.facts_until < NEVER else self.first_year

    @cached_read_only_property
    def group_masks(self) -> Bools:
        """Membership of each group.  (group, domain, country)."""
        domain, country, _ = self.shape
        return np.stack([np.ones((domain, country), dtype=bool), *self.groups.values()])

    @cached_read_only_property
    def slots_used(self) -> list[int]:
        """Number of leading slots of each domain that hold all its vendors.  (domain,)."""
        return [int(np.flatnonzero(slots >= 0).max(initial=-1)) + 1 for slots in self.slot_vendor]

    @cache_per_world(most=4)  # kinds of buyers
    def bought_by(self, buyer: str) -> Integers:
        """Find the domains in which a kind of buyer decides.  (bought domain,), indices."""
        return np.array([d for d, who in enumerate(self.buyer) if who == buyer], dtype=int)

    def step(self, year: int) -> int:
        """Return the position of a year in the conditions."""
        return year - self.first_year

    def horizon(self, years: tuple[int, int] | None) -> tuple[int, int]:
        """Check the first and last year of a run against the data, and return them as integers.

        years  None: from the first year to the horizon of the case
        Raises InputError for years that the world does not have.
        """
        if years is None:
            years = self.first_year, self.case.years.horizon
        allowed = f"{self.first_year} and a later year, {self.last_year} at most"
        check_listed("years", years, allowed=allowed)
        span = tuple(years)
        if len(span) != 2:
            raise unusable("years", found=years, allowed=allowed)
        first, last = map(convert_to_int, span)
        if first is None or last is None or first != self.first_year or not first < last <= self.last_year:
            raise unusable("years", found=span, allowed=allowed)
        if self.calendar is not None and self.calendar.shape[-3] < last - first:
            found = f"{self.calendar.shape[-3]} steps"
            raise unusable("calendar", words=found, allowed=f"one for each of {last - first} years")
        return first, last

    @cached_read_only_property
    def by_generation(self) -> Bools:
        """Whether each domain has generations.  (domain,)."""
        return (self.launch_year < NEVER).any(axis=(-1, -2))

    def concern_in(self, year: int) -> Floats:
        """Return the concern about each sponsor in a year; the last known year holds later.

        (country, sponsor).
        """
        return self.concern if self.concern.ndim == 2 else self.concern[self.concern_since(year)]

    @cache_per_world(most=MOST_YEARS)
    def concern_since(self, year: int) -> int:
        """Find the position of the first year in which concern equals that of ``year``."""
        if self.concern.ndim == 2:
            return 0
        now = self.concern[min(year - self.first_year, len(self.concern) - 1)]
        return int((self.concern == now).all(axis=(1, 2)).argmax())

    def concern_of_slots(self, year: int) -> Floats:
        """Return the concern about the sponsor of each offer in a year.  (domain, country, vendor).

        0 in domains where restrictions do not bite.
        """
        return self._compute_slot_concern(self.concern_since(year))

    @cache_per_world(most=MOST_YEARS)
    def _compute_slot_concern(self, since: int) -> Floats:
        """Compute the concern about the sponsor of each offer.  (domain, country, vendor).

        since  position of the year, see :meth:`concern_since`
        """
        padded = np.pad(self.concern_in(self.first_year + since), ((0, 0), (0, 1)))
        concern = padded[:, self.slot_sponsor].swapaxes(0, 1) * self.sensitive[:, None, None]
        return np.ascontiguousarray(concern)

    @cache_per_world(most=MOST_YEARS)
    def families(self, year: int) -> Floats:
        """Compute the mix of standard families that each sponsor proposes in a year.  (sponsor, standard).

        Families that do not exist yet count as the first family; rows sum to 1 or 0.
        """
        there = self.standard_entry <= year
        mix = self.proposal_mix * there
        mix[:, 0] += (self.proposal_mix * ~there).sum(axis=1)
        return mix

    @cache_per_world(most=MOST_YEARS)
    def own_family(self, year: int) -> Floats:
        """Return 1 for the standard family of a vendor's sponsor once it exists, else 0.

        (domain, vendor, standard).
        """
        there = self.standard_entry <= year
        own = self.family[self.slot_sponsor][..., None] == np.arange(len(self.standards))
        return np.asarray(own & there, dtype=float)

    @cached_read_only_property
    def owned(self) -> Floats:
        """1 where a sponsor owns part of a standard family, else 0.  (sponsor, standard)."""
        return (self.owners.T > 0).astype(float)

    @cache_per_world(most=MOST_YEARS)
    def prescribable(self, year: int) -> Bools:
        """Compute which standard families a state may prescribe in a year.  (country, standard), bool.

        All existing families; a state whose own sponsors own any may prescribe these only, as each owner of a
        television standard took its own.
        """
        own = (self.home.astype(float) @ self.owned) > 0
        return (self.standard_entry <= year) & (own | ~own.any(axis=1, keepdims=True))

    @cached_read_only_property
    def owned_slots(self) -> Floats:
        """1 where the sponsor of a slot's vendor owns part of a family.  (domain, vendor, standard)."""
        return np.pad(self.owned, ((0, 1), (0, 0)))[self.slot_sponsor]

    @cached_read_only_property
    def ties(self) -> Floats:
        """Weight of affinity with each sponsor in a vote on each family.  (sponsor, standard).

        Owners of a family count for it, and their rivals against it, by the owners' shares.
        """
        return (self.owners - self.owners @ self.rivals).T

    @cached_read_only_property
    def membership(self) -> Bools:
        """Membership of each country in each body.  (country, body)."""
        if not self.bodies:
            return np.zeros((len(self.countries), 0), dtype=bool)
        return np.stack([body.members for body in self.bodies], axis=-1)

    def audiences(self, demanded: Bools) -> tuple[Integers, Integers]:
        """Group countries with the same memberships and demands, which see the same status of offers.

        demanded  (country, standard), families that offers must support there
        Returns the audience of each country, (country,), and one country of each audience, (audience,).
        """
        return _group_audiences(self, demanded.tobytes())

    @cached_read_only_property
    def traded(self) -> Bools:
        """Whether offers of each domain are sold, not adopted as systems and rules are.  (domain,)."""
        return np.array([who != "adopters" for who in self.buyer])

    @property
    def landings_kept(self) -> Any:
        """Share of landed projects still in use a year later; 1 without projects."""
        return 1.0 if self.routes is None else 1.0 - 1.0 / self.lifetime[self.routes.domain]

    @cached_read_only_property
    def bindingness(self) -> Floats:
        """How much the standards of each body bind, NaN for forums by invitation.  (body,)."""
        return np.array([body.bindingness for body in self.bodies])

    def seen_weight(self, mandate: Bools, forum_weight: Numbers) -> Floats:
        """Compute the weight of each body in the official status visible to all, by its bindingness.

        mandate       (body, domain)
        forum_weight  bindingness of forums by invitation, a number or (run, 1, 1)
        Returns (domain, body) or (run, domain, body); zeros in a domain that no binding body standardises.
        """
        return voting.seen_weight(mandate.T, self._fill_bindingness(forum_weight))

    def attention(
        self, mandate: Bools, forum_weight: Numbers, countries: Integers | slice = slice(None)
    ) -> Floats:
        """Compute the weight of each of a country's bodies in the official status that it sees.

        mandate       (body, domain)
        forum_weight  bindingness of forums by invitation, a number or (run, 1, 1, 1)
        Returns (domain, country, body) or (run, domain, country, body).
        """
        seen = mandate.T[:, None, :] & self.membership[countries]
        return voting.seen_weight(seen, self._fill_bindingness(forum_weight))

    def _fill_bindingness(self, forum_weight: Numbers) -> Floats:
        """Fill in ``forum_weight`` as the bindingness of forums by invitation.  (..., body)."""
        return np.where(np.isnan(self.bindingness), forum_weight, self.bindingness)

    # --- who sells what, where and from when on ---

    @cached_read_only_property
    def sponsored(self) -> Bools:
        """Whether each sponsor is the sponsor of a slot's vendor.  (domain, vendor, sponsor)."""
        return np.equal(self.slot_sponsor[..., None], np.arange(len(self.sponsors)))

    @cached_read_only_property
    def sponsored_slots(self) -> Floats:
        """Indicator of the sponsor of each slot's vendor as 0 or 1.  (domain, vendor, sponsor + 1).

        The last column, for vendors without a sponsor, is zero.
        """
        return np.pad(self.sponsored.astype(float), ((0, 0), (0, 0), (0, 1)))

    @cached_read_only_property
    def first_sale(self) -> Integers:
        """First year in which a sponsor has a vendor on the market, or NEVER.  (domain, sponsor)."""
        entry = np.where(self.slot_vendor >= 0, self.slot_entry, NEVER)
        return np.where(self.sponsored, entry[..., None], NEVER).min(axis=1, initial=NEVER)

    def offered(self, year: int, served: Bools, barrier: Bools) -> Bools:
        """Compute which vendors are on sale in each country: on the market, serving the country, not barred.

        served   (domain, country, vendor), whether the offer's service area holds the country
        barrier  (domain, country, sponsor), standing market barriers
        Returns (domain, country, vendor), bool.
        """
        there = self.entered(year)[:, None] & served
        if not barrier.any():
            return there
        result: Bools = there & ~with_none(barrier).take(self._sponsor_of_offer)
        return result

    @cached_read_only_property
    def _sponsor_of_offer(self) -> Integers:
        """Position of each offer's sponsor in a flattened table (domain, country, sponsor + 1).

        (domain, country, vendor).
        """
        market = np.arange(len(self.slot_sponsor) * len(self.countries)).reshape(-1, len(self.countries), 1)
        return market * (len(self.sponsors) + 1) + self.slot_sponsor[:, None]

    @cache_per_world(most=MOST_YEARS)
    def entered(self, year: int) -> Bools:
        """Compute which vendors have entered the market anywhere by a year.  (domain, vendor), bool."""
        return (self.slot_entry <= year) & (self.slot_vendor >= 0)

    def own_slots(self, year: int) -> Bools:
        """Find the adopted systems and rules of a country's own sponsor in a year.

        Returns (domain, country, vendor), bool.
        """
        return self._compute_own_slots(
            0 if self.law is None else min(year - self.first_year, len(self.law) - 1)
        )

    @cache_per_world(most=MOST_YEARS)
    def _compute_own_slots(self, step: int) -> Bools:
        """Compute the own systems and rules for a step of the recorded laws, cached."""
        law = self.home if self.law is None else self.law[step]
        adopters = np.array([who == "adopters" for who in self.buyer])
        own = find_own_offers(self.home, law, self.slot_sponsor, self.enacted)
        return np.ascontiguousarray(own & adopters[:, None, None])

    @cache_per_world(most=MOST_YEARS)
    def own_laws(self, year: int) -> tuple[Integers, Integers, Integers]:
        """Find the sponsors' own laws in their own countries: domain, country and slot.  (law,) each."""
        domain, country, vendor = np.nonzero(self.own_slots(year) & self.enacted[:, None, None])
        return domain, country, vendor

    # --- random keys, made of labels: another order changes nothing ---

    cell_keys = cached_read_only_property(keys.compute_cell_keys)
    lot_keys = cached_read_only_property(keys.compute_lot_keys)
    operator_keys = cached_read_only_property(keys.compute_operator_keys)
    lender_keys = cached_read_only_property(keys.compute_lender_keys)
    offer_keys = cached_read_only_property(keys.compute_offer_keys)
    market_keys = cached_read_only_property(keys.compute_market_keys)
    ballot_keys = cached_read_only_property(keys.compute_ballot_keys)
    proposal_keys = cached_read_only_property(keys.compute_proposal_keys)
    restriction_keys = cached_read_only_property(keys.compute_restriction_keys)


@cache_per_world(most=64)  # demands change in few years, and are the same in all runs
def _group_audiences(world: World, demanded: bytes) -> tuple[Integers, Integers]:
    """Group countries with the same memberships and demands, cached by world.

    demanded  bytes of the mask (country, standard), bool
    Returns as :meth:`World.audiences`.
    """
    flags = np.frombuffer(demanded, dtype=bool).reshape(len(world.countries), -1)
    alike = np.append(world.membership, flags, axis=1)
    _, first, audience = np.unique(alike, axis=0, return_index=True, return_inverse=True)
    return audience.reshape(-1), first

"""Questions of the record to runs: each returns one number per run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.common.conventions import NEVER, Bools, Floats, Integers
from lockin_sim.common.draws import Draws, History
from lockin_sim.model.measures import Alone, Reading
from lockin_sim.model.measures.recorder import read_seed_and_runs
from lockin_sim.model.projects import Plans, plan
from lockin_sim.record import CABLES, CHANGES, LEAST_LOAN, MOBILE, PHONES, SPONSOR, Question, tables
from lockin_sim.record.conditioned import ConditionedHistories
from lockin_sim.record.tables import compute_country_differences, list_complete_economies, load_network_shares
from lockin_sim.world import World
from lockin_sim.world.suppliers import RESTRICTED

if TYPE_CHECKING:
    import xarray as xr

#: Landings of submarine cables: nothing else lands.
LANDINGS = Reading("landings", at=(("domain", CABLES),))

#: By slot, of which a domain has fewer than there are vendors.
BY_SLOT = {
    name: Reading(name, slots=True) for name in ("group_sales", "group_vendor_share", "adoption", "installed")
}
#: What is sold to groups of markets, and what they have.
OF_GROUPS = BY_SLOT["group_sales"], BY_SLOT["group_vendor_share"]

#: Variables to record for all questions.
RECORD = Alone(
    (
        *BY_SLOT.values(),
        "generation",
        "group_retention",
        "incumbent",
        LANDINGS,
        "lent",
        "restricted",
    )
)

#: Axes of variables after run and year; those of sponsors are read for the one under study.
AXES = {
    **dict.fromkeys(("group_sales", "group_vendor_share"), ("group", "domain", "vendor")),
    **dict.fromkeys(("installed", "adoption"), ("country", "domain", "vendor")),
    **dict.fromkeys(("lent", "restricted"), ("country",)),
    "group_retention": ("group", "domain"),
}
#: Variables of sales and loans, USD bn.
AMOUNTS = ("group_sales", "lent")

#: Runs read together if the installed bases of all economies are recorded, which are large.
AT_ONCE = 8

#: Measures of submarine cables, in this order.
BUILT = ("cables", "landings", "km")


@dataclass(frozen=True)
class AnswerReducer:
    """Reduction of runs to ``values`` (run, question).

    history  of all runs, by their number; None = their own shocks
    """

    questions: tuple[Question, ...]
    history: History | ConditionedHistories | None = None

    def __call__(self, ds: xr.Dataset, world: World) -> dict[str, Floats]:
        """Compute ``values``, the answers of the runs of a dataset.  (run, question)."""
        luck = None if self.history is None else self.history[ds["run"].values]
        return {"values": answer_questions(RunView(ds, world, luck), self.questions)}


class RunView:
    """Runs of a dataset as arrays from which questions are answered; derived arrays are cached.

    history  of the runs; None = their own shocks
    """

    def __init__(self, ds: xr.Dataset, world: World, history: History | None = None) -> None:
        self.ds, self.world, self.history = ds, world, history
        self.first = int(ds["year"].values[0])
        self.groups = {name: k for k, name in enumerate(world.group_names)}
        self._values: dict[str, Floats] = {}
        self._wide = set[str]()  # those of all vendors, not by slot
        self._shares: dict[tuple[str, int], Floats] = {}
        self._largest: dict[tuple[str, int], tuple[Integers, Floats]] = {}

    def __getitem__(self, name: str) -> Floats:
        """Return a variable over (run, year) and its :data:`AXES`; missing amounts are zero."""
        if name not in self._values:
            variable = BY_SLOT[name].of(self.ds) if name in BY_SLOT else self.ds[name]
            if "sponsor" in variable.dims:
                variable = variable.sel(sponsor=SPONSOR)
            if "vendor" in variable.dims:
                self._wide.add(name)
            axes = (axis if axis in variable.dims else "slot" for axis in AXES[name])
            values = variable.transpose("run", "year", *axes).values
            self._values[name] = np.nan_to_num(values) if name in AMOUNTS else values
        return self._values[name]

    def by_vendor(self, name: str, domain: str, *at: int | slice) -> Floats:
        """Return a variable by vendor in a domain, at positions of years and then places.

        Vendors outside the domain have zero amounts, and NaN in other variables.  (run, ..., vendor).
        """
        d = self.domain(domain)
        values: Floats = self[name][:, *at, d]
        if name in self._wide:
            return values
        absent = 0.0 if name in AMOUNTS else np.nan
        wide = np.full((*values.shape[:-1], len(self.world.vendors)), absent)
        slots = np.flatnonzero(self.world.slot_vendor[d] >= 0)
        wide[..., self.world.slot_vendor[d, slots]] = values[..., slots]
        return wide

    def step(self, year: int) -> int:
        """Return the position of a year."""
        return year - self.first

    def span(self, question: Question) -> slice:
        """Return the slice of positions of all years of a question."""
        return slice(self.step(question.since or question.year), self.step(question.year) + 1)

    def vendors(self, names: tuple[str, ...]) -> list[int]:
        """Return the positions of vendors."""
        return [self.world.vendors.index(name) for name in names]

    def domain(self, name: str) -> int:
        """Return the position of a domain."""
        return self.world.domains.index(name)

    def countries(self, names: tuple[str, ...]) -> list[int]:
        """Return the positions of economies."""
        return [self.world.countries.index(name) for name in names]

    @cached_property
    def restricts(self) -> Bools:
        """Mask of economies that restrict vendors of the sponsor.  (run, year, country)."""
        return self["restricted"] > 0

    @cached_property
    def since(self) -> Floats:
        """First year in which an economy restricts, NEVER if it does not.  (run, country)."""
        years = self.ds["year"].values
        ever, first = self.restricts.any(axis=1), self.restricts.argmax(axis=1)
        return np.where(ever, years[first], NEVER).astype(float)

    @cached_property
    def between(self) -> dict[str, Floats]:
        """Differences between economies with recorded shares of networks that are not kept aside.

        Arrays (run,) by name of :data:`.tables.BETWEEN`.
        """
        known = load_network_shares()
        fit = np.flatnonzero(known.fit & np.isin(known.countries, self.world.countries))
        share = compute_sponsor_share(self.ds, self.world, MOBILE, [known.countries[k] for k in fit])
        paired = np.isfinite(known.later[fit])
        steps = (known.later_year[fit].astype(int) - self.first)[paired]
        now = share[:, self.step(2020)]
        return compute_country_differences(now, share[:, steps, np.flatnonzero(paired)] - now[:, paired])

    @cached_property
    def stays(self) -> Floats:
        """Share of operators that keep a main supplier, see :func:`compute_supplier_retention`.  (run,
        change).
        """
        return compute_supplier_retention(self.ds, self.world)

    @cached_property
    def built(self) -> Floats:
        """Projects of each year by supplier, see :func:`compute_projects_by_supplier`.  (run, year, counted,
        vendor).
        """
        return compute_projects_by_supplier(self.ds, self.world, self.history)

    def shares(self, domain: str, year: int) -> Floats:
        """Compute vendors' shares of each economy's base, NaN without a base.  (run, country, vendor)."""
        if (domain, year) not in self._shares:
            installed = np.nan_to_num(self.by_vendor("installed", domain, self.step(year), slice(None)))
            total = installed.sum(axis=-1, keepdims=True)
            share = np.divide(installed, total, out=np.full(installed.shape, np.nan), where=total > 0)
            self._shares[domain, year] = share
        return self._shares[domain, year]

    def largest(self, domain: str, year: int) -> tuple[Integers, Floats]:
        """Find the largest single vendor of each economy, -1 without a base, and its share, else NaN.

        Offers that stand for many suppliers do not count.  Both arrays are (run, country).
        """
        if (domain, year) not in self._largest:
            d, share = self.domain(domain), self.shares(domain, year)
            many = np.zeros(len(self.world.vendors), dtype=bool)
            slots = np.flatnonzero(self.world.slot_vendor[d] >= 0)
            many[self.world.slot_vendor[d, slots]] = self.world.is_local[d, slots]
            some, single = np.isfinite(share).all(axis=-1), np.nan_to_num(share) * ~many
            vendor = np.where(some, single.argmax(axis=-1), -1)
            self._largest[domain, year] = vendor, np.where(some, single.max(axis=-1), np.nan)
        return self._largest[domain, year]


def answer_questions(view: RunView, questions: tuple[Question, ...]) -> Floats:
    """Compute the answer to each question in each run.  (run, question)."""
    return np.stack([KINDS[question.kind](view, question) for question in questions], axis=1)


# --- shares of markets ---------------------------------------------------------------------------------


def _sum_vendor_shares(view: RunView, shares: Floats, question: Question) -> Floats:
    """Sum the shares of the question's vendors, relative to the vendors in ``among`` if there are any.

    shares  (run, vendor);  returns (run,), NaN where all shares are NaN or the denominator is zero
    """
    mine = np.nansum(shares[:, view.vendors(question.members)], axis=1)
    if question.among:
        whole = np.nansum(shares[:, view.vendors(question.among)], axis=1)
        mine = np.divide(mine, whole, out=np.full(len(mine), np.nan), where=whole > 0)
    return np.where(np.isnan(shares).all(axis=1), np.nan, mine)


def _compute_sales_shares(
    view: RunView, question: Question, among: tuple[str, ...], around: int = 1
) -> Floats:
    """Compute the share of the question's vendors in sales to a group, in a year and ``around`` it.

    among  vendors of the denominator; empty = all
    Returns (run, year), NaN where nothing is sold.
    """
    step = view.step(question.year)
    near = slice(step - around, step + around + 1)
    sold = view.by_vendor("group_sales", question.domain, near, view.groups[question.place])
    mine = sold[..., view.vendors(question.members)].sum(-1)
    whole = (sold[..., view.vendors(among)] if among else sold).sum(-1)
    share: Floats = np.divide(mine, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return share


def sales(view: RunView, question: Question) -> Floats:
    """Compute the share of a group's sales, mean over the year and the two around it.

    Reported years differ from the model's, hence three years.  If ``among`` is given, the result is the ratio
    of the means of members and of ``among``.
    """
    mine: Floats = _compute_sales_shares(view, question, ()).mean(axis=1)
    if not question.among:
        return mine
    whole = _compute_sales_shares(view, question._replace(members=question.among), ()).mean(axis=1)
    share: Floats = np.divide(mine, whole, out=np.full(whole.shape, np.nan), where=whole > 0)
    return share


def sales_among(view: RunView, question: Question) -> Floats:
    """Compute the share of some vendors' sales, mean over the year and the two around it."""
    return _compute_sales_shares(view, question, question.among).mean(axis=1)


def sales_in_year(view: RunView, question: Question) -> Floats:
    """Compute the share of a group's sales, or of some vendors' sales, in one year."""
    return _compute_sales_shares(view, question, question.among, around=0)[:, 0]


def revenue(view: RunView, question: Question) -> Floats:
    """Compute the sales of vendors in a group, USD bn, mean over years."""
    sold = view.by_vendor("group_sales", question.domain, view.span(question), view.groups[question.place])
    yearly: Floats = sold[..., view.vendors(question.members)].sum(axis=-1)
    return np.mean(yearly, axis=-1)


def base(view: RunView, question: Question) -> Floats:
    """Compute the share of the base of a group of markets, or an economy; NaN without a base."""
    if question.place in view.groups:
        at = view.step(question.year), view.groups[question.place]
        return _sum_vendor_shares(view, view.by_vendor("group_vendor_share", question.domain, *at), question)
    shares = view.shares(question.domain, question.year)
    return _sum_vendor_shares(view, shares[:, view.world.countries.index(question.place)], question)


def change(view: RunView, question: Question) -> Floats:
    """Compute the absolute change of a share since an earlier year."""
    return np.abs(base(view, question) - base(view, question._replace(year=question.since)))


def retention(view: RunView, question: Question) -> Floats:
    """Compute the share of value renewed with its incumbent, mean over years."""
    at = view.span(question), view.groups[question.place], view.domain(question.domain)
    return np.nanmean(view["group_retention"][:, *at], axis=1)


# --- how economies differ ------------------------------------------------------------------------------


def between_economies(view: RunView, question: Question) -> Floats:
    """Return a difference between the economies with recorded shares, by place: :data:`.tables.BETWEEN`."""
    return view.between[question.place]


def led(view: RunView, question: Question) -> Floats:
    """Count the economies whose largest single vendor is a member.

    The place "unserved" restricts the count to economies that the first member does not serve.
    """
    top, _ = view.largest(question.domain, question.year)
    mine = np.isin(top, view.vendors(question.members))
    if question.place == "unserved":
        d, v = view.domain(question.domain), view.world.vendors.index(question.members[0])
        slot = int(np.flatnonzero(view.world.slot_vendor[d] == v)[0])
        mine = mine[:, ~view.world.conditions.served[-1, d, :, slot]]
    return mine.sum(axis=1).astype(float)


def largest_share(view: RunView, question: Question) -> Floats:
    """Return the share of the largest single vendor of an economy."""
    return view.largest(question.domain, question.year)[1][:, view.world.countries.index(question.place)]


def dominated(view: RunView, question: Question) -> Floats:
    """Count the economies in which the largest single vendor has more than 90 %."""
    return (view.largest(question.domain, question.year)[1] > 0.9).sum(axis=1).astype(float)


def supplied(view: RunView, question: Question) -> Floats:
    """Count the economies with an installed base of any vendor."""
    return (view.largest(question.domain, question.year)[0] >= 0).sum(axis=1).astype(float)


def still_first(view: RunView, question: Question) -> Floats:
    """Count the economies with the same largest vendor as in an earlier year."""
    now, before = (view.largest(question.domain, y)[0] for y in (question.year, question.since))
    count: Floats = ((now == before) & (before >= 0)).sum(axis=1).astype(float)
    return count


def stays(view: RunView, question: Question) -> Floats:
    """Return the share of operators that keep a main supplier at the generation change named by the place."""
    return view.stays[:, [*CHANGES].index(question.place)]


def compute_sponsor_share(ds: xr.Dataset, world: World, domain: str, countries: list[str]) -> Floats:
    """Compute the sponsor's share of operators' capacity in a domain, NaN without capacity.

    ds  with ``incumbent``
    Returns (run, year, country).
    """
    incumbents = ds["incumbent"].transpose("run", "year", "lot")
    mine = incumbents["lot_domain"].values == domain
    vendor, country, weight = (
        incumbents.values[..., mine],
        incumbents["lot_country"].values[mine],
        incumbents["weight"].values[mine],
    )
    d, h = world.domains.index(domain), world.sponsors.index(SPONSOR)
    chinese = np.isin(vendor, world.slot_vendor[d][world.sponsored[d, :, h] & (world.slot_vendor[d] >= 0)])
    belongs = country[:, None] == np.asarray(countries)
    total = ((vendor >= 0) * weight) @ belongs
    part: Floats = np.divide(
        (chinese * weight) @ belongs, total, out=np.full(total.shape, np.nan), where=total > 0
    )
    return part


def compute_supplier_retention(ds: xr.Dataset, world: World) -> Floats:
    """Compute the share of operators that keep a main supplier, in the economies recorded.

    ds  with ``incumbent``, ``generation`` and ``restricted``
    An operator's main suppliers are those with most of its lots, several if equal.  It changes generation
    from the year before its first lot moves to the year in which its last lot has; changes not complete by
    the end of the runs are left out.  Returns (run, change of CHANGES).
    """
    lots = world.lots
    mine = np.flatnonzero(
        (lots.domain == world.domains.index(MOBILE))
        & np.isin(np.array(world.countries)[lots.country], list_complete_economies())
    )
    operator = np.unique(lots.operator[mine], return_inverse=True)[1]
    country = lots.country[mine][np.unique(operator, return_index=True)[1]]
    vendor, generation = (
        ds[name].transpose("run", "year", "lot").values[..., mine] for name in ("incumbent", "generation")
    )
    barred = ds["restricted"].sel(sponsor=SPONSOR).transpose("run", "year", "country").values[..., country]
    limited = np.array([world.vendors.index(name) for name in sorted(RESTRICTED)])
    run, who = np.ogrid[: len(vendor), : len(country)]
    size, parts = np.bincount(operator), []
    for into, everybody in CHANGES.values():
        moved = (generation >= into).astype(int)
        count = np.stack([moved[..., operator == k].sum(axis=-1) for k in range(len(country))], axis=-1)
        first, last = ((count >= least).argmax(axis=1) for least in (1, size))
        known = (count[:, -1] == size) & (first > 0)
        before = _find_main_suppliers(vendor, operator, np.maximum(first - 1, 0), len(world.vendors))
        after = _find_main_suppliers(vendor, operator, last, len(world.vendors))
        hit = before[..., limited].any(axis=-1) & barred[run, last, who]
        known &= before.any(axis=-1) & (everybody | ~hit)
        stayed = (before & after).any(axis=-1)
        parts.append((stayed & known).sum(axis=-1) / np.where(known.any(axis=-1), known.sum(axis=-1), np.nan))
    return np.stack(parts, axis=-1)


def _find_main_suppliers(vendor: Integers, operator: Integers, step: Integers, vendors: int) -> Bools:
    """Find the main suppliers of each operator, each in its own year.  (run, operator, vendor).

    vendor  (run, year, lot), -1 where a lot has none;  operator (lot,);  step (run, operator)
    """
    run = np.arange(len(vendor))[:, None]
    now = vendor[run, step[:, operator], np.arange(len(operator))]
    count = np.zeros((len(vendor), step.shape[1], vendors))
    np.add.at(count, (run, operator, np.maximum(now, 0)), now >= 0)
    result: Bools = (count > 0) & (count == count.max(axis=-1, keepdims=True))
    return result


# --- restrictions, loans, surveillance -----------------------------------------------------------------


def restricts(view: RunView, question: Question) -> Floats:
    """Return whether an economy restricts vendors of the sponsor in a year: 0 or 1."""
    at = view.step(question.year), view.world.countries.index(question.place)
    return view.restricts[:, *at].astype(float)


def restricted(view: RunView, question: Question) -> Floats:
    """Return whether an economy has restricted vendors of the sponsor by a year: 0 or 1."""
    return (view.since[:, view.world.countries.index(question.place)] <= question.year).astype(float)


def restricting(view: RunView, question: Question) -> Floats:
    """Count the members that have restricted vendors of the sponsor by a year."""
    since = view.since[:, view.countries(question.members)]
    return (since <= question.year).sum(axis=1).astype(float)


def lent(view: RunView, question: Question) -> Floats:
    """Compute the sponsor's loans to an economy over some years, USD m."""
    country = view.world.countries.index(question.place)
    return 1000 * view["lent"][:, view.span(question), country].sum(axis=1)


def lent_any(view: RunView, question: Question) -> Floats:
    """Return whether the sponsor's loans to an economy are large enough for a record, 0 or 1."""
    return (lent(view, question) >= LEAST_LOAN).astype(float)


def lent_part(view: RunView, question: Question) -> Floats:
    """Compute the members' share of the sponsor's loans to the economies in ``among``; 0 without loans."""
    total = view["lent"][:, view.span(question)].sum(axis=1)
    whole = total[:, view.countries(question.among)].sum(axis=1)
    mine = total[:, view.countries(question.members)].sum(axis=1)
    return mine / np.maximum(whole, np.finfo(float).tiny)


def _compute_listing_chance(view: RunView, question: Question, economies: tuple[str, ...]) -> Floats:
    """Compute the chance that a record lists economies that have any system.  (country,)."""
    return tables.compute_listing_probability(
        view.world.conditions.gdp[view.world.step(question.year), view.countries(economies)]
    )


def listed(view: RunView, question: Question) -> Floats:
    """Compute the chance that a record lists some vendors in an economy: 0 where none has a base."""
    share = base(view, question)
    return (np.nan_to_num(share) > 0) * _compute_listing_chance(view, question, (question.place,))


def listed_number(view: RunView, question: Question) -> Floats:
    """Compute the expected number of economies listed with a vendor of the sponsor."""
    year = view.ds.sel(year=[question.year])
    share = compute_sponsor_share(year, view.world, question.domain, list(question.members))
    expected: Floats = (share > 0) @ _compute_listing_chance(view, question, question.members)
    return expected[:, 0]


# --- cables, systems and rules -------------------------------------------------------------------------


def cables(view: RunView, question: Question) -> Floats:
    """Compute the share of cables, landings or km over some years; the place names the measure."""
    totals = view.built[:, view.span(question), BUILT.index(question.place)].sum(axis=1)
    return _sum_vendor_shares(view, totals, question)


def built(view: RunView, question: Question) -> Floats:
    """Compute the yearly number of cables or landings, or km, of some suppliers; no members = all."""
    yearly = view.built[:, view.span(question), BUILT.index(question.place)].mean(axis=1)
    mine = yearly[:, view.vendors(question.members)] if question.members else yearly
    return mine.sum(axis=1)


def _get_adoption(view: RunView, question: Question) -> Floats:
    """Return the adoption of one system or law, zero where missing.  (run, country)."""
    adopted = view.by_vendor("adoption", question.domain, view.step(question.year), slice(None))
    return np.nan_to_num(adopted[..., view.world.vendors.index(question.members[0])])


def adopted(view: RunView, question: Question) -> Floats:
    """Return how far an economy has adopted a system or law.

    For the place "world", the number of economies, counting fractions.
    """
    adoption = _get_adoption(view, question)
    if question.place == "world":
        return adoption.sum(axis=1)
    return adoption[:, view.world.countries.index(question.place)]


def phones_reading(view: RunView, question: Question) -> Floats:
    """Compute the share of phones, by value, in economies that have adopted a satellite system.

    Place "world": of the world's phones; "abroad": of the phones outside its owner's economies; "home": the
    phones of its owner's economies as a share of the world's.
    """
    world, d = view.world, view.domain(question.domain)
    phones = world.conditions.market_size[world.step(question.year), view.domain(PHONES)]
    slot = int(np.flatnonzero(world.slot_vendor[d] == world.vendors.index(question.members[0]))[0])
    own = world.home[:, int(world.slot_sponsor[d, slot])]
    counted = {"world": phones, "home": phones * own, "abroad": phones * ~own}[question.place]
    whole = counted if question.place == "abroad" else phones
    part: Floats = (_get_adoption(view, question) * counted).sum(axis=1) / whole.sum()
    return part


def compute_projects_by_supplier(ds: xr.Dataset, world: World, history: History | None = None) -> Floats:
    """Compute the projects of each year by supplier, from landings in use and the plans of the year.

    ds       with :data:`LANDINGS`
    history  of the runs, None: their own shocks

    A project belongs to the supplier that landed in all its economies in that year; a project with several
    such suppliers, by chance of other projects, is shared among them.
    Returns (run, year, counted of BUILT, vendor), zeros in the first year.
    """
    projects = np.zeros((ds.sizes["run"], ds.sizes["year"], len(BUILT), len(world.vendors)))
    if world.routes is None:
        return projects
    in_use = np.nan_to_num(LANDINGS.of(ds).transpose("run", "year", "country", "vendor").values)
    draws = Draws(*read_seed_and_runs(ds), history)
    stays = world.landings_kept
    for step, year in enumerate(ds["year"].values[1:], start=1):
        new = np.round(in_use[:, step] - stays * in_use[:, step - 1])
        plans = plan(world, draws.stream("project", int(year)))
        part = compute_project_shares(new, plans)
        projects[:, step, 0] = part.sum(axis=1)
        projects[:, step, 1] = new.sum(axis=1)
        projects[:, step, 2] = (part * plans.length).sum(axis=1)
    return projects


def compute_project_shares(new: Floats, plans: Plans) -> Floats:
    """Compute the share of each project that each vendor supplies; 0 where nobody could supply.

    new  (run, country, vendor), landings of the year
    Returns (run, project, vendor).
    """
    part = np.ones((*plans.country.shape[:2], new.shape[-1]))
    run = np.arange(len(new))[:, None]
    for landing in range(plans.country.shape[-1]):
        country = plans.country[..., landing]
        part *= np.where(country[..., None] >= 0, new[run, country], 1.0)
    whole = part.sum(axis=-1, keepdims=True)
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


#: All kinds of questions by name.
KINDS: Mapping[str, Callable[[RunView, Question], Floats]] = {
    f.__name__: f
    for f in (
        sales,
        sales_among,
        sales_in_year,
        revenue,
        base,
        change,
        retention,
        between_economies,
        led,
        largest_share,
        dominated,
        supplied,
        still_first,
        stays,
        restricts,
        restricted,
        restricting,
        lent,
        lent_any,
        lent_part,
        listed,
        listed_number,
        cables,
        built,
        adopted,
        phones_reading,
    )
}

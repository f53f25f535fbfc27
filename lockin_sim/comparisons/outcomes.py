"""Outcomes: one number per run and year, each a function of a dataset of ``lockin_sim.simulate``.

An outcome is declared where it is defined, with its unit and label, some once for each sponsor, domain, body
or group of markets.  To add an outcome, write one function here.  Names, labels and docstrings may refer to
the world's case: ``{family}`` is the standard family under study, ``{title}`` its title, ``{sponsor}`` the
first sponsor, ``{adjective}`` the adjective of its vendors, and ``{own}`` the adjective in names.  Most
outcomes can be read of any place, in one domain, see :mod:`lockin_sim.comparisons.measured_places`.

World figures weight domains by market size of the year.  Undefined values are NaN, and drop out of means over
domains together with their weights; they never count as zero.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.common.errors import InputError, unusable
from lockin_sim.common.fingerprint import declare as declare_own
from lockin_sim.common.fingerprint import is_own
from lockin_sim.common.formats import meaning_of, unit_of, with_article
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.statistics import weighted_mean
from lockin_sim.comparisons.effects_reader import LEAST
from lockin_sim.world import World, resolve_world
from lockin_sim.world.cache import cache_per_world
from lockin_sim.world.case import load_bundled_case
from lockin_sim.world.names import format_group, format_label, get_sponsor_adjective

if TYPE_CHECKING:
    import xarray as xr

#: Groups of markets reported separately, if a world has them.
GROUPS = (f"excluding_{load_bundled_case().sponsors[0]}", *load_bundled_case().groups)


class Outcome(NamedTuple):
    """Outcome: one number per run and year."""

    name: str
    unit: str
    label: str
    doc: str
    of: Callable[[xr.Dataset, World], Floats]  # a dataset and its world -> (run, year)
    record: tuple[str, ...] = ()  # variables that it needs beyond those always there
    least: float | None = None  # smallest difference that is called an effect, as shown; None = its unit's
    reads: tuple[str, ...] = ()  # all that it reads, if each is measured in groups of markets as in the world
    quantity: str = ""  # its name without the member
    member: str = ""  # that its name ends with
    group: str = ""  # the same, if that is a group of markets
    placed: str = ""  # label of one place in one domain, with {domain} and {place} in it
    place: str = ""  # a group, an economy or the median one; "" = that of its declaration

    def __repr__(self) -> str:
        """Return name, label and unit, without the function."""
        return f"<Outcome {self.name!r}: {self.label}, {self.unit}>"


type _Function = Callable[..., Floats]
type _Members = Callable[[World], Mapping[str, str]]

#: Declared functions, with the standards that they need and their members.
_DECLARED: list[tuple[Outcome, str, _Members | None]] = []


@checks_keywords()
def outcome(
    unit: str,
    label: str,
    *,
    name: str = "",
    members: _Members | None = None,
    needs: str = "",
    record: tuple[str, ...] = (),
    least: float | None = None,
    reads: tuple[str, ...] = (),
    placed: str = "",
) -> Callable[[_Function], _Function]:
    """Declare a function (dataset, world) -> (run, year) as the outcome of its name.

    name     its name, if not the function's; with ``{family}`` in it, the outcome exists only in worlds with
             a case
    members  a function that lists members of a world, and names them for ``{}`` in the label: the outcome
             ``<name>_<member>`` of each passes it to the function as third argument
    needs    a standard family without which the outcome does not exist
    record   variables that the outcome needs beyond those always recorded
    least    smallest difference that counts as an effect, in the unit shown; None = the default of its unit
    reads    all variables that the function reads, if each is measured in groups of markets as in the world:
             the outcome then exists for any place, see :mod:`lockin_sim.comparisons.measured_places`
    placed   its label there, with ``{domain}`` and ``{place}``; "" = the label and these two
    Raises InputError if the package has an outcome of that name; if only another world than the bundled one
    has it, outcomes of that world are refused.
    """

    def declare(function: _Function) -> _Function:
        """Register a function as an outcome and return it."""
        named, doc = name or function.__name__, meaning_of(function)
        about = Outcome(named, unit, label, doc, function, record, least, reads, named, placed=placed)
        _DECLARED.append((about, needs, members))
        try:
            if is_own(function):
                collect_outcomes(resolve_world(None))
            declare_own(f"outcome {function.__name__}", function)
        except InputError:
            _DECLARED.pop()
            raise
        return function

    return declare


#: The same for outcomes of a user's own.
own_outcome = outcome


def collect_outcomes(world: World) -> dict[str, Outcome]:
    """Collect the declared outcomes that exist in a world, by name.

    Raises InputError where an outcome of the package and one of a user's own have the same name.
    """
    about, case, outcomes, by_user = dict[str, str](), world.case, dict[str, Outcome](), dict[str, bool]()
    if case.family:
        about = {
            "family": case.family,
            "title": format_label("standard", case.family),
            "sponsor": case.sponsors[0],
        }
        about |= {
            "adjective": get_sponsor_adjective(case.sponsors[0]),
            "own": get_sponsor_adjective(case.sponsors[0]).lower(),
        }
    about |= {"domain": "{domain}", "place": "{place}"}  # are filled in later
    for each, needs, members in sorted(_DECLARED, key=lambda each: each[2] is not None):
        if (needs and needs not in world.standards) or (not case.family and "{family}" in each.name):
            continue
        for member, called in ({"": ""} if members is None else members(world)).items():
            labels = (text.replace("{}", called) for text in (each.label, each.placed))
            quantity, doc, label, placed = (text.format(**about) for text in (each.name, each.doc, *labels))
            name = quantity if members is None else f"{quantity}_{member}"
            of = each.of if members is None else _bind_member(each.of, member)
            group = member if members is _list_groups else ""
            if by_user.setdefault(name, is_own(each.of)) != is_own(each.of):
                raise unusable("outcome", found=name, allowed="a name that no outcome of the package has")
            outcomes[name] = Outcome(
                name,
                each.unit,
                label,
                doc,
                of,
                each.record,
                each.least,
                each.reads,
                quantity,
                member,
                group,
                placed,
            )
    return outcomes


def _bind_member(function: _Function, member: str) -> Callable[[xr.Dataset, World], Floats]:
    """Bind a member as the third argument of a function."""
    return lambda ds, world: function(ds, world, member)


def build_outcome_coordinates(known: Mapping[str, Outcome]) -> dict[str, Any]:
    """Build the coordinates of outcomes: names, labels, units and least effects."""
    return {
        "outcome": list(known),
        "outcome_label": ("outcome", [o.label for o in known.values()]),
        "outcome_unit": ("outcome", [o.unit for o in known.values()]),
        LEAST: ("outcome", [unit_of(o.unit).least if o.least is None else o.least for o in known.values()]),
    }


# --- members of outcomes ---


def list_case_sponsors(world: World) -> dict[str, str]:
    """List the sponsors compared in the world's case by the same measures, with their adjectives."""
    return {
        sponsor: get_sponsor_adjective(sponsor)
        for sponsor in world.case.sponsors
        if sponsor in world.sponsors
    }


def _list_domains(world: World) -> dict[str, str]:
    """List the domains that have outcomes, with names; none in a world without a family under study."""
    return {d: format_label("domain", d) for d in world.domains if world.case.family}


def _list_bodies(world: World) -> dict[str, str]:
    """List the bodies that have outcomes, with names; none in a world without a family under study."""
    return {b: with_article(format_label("body", b)) for b in world.body_names if world.case.family}


def _list_groups(world: World) -> dict[str, str]:
    """List the groups that have outcomes, with names; none in a world without a family under study."""
    return {
        group: format_group(group) for group in GROUPS if world.case.family and group in world.group_names
    }


def mask_sponsor_vendors(world: World, sponsor: str) -> Bools:
    """Return a mask of the vendors of a sponsor.  (vendor,)."""
    slots = (world.slot_vendor >= 0) & (world.slot_sponsor == world.sponsors.index(sponsor))
    has = np.zeros(len(world.vendors), dtype=bool)
    has[world.slot_vendor[slots]] = True
    return has


def _read_array(ds: xr.Dataset, name: str, *axes: str, **at: str) -> Floats:
    """Read the values of a variable, with its axes in the named order and labels fixed by ``at``."""
    # plain arrays: xarray would also slice labels, which takes longer than the numbers
    variable = ds.variables[name]
    places = tuple(ds.get_index(a).get_loc(at[a]) if a in at else slice(None) for a in variable.dims)
    left = [axis for axis in variable.dims if axis not in at]
    return np.asarray(
        variable.values[places].transpose([left.index(axis) for axis in axes]), dtype=np.float64
    )


def _average_over_domains(ds: xr.Dataset, values: Floats, among: Bools | None = None) -> Floats:
    """Average over domains, or those of a mask, by market size.  (run, year, domain) to (run, year)."""
    size = _read_array(ds, "market_size", "year", "domain")
    return weighted_mean(values, size if among is None else size * among)


def read_family_share(ds: xr.Dataset, world: World, variable: str, standard: str = "", **at: str) -> Floats:
    """Read a variable of a family, by default the family under study; NaN without any base.

    (run, year, domain).  at  the domain, to read that domain only: (run, year)
    """
    share = _read_by_run(ds, variable, standard=standard or world.case.family, **at)
    return np.where(_read_by_run(ds, "coverage", **at) > 0, share, np.nan)


def _read_by_run(ds: xr.Dataset, variable: str, **at: str) -> Floats:
    """Read a variable by run, year and domain, or with a given domain by run and year."""
    return _read_array(ds, variable, *(axis for axis in ("run", "year", "domain") if axis not in at), **at)


# --- how far the standard spreads ---


@outcome(
    "share",
    "world reach of {title}",
    name="{family}_reach",
    reads=("reach", "coverage"),
    placed="reach of {title} in {domain} {place}",
)
def family_reach(ds: xr.Dataset, world: World) -> Floats:
    """Share of the world's installed capacity that supports {family}, alone or among others."""
    return _average_over_domains(ds, read_family_share(ds, world, "reach"))


@outcome(
    "share", "reach of {title}, {}", members=_list_groups, name="{family}_reach", record=("group_reach",)
)
def family_reach_in(ds: xr.Dataset, world: World, group: str) -> Floats:
    """Share of the installed capacity of a group of markets that supports {family}."""
    reach = _read_by_run(ds, "group_reach", group=group, standard=world.case.family)
    return weighted_mean(reach, _compute_group_size(ds, world, group))


@outcome(
    "share",
    "world share of {title}",
    name="{family}_share",
    reads=("standard_share", "coverage"),
    placed="share of {title} in {domain} {place}",
)
def family_share(ds: xr.Dataset, world: World) -> Floats:
    """Reach of {family} divided by the sum over families, whoever the vendor."""
    return _average_over_domains(ds, read_family_share(ds, world, "standard_share"))


@outcome("share", "{title} carried by equipment of {adjective} vendors", name="{family}_{own}_base")
def family_own_base(ds: xr.Dataset, world: World) -> Floats:
    """Part of {family}_share in equipment of its owners' vendors."""
    return _average_over_domains(ds, read_family_share(ds, world, "owned_standard_share"))


@outcome("share", "{title} carried by other vendors that comply", name="{family}_others")
def family_others(ds: xr.Dataset, world: World) -> Floats:
    """Part of {family}_share in equipment of other vendors."""
    whole, own = (read_family_share(ds, world, name) for name in ("standard_share", "owned_standard_share"))
    return _average_over_domains(ds, whole - own)


@outcome(
    "share",
    "share of {title} in sensitive infrastructure",
    name="{family}_sensitive",
    reads=("standard_share", "coverage"),
)
def family_sensitive(ds: xr.Dataset, world: World) -> Floats:
    """Share of {family} where restrictions bite: networks, cables, cloud, smart cities."""
    return _average_over_domains(ds, read_family_share(ds, world, "standard_share"), world.sensitive)


@outcome("share", "share of {title}, {}", members=_list_domains, name="{family}")
def family_in(ds: xr.Dataset, world: World, domain: str) -> Floats:
    """Share of {family} in one domain of the world."""
    return read_family_share(ds, world, "standard_share", domain=domain)


@outcome(
    "share",
    "share of {title} in sensitive infrastructure, {}",
    members=_list_groups,
    name="{family}_sensitive",
    record=("group_standard_share",),
)
def family_sensitive_in(ds: xr.Dataset, world: World, group: str) -> Floats:
    """Share of {family} in the sensitive infrastructure of a group of markets."""
    share = _read_by_run(ds, "group_standard_share", group=group, standard=world.case.family)
    return weighted_mean(share, _compute_group_size(ds, world, group) * world.sensitive)


def _compute_group_size(ds: xr.Dataset, world: World, group: str) -> Floats:
    """Compute the market size of a group.  (year, domain), USD bn per year."""
    result: Floats = compute_group_sizes(ds, world, [group])[0]
    return result


def compute_group_sizes(ds: xr.Dataset, world: World, groups: Iterable[str] | None = None) -> Floats:
    """Compute the market size of groups, or of all groups.  (group, year, domain), USD bn per year."""
    years, chosen = (
        tuple(ds.variables["year"].values.tolist()),
        world.group_names if groups is None else groups,
    )
    return np.stack([_sum_group_size(world, group, years) for group in chosen])


@cache_per_world(most=64)
def _sum_group_size(world: World, group: str, years: tuple[int, ...]) -> Floats:
    """Sum the market size of a group's economies in some years.  (year, domain)."""
    size = world.conditions.of("market_size", np.array(years))
    mask = world.group_masks[world.group_names.index(group)]
    total: Floats = (size * mask).sum(axis=-1)
    return total


@outcome(
    "share",
    "world share of open interfaces",
    needs="open",
    reads=("standard_share", "coverage"),
    placed="share of open interfaces in {domain} {place}",
)
def open_share(ds: xr.Dataset, world: World) -> Floats:
    """Reach of the open family divided by the sum over families."""
    return _average_over_domains(ds, read_family_share(ds, world, "standard_share", "open"))


@outcome("share", "status of {title} in {}", members=_list_bodies)
def status(ds: xr.Dataset, world: World, body: str) -> Floats:
    """Share of {family} in a body's live standards, mean over the domains of its mandate."""
    shares = _read_by_run(ds, "status", standard=world.case.family, body=body)
    return weighted_mean(shares, np.ones(shares.shape[-1]))


# --- dependence and the pull of the switching cost ---


@outcome(
    "share",
    "dependence on {} vendors",
    members=list_case_sponsors,
    record=("sponsor_share",),
    reads=("sponsor_share",),
    placed="{} vendors' part of {domain} {place}",
)
def dependence(ds: xr.Dataset, world: World, sponsor: str) -> Floats:
    """Share of a sponsor's vendors in the world's installed capacity."""
    return _average_over_domains(ds, _read_by_run(ds, "sponsor_share", sponsor=sponsor))


@outcome(
    "share",
    "dependence on {} vendors, sensitive infrastructure",
    members=list_case_sponsors,
    record=("sponsor_share",),
    reads=("sponsor_share",),
)
def dependence_sensitive(ds: xr.Dataset, world: World, sponsor: str) -> Floats:
    """Share of a sponsor's vendors in the installed capacity of the domains in which restrictions bite."""
    return _average_over_domains(ds, _read_by_run(ds, "sponsor_share", sponsor=sponsor), world.sensitive)


@outcome(
    "share",
    "dependence on {adjective} vendors, sensitive infrastructure, {}",
    members=_list_groups,
    name="dependence_sensitive_{sponsor}",
    record=("group_sponsor_share",),
)
def dependence_sensitive_in(ds: xr.Dataset, world: World, group: str) -> Floats:
    """Share of {adjective} vendors in the sensitive infrastructure of a group of markets."""
    share = _read_by_run(ds, "group_sponsor_share", group=group, sponsor=world.case.sponsors[0])
    return weighted_mean(share, _compute_group_size(ds, world, group) * world.sensitive)


@outcome(
    "share",
    "pull of the switching cost, {} vendors",
    members=list_case_sponsors,
    name="switching_pull",
    reads=("switching_pull_to",),
)
def switching_pull_to(ds: xr.Dataset, world: World, sponsor: str) -> Floats:
    """Increase by the switching cost, within one year, of the chance of a sponsor's incumbents at renewal."""
    return _average_over_domains(ds, _read_by_run(ds, "switching_pull_to", sponsor=sponsor))


@outcome("share", "pull of the switching cost")
def switching_pull(ds: xr.Dataset, world: World) -> Floats:
    """Increase by the switching cost, within one year, of the chance of incumbents at renewal."""
    return _average_over_domains(ds, _read_by_run(ds, "switching_pull"))


@outcome("share", "renewed base kept by its incumbent", reads=("retention",))
def retention(ds: xr.Dataset, world: World) -> Floats:
    """Share of the base put up for renewal that stayed with its vendor."""
    return _average_over_domains(ds, _read_by_run(ds, "retention"))


# --- costs and states ---


@outcome("utility", "adopters' expected utility at renewal", reads=("surplus",))
def surplus(ds: xr.Dataset, world: World) -> Floats:
    """Expected utility of renewing customers, before the chance of the choice (logsum)."""
    return _average_over_domains(ds, _read_by_run(ds, "surplus"))


@outcome("utility", "value of new coverage to those who had none", reads=("coverage_surplus",))
def coverage_surplus(ds: xr.Dataset, world: World) -> Floats:
    """Expected gain of those without coverage who consider it, before the chance of the choice (logsum)."""
    return _average_over_domains(ds, _read_by_run(ds, "coverage_surplus"))


@outcome(
    "relative to the industry mean cost of the first year", "price paid after finance", reads=("price_paid",)
)
def price_paid(ds: xr.Dataset, world: World) -> Floats:
    """Effective price, after finance, of what was bought in the year."""
    return _average_over_domains(ds, _read_by_run(ds, "price_paid"))


@outcome("USD bn, cumulative", "replacement of restricted base", record=("replaced",))
def replacement(ds: xr.Dataset, world: World) -> Floats:
    """Value of restricted base put up for replacement so far, all domains."""
    return _read_array(ds, "replaced", "run", "year")


@outcome("share of world GDP", "economies that restrict {} vendors", members=list_case_sponsors)
def restricting(ds: xr.Dataset, world: World, sponsor: str) -> Floats:
    """Share of world GDP in economies that exclude a sponsor's vendors from sensitive domains."""
    return _read_array(ds, "restricting", "run", "year", sponsor=sponsor)


@outcome(
    "USD bn per year", "digital loans by {} state lenders", members=list_case_sponsors, reads=("lending",)
)
def lending(ds: xr.Dataset, world: World, sponsor: str) -> Floats:
    """Loans of a sponsor for digital infrastructure abroad."""
    return _read_array(ds, "lending", "run", "year", sponsor=sponsor)


@outcome("USD bn", "digital debt owed to {} state lenders", members=list_case_sponsors, reads=("total_debt",))
def debt(ds: xr.Dataset, world: World, sponsor: str) -> Floats:
    """Debt owed to a sponsor for digital infrastructure."""
    return _read_array(ds, "total_debt", "run", "year", sponsor=sponsor)

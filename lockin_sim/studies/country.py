"""Results for one economy: suppliers of its networks, lock-in, costs of leaving, and effects of policies.

Combines three studies of the same draws: arms with the same luck, which show effects; a trial of lock-in;
and an exit plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

import numpy as np

from lockin_sim.common import notebook
from lockin_sim.common.conventions import RUNS, Floats, years_shown
from lockin_sim.common.errors import check_whole_number, resolve_names, unusable
from lockin_sim.common.formats import opening
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.statistics import estimate_interval, summarise_levels
from lockin_sim.common.values import check_listed
from lockin_sim.comparisons.arms import build_arm_trial
from lockin_sim.comparisons.measured_places import with_economies
from lockin_sim.comparisons.trial import (
    Arm,
    ArmOptions,
    Measure,
    Setup,
    build_setup,
    build_variable_attributes,
    list_scenarios,
    take_world,
)
from lockin_sim.comparisons.variants import VARIANTS
from lockin_sim.model.measures import Alone, Reading
from lockin_sim.settings.ensemble import BUNDLED_NAME, Source
from lockin_sim.settings.policies import scenarios
from lockin_sim.settings.scenario import Named, load_scenario
from lockin_sim.studies.exit_plan import compute_exit_plans
from lockin_sim.studies.exit_results import ExitPlan
from lockin_sim.studies.lock_in_trial import explain_refusals, lock_in
from lockin_sim.world import BUNDLED, World
from lockin_sim.world.markets import compute_great_circle
from lockin_sim.world.names import format_label, read_label_column
from lockin_sim.world.recorded import describe_record, recorded_layers, recorded_networks

if TYPE_CHECKING:
    import xarray as xr

#: The arm that all are compared with, and two in which a cause of lock-in is switched off from the year after
#: the present on.
AS_IS, FREE, NO_TASTES = "baseline", "switching_cost", "tastes"
WITHOUT = (FREE, NO_TASTES)

#: Years after the coin for which the trial says what is left, and what it switches off.
AFTER, CAUSES = (3, 5, 10, 15), ("nothing", FREE)

#: Economies with the nearest capitals that are shown beside an economy.
NEIGHBOURS = 5

#: What an arm is: a policy that can still be chosen, a yardstick, or one that changes the past.
CHOICE, YARDSTICK, PAST = "policy", "yardstick", "thought experiment"

#: What a place is to the economy.
HOME, NEAR, GROUP = "economy", "neighbour", "group"


@dataclass(frozen=True, repr=False)
class CountryPage:
    """Results of the model and the record for one economy.

    data   of the first vendor: over (place, year) ``part``, its share of the networks of the economy, of
           neighbouring economies and of groups; over (arm, year) ``path``, its share in the economy; both
           means, with ``_low`` and ``_high``, between which nine in ten futures lie.  Over (arm) ``effect``
           on that share in the last year, with the 95 % interval of the mean, and the range of nine in ten
           futures.  Over (operator) ``explains``, the part of its variance that the operator's next choice
           explains
    plan   of leaving the vendor, as :func:`lockin_sim.exit_plan` returns it
    trial  as :func:`lockin_sim.lock_in` returns it; None where none is possible: ``data`` holds the reason
    """

    data: xr.Dataset
    plan: xr.Dataset
    trial: xr.Dataset | None

    def write(self, out: str | Path) -> Path:
        """Write page, figure, tables, datasets and manifest into a folder, all or none; return the page.

        Raises InputError for a folder that cannot be written to.
        """
        from lockin_sim.pages.country_page import write_country_page

        return write_country_page(self, out)

    @property
    def sentences(self) -> list[str]:
        """Summary of the results in six sentences."""
        from lockin_sim.pages.country_page import compose_country_answer

        return compose_country_answer(self)

    def __str__(self) -> str:
        return "\n".join(self.sentences)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the sentences as HTML, for a notebook."""
        return "\n".join(map(notebook.sentence, self.sentences))


@checks_keywords(*ArmOptions.__annotations__)
def country(
    economy: str,
    *,
    vendors: tuple[str, str] = ("huawei", "ericsson"),
    domain: str = "mobile_network",
    year: int | None = None,
    policies: Sequence[Named] | Named | None = None,
    posterior: Source = BUNDLED_NAME,
    runs: int = RUNS.pool,
    **options: Unpack[ArmOptions],
) -> CountryPage:
    """Estimate an economy's suppliers, its lock-in, the costs of leaving a vendor, and effects of policies.

    Parameters
    ----------
    economy : code or name, "KEN" or "Kenya".
    vendors : the vendor in question, and the alternative vendor in the trial of lock-in.
    domain : a layer in which operators buy.
    year : year in which vendors' shares are compared; None = 2035.
    policies : built-in names, files or scenarios; None = all built-in ones, in the bundled world.
    posterior : source of each run's parameters: "bundled", a folder of ``lockin calibrate``, or its dataset.
    runs : number of draws, at least 2, each a run with its own luck.
    options : see :class:`lockin_sim.comparisons.trial.Options`.

    Returns
    -------
    CountryPage
        with ``data``, ``plan`` and ``trial``, all datasets; ``write("kenya")`` makes the page.

    Raises
    ------
    InputError : before the first run, for an argument that cannot be used.
    """
    if not isinstance(economy, str):
        raise unusable("economy", found=economy, allowed="code or name of one, such as KEN or Kenya")
    pages = compute_countries(
        [economy],
        vendors=vendors,
        domain=domain,
        year=year,
        policies=policies,
        posterior=posterior,
        runs=runs,
        **options,
    )
    return next(pages)


def compute_countries(
    economies: Sequence[str] | None = None,
    *,
    vendors: tuple[str, str] = ("huawei", "ericsson"),
    domain: str = "mobile_network",
    year: int | None = None,
    policies: Sequence[Named] | Named | None = None,
    posterior: Source = BUNDLED_NAME,
    runs: int = RUNS.pool,
    **options: Unpack[ArmOptions],
) -> Iterator[CountryPage]:
    """Compute the results of several economies, one :class:`CountryPage` each; None = all economies.

    All arms are run once, exit plans share their runs, and the trial of lock-in covers all economies at once,
    each with its own random assignment.
    """
    world = take_world(options)
    check_whole_number("runs", runs, least=2)
    inquiries = [
        CountryQuery.of(world, economy, vendors, domain, year)
        for economy in list_economies(world, economies, domain)
    ]
    about: dict[str, Any] = {**options, "posterior": posterior}
    how = build_setup(runs, years=inquiries[0].years, **about | {"world": with_measured_places(inquiries)})
    arms = build_country_arms(world, how, policies)
    places = tuple(dict.fromkeys(place for one in inquiries for place in one.places))
    at = (("domain", inquiries[0].domain), ("vendor", inquiries[0].vendors[0]))
    shares, labels = Reading("group_vendor_share", at=at), {"place": list(places), "year": how.calendar}
    reduce = partial(read_vendor_shares, shares=shares, places=places)
    measure = Measure(reduce, ("place", "year"), labels, Alone([shares]))
    trial_of_arms = build_arm_trial(arms, measure, how)
    toss: dict[str, Any] = {
        "domain": inquiries[0].domain,
        "vendors": inquiries[0].vendors,
        "runs": runs,
        **about,
    }
    why_not = explain_refusals([one.code for one in inquiries], **toss)
    return _iterate_countries(inquiries, how, arms, trial_of_arms.run()["part"], why_not, toss)


def list_economies(world: World, economies: Sequence[str] | None, domain: str) -> list[str]:
    """Return the given economies as a list, or all economies with an operator of the layer.

    Raises InputError for a value that is no list, an empty list, and a layer in which no operator buys.
    """
    if economies is not None:
        allowed = "a list of codes or names, such as KEN or Kenya"
        check_listed("economies", economies, allowed=allowed)
        if not len(economies):
            raise unusable("economies", found=economies, allowed=allowed)
        return list(economies)
    layer = world.domains.index(world.code_of("domain", domain, "domain"))
    if layer not in world.lots.domain:
        layers = ", ".join(world.domains[d] for d in np.unique(world.lots.domain)) or "there is none"
        raise unusable("domain", found=domain, allowed=f"a layer in which operators buy: {layers}")
    return [world.countries[c] for c in np.unique(world.lots.country[world.lots.domain == layer])]


def _iterate_countries(
    inquiries: Sequence[CountryQuery],
    how: Setup,
    arms: dict[str, Arm],
    parts: xr.DataArray,
    why_not: dict[str, str],
    toss: dict[str, Any],
) -> Iterator[CountryPage]:
    """Yield the results of each economy, computed on demand.

    parts  (run, arm, place, year)
    """
    world, posterior = inquiries[0].base, toss["posterior"]
    tossed = [one.code for one in inquiries if not why_not[one.code]]
    after = [lag for lag in AFTER if world.present + lag <= world.last_year]
    trial = lock_in(tossed, after=after, without=CAUSES, together=True, **toss) if tossed else None
    keys = ("parameters", "seed", "workers", "progress")
    options: dict[str, Any] = {name: toss[name] for name in keys if name in toss}
    plans = compute_exit_plans(
        [one.code for one in inquiries],
        leaving=inquiries[0].vendors[0],
        year=world.present + 1,
        policies=[],
        runs=how.runs,
        world=world,
        posterior=posterior,
        **options,
    )
    for one, plan in zip(inquiries, plans, strict=True):
        mine = trial.sel(place=[one.code]) if trial is not None and one.code in tossed else None
        yield CountryPage(_build_country_dataset(one, how, arms, parts, plan, why_not[one.code]), plan, mine)


# --- the question ---


class CountryQuery(NamedTuple):
    """Specification of the results for one economy.

    base     the world;  code  of the economy;  vendors  two, the vendor in question first
    domain   label of the layer;  near  codes of the nearest economies;  groups  shown for comparison
    years    the first, and the last that is simulated
    """

    base: World
    code: str
    vendors: tuple[str, ...]
    domain: str
    near: tuple[str, ...]
    groups: tuple[str, ...]
    years: tuple[int, int]

    @classmethod
    def of(
        cls, world: World, economy: str, vendors: Sequence[str], domain: str, year: int | None
    ) -> CountryQuery:
        """Build the specification from arguments of :func:`country`.

        Raises InputError for a name that the world does not have, a layer in which no operator of the economy
        buys, a vendor that does not sell in it, or a year outside the run.
        """
        code = world.code_of("country", economy, "country")
        place, where = world.countries.index(code), format_label("country", code)
        bought = [world.domains[d] for d in np.unique(world.lots.domain[world.lots.country == place])]
        layer = world.code_of("domain", domain, "domain")
        if layer not in bought:
            allowed = f"a layer in which operators of {where} buy: {', '.join(bought) or 'there is none'}"
            raise unusable("domain", found=domain, allowed=allowed)
        slots = world.slot_vendor[world.domains.index(layer)]
        known = [world.vendors[v] for v in slots.tolist() if v >= 0 and world.vendors[v] != "local"]
        chosen = resolve_names("vendors", vendors, known, world.called("vendor"))
        usual = max(years_shown(world.last_year)[0], world.present + 1) if year is None else year
        last = check_whole_number("year", usual, least=world.present + 1, most=world.last_year)
        masks = dict(zip(world.group_names, world.group_masks, strict=True))
        groups = [g for g, mask in masks.items() if g.startswith("income:") and mask[:, place].any()]
        shown = (*groups, world.group_names[0])
        return cls(
            world, code, chosen, layer, find_nearest_economies(world, place), shown, (world.first_year, last)
        )

    @property
    def places(self) -> tuple[str, ...]:
        """The economy, the nearest economies, and groups."""
        return (self.code, *self.near, *self.groups)

    def kind(self, place: str) -> str:
        """Return the kind of a place: the economy itself, a neighbour, or a group."""
        return HOME if place == self.code else NEAR if place in self.near else GROUP

    def record(self, place: str) -> str:
        """Describe what is on record of a place's suppliers of the layer."""
        domain = self.base.domains.index(self.domain)
        masks = dict(zip(self.base.group_names, self.base.group_masks[:, domain], strict=True))
        return describe_record(self.base, domain, place, masks.get(place, np.array([])))


def with_measured_places(inquiries: Sequence[CountryQuery]) -> World:
    """Return the world with the economies in question and their neighbours added to the measured places."""
    return with_economies(inquiries[0].base, (place for one in inquiries for place in (one.code, *one.near)))


def build_country_arms(world: World, how: Setup, policies: Sequence[Named] | Named | None) -> dict[str, Arm]:
    """Build the arms by name: the baseline, each cause of lock-in switched off, and policies.

    Causes are switched off from the year after the present on.
    Raises InputError for a policy that cannot be loaded, comes twice, or changes parameters.
    """
    after, causes = world.present + 1, VARIANTS["lock_in"]
    arms = {AS_IS: Arm()} | {
        cause: Arm(parameters={name: {after: off} for name, off in causes[cause].settings.items()})
        for cause in WITHOUT
    }
    usual = [name for name in scenarios() if name != AS_IS] if world.name == BUNDLED else []
    for named in usual if policies is None else list_scenarios(policies):
        policy = load_scenario(named)
        if policy.parameters:
            allowed = "scenarios of levers alone; parameters= changes those of all runs"
            raise unusable("policies", words=f"{policy.name}, which changes parameters", allowed=allowed)
        if policy.name in arms:
            raise unusable(
                "policies", found=policy.name, allowed="policies other than the baseline, each once"
            )
        arms[policy.name] = Arm(policy)
    return arms


def find_nearest_economies(world: World, country: int) -> tuple[str, ...]:
    """Return the economies with the nearest capitals, at most five; empty if the capital is not known."""
    columns = (read_label_column("countries", f"capital_{part}") for part in ("latitude", "longitude"))
    north, east = (np.array([float(str(of.get(code, np.nan))) for code in world.countries]) for of in columns)
    apart = compute_great_circle(north, east, np.array([country]))[0]
    apart[country] = np.nan
    order = [c for c in np.argsort(apart).tolist() if np.isfinite(apart[c])]
    return tuple(world.countries[c] for c in order[:NEIGHBOURS])


def read_vendor_shares(
    ds: xr.Dataset, _: World, *, shares: Reading, places: Sequence[str]
) -> dict[str, Floats]:
    """Read the share of a vendor in the installed base of each place.

    Returns ``part`` (run, place, year).
    """
    part = shares.of(ds).sel(group=list(places))
    return {"part": part.transpose("run", "group", "year").values}


# --- as a dataset ---


def _build_country_dataset(
    inquiry: CountryQuery,
    how: Setup,
    arms: dict[str, Arm],
    parts: xr.DataArray,
    plan: xr.Dataset,
    why_not: str,
) -> xr.Dataset:
    """Build the dataset of one economy: shares, effects, and variance explained by operators.

    parts  (run, arm, place, year)
    """
    import xarray as xr

    share, draws = "share of capacity", how.draws
    mine = parts.sel(place=list(inquiry.places)).transpose("run", "arm", "place", "year").values
    path = mine[:, :, 0]
    effect = path[..., -1] - path[:, [0], -1]
    data: dict[str, Any] = {}
    for name, axis, values in (("part", "place", mine[:, 0]), ("path", "arm", path)):
        mean, low, _, high = np.moveaxis(summarise_levels(values, draws)[0], -1, 0)
        for end, found, said in (
            ("", mean, "mean over futures"),
            ("_low", low, "5 % of futures are below it"),
            ("_high", high, "5 % of futures are above it"),
        ):
            data[name + end] = ((axis, "year"), found, build_variable_attributes(share, said))
    mean, low, high, _ = estimate_interval(effect, draws)
    _, below, _, above = np.moveaxis(summarise_levels(effect, draws)[0], -1, 0)
    for end, found, said in (
        ("", mean, "mean difference from the baseline"),
        ("_low", low, "lower end of its 95 % interval"),
        ("_high", high, "upper end of its 95 % interval"),
        ("_q05", below, "5 % of futures are below it"),
        ("_q95", above, "5 % of futures are above it"),
    ):
        data[f"effect{end}"] = ("arm", found, build_variable_attributes(share, said))
    explains = explain_variance_by_operator(ExitPlan(plan), inquiry.domain, inquiry.years[1])
    said = "part of the variance of the vendor's share that the operator's next choice explains"
    data["explains"] = ("operator", list(explains.values()), build_variable_attributes("1", said))
    labels = build_country_labels(inquiry, arms) | {"year": how.calendar, "operator": list(explains)}
    world, domain = inquiry.base, inquiry.base.domains.index(inquiry.domain)
    slot = world.slot_vendor[domain].tolist().index(world.vendors.index(inquiry.vendors[0]))
    sponsor = (*world.sponsors, "")[int(world.slot_sponsor[domain, slot])]
    about = build_country_attributes(inquiry, inquiry.vendors, sponsor) | {
        "why_not_tossed": why_not,
        "draws": how.runs,
    }
    return xr.Dataset(data, coords=labels, attrs=how.attributes(**about))


def build_country_labels(inquiry: CountryQuery, arms: dict[str, Arm]) -> dict[str, Any]:
    """Build the coordinates of places and arms, with labels, kinds, records, questions and assumptions."""
    return {
        "place": list(inquiry.places),
        "arm": list(arms),
        "place_label": ("place", [opening(format_label("group", p)) for p in inquiry.places]),
        "place_kind": ("place", [inquiry.kind(p) for p in inquiry.places]),
        "place_record": ("place", [inquiry.record(p) for p in inquiry.places]),
        "arm_label": ("arm", [_arm_title(name, arm) for name, arm in arms.items()]),
        "arm_kind": ("arm", [classify_arm(name, arm, inquiry.base) for name, arm in arms.items()]),
        "arm_question": ("arm", [_read_question_and_assumption(name, arm)[0] for name, arm in arms.items()]),
        "arm_assumption": (
            "arm",
            [_read_question_and_assumption(name, arm)[1] for name, arm in arms.items()],
        ),
    }


def build_country_attributes(inquiry: CountryQuery, vendors: Sequence[str], sponsor: str) -> dict[str, Any]:
    """Build the attributes: the economy, layer, vendors, sponsor, year, and numbers of operators."""
    on_record = recorded_networks(inquiry.base)[inquiry.base.countries.index(inquiry.code)]
    covered = inquiry.base.domains.index(inquiry.domain) in recorded_layers(inquiry.base)
    return {
        "country": inquiry.code,
        "domain": inquiry.domain,
        "vendors": " ".join(vendors),
        "sponsor": sponsor,
        "year": inquiry.years[1],
        "operators": len(list_operators(inquiry)),
        "operators_recorded": on_record.operators if covered else 0,
    }


def list_operators(inquiry: CountryQuery) -> list[str]:
    """List the names of the economy's operators in the layer."""
    world, lots = inquiry.base, inquiry.base.lots
    here = lots.domain == world.domains.index(inquiry.domain)
    here &= lots.country == world.countries.index(inquiry.code)
    return [lots.operators[n] for n in np.unique(lots.operator[here])]


def _arm_title(name: str, arm: Arm) -> str:
    """Return the title of an arm."""
    return opening(VARIANTS["lock_in"][name].title) if name in WITHOUT else load_scenario(arm.scenario).called


def _read_question_and_assumption(name: str, arm: Arm) -> tuple[str, str]:
    """Return the question of a policy and the assumption that decides its effect; empty for other arms."""
    policy = load_scenario(arm.scenario)
    return ("", "") if name in (AS_IS, *WITHOUT) else (policy.question, policy.assumption)


def classify_arm(name: str, arm: Arm, world: World) -> str:
    """Return the kind of an arm: policy, yardstick or thought experiment; "" for the baseline and causes."""
    policy = load_scenario(arm.scenario)
    if name in (AS_IS, *WITHOUT):
        return ""
    if policy.is_thought_experiment(world.present):
        return PAST
    return YARDSTICK if policy.yardstick else CHOICE


# --- whose contract would narrow it ---


def explain_variance_by_operator(plan: ExitPlan, domain: str, year: int) -> dict[str, float]:
    """Compute the part of the variance of a vendor's supply explained by each operator's next choice.

    The next choice is the vendor's share of an operator's lots after the first year in which each lot comes
    up for renewal, or in ``year`` if that is earlier.  NaN where the plan does not reach the year, or nothing
    varies.
    """
    first = int(plan.ds["year"].values[0])
    buyers = [b for b in plan.buyers if b.domain == domain and b.kind == "operator"]
    names = list(dict.fromkeys(b.operator for b in buyers))
    if year > plan.last:
        return dict.fromkeys(names, np.nan)
    stays = plan.by_draw("stays")[:, 0]  # (draw, buyer, year)
    whole = stays[:, [b.at for b in buyers], year - first].sum(axis=1)
    at = np.fmin(plan.by_draw("due_year"), year).astype(int) - first  # NaN, not due while followed: the end
    chosen = np.take_along_axis(stays, at[..., None], axis=2)[..., 0]
    return {
        name: compute_explained_variance(
            whole, chosen[:, [b.at for b in buyers if b.operator == name]].sum(axis=1)
        )
        for name in names
    }


def compute_explained_variance(values: Floats, choice: Floats) -> float:
    """Compute the part of the variance of values that lies between groups of equal choices.

    values, choice  (draw,); equal choices form a group
    NaN where nothing varies.  Corrected for the number of groups, so that a meaningless choice explains
    nothing on average.
    Source: Kelley (1935), An unbiased correlation ratio measure.
    """
    groups, of = np.unique(choice.round(9), return_inverse=True)
    total, free = float(((values - values.mean()) ** 2).sum()), len(values) - len(groups)
    if total <= 0 or free <= 0 or len(groups) < 2:
        return float("nan")
    size = np.bincount(of)
    within = float(((values - (np.bincount(of, values) / size)[of]) ** 2).sum())
    return max(0.0, 1.0 - within / free / (total / (len(values) - 1)))

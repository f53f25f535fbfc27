"""What lock-in means: how much of an imposed lead is left, and how much is lost after a shock.

A world without switching costs is not the same world with freer buyers: somebody else would have been ahead.
So lock-in is measured by response: the same world, with and without a lead, or with and without a shock, with
the same shocks of chance; and this with mechanisms of lock-in on and off.

Claims about lock-in are counterfactuals: each mechanism is switched off and compared with the same runs of
the full model, for the world, for markets abroad (without China, Hong Kong and Macao), and for those of them
that were greenfield in 2010 or built by then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Unpack

import numpy as np

from lockin_sim.conventions import LEAD, RUNS, Floats
from lockin_sim.errors import chosen_of, unusable, whole_number
from lockin_sim.histories import PRIOR
from lockin_sim.reader import MIDDLE
from lockin_sim.scenario import Named, Scenario, load_scenario
from lockin_sim.statistics import weighted_mean
from lockin_sim.studies.contrast import (
    DRAW,
    Arm,
    Measure,
    Options,
    Setup,
    Trial,
    changed,
    estimate,
    levers_alone,
    mean,
    part,
    setup,
)
from lockin_sim.studies.futures import futures_of
from lockin_sim.studies.outcomes import group_sizes, named_vendors
from lockin_sim.studies.variants import (
    DEFAULT,
    VARIANTS,
    Variant,
    advantage_ends,
    entering_late,
    offers_of,
    with_lead,
)
from lockin_sim.world import World
from lockin_sim.world.names import adjective, group_name, name_of

if TYPE_CHECKING:
    import xarray as xr

#: The full model, and without the mechanisms of lock-in, one by one and together.
MECHANISMS = VARIANTS["mechanisms"]

#: Groups to report, if a world has them; else the world.
GROUPS = ("abroad", "greenfield", "built_2010", "Africa", "Europe", "income:low", "income:lower_middle")

#: Label of all domains together, weighted by market size.
ALL = "all"


def response(
    sponsor: str | None = None,
    *,
    share: float = LEAD,
    shock: int = 2021,
    groups: Sequence[str] | None = None,
    domains: Sequence[str] | None = None,
    mechanisms: Sequence[str] = tuple(MECHANISMS),
    baseline: Named = "baseline",
    runs: int = RUNS.mechanisms,
    **options: Unpack[Options],
) -> xr.Dataset:
    """How much of an imposed lead lock-in preserves, and how much it saves after a shock, with mechanisms on
    and off.

    Parameters
    ----------
    sponsor : whose vendors lead, and lose; None = the one under study.
    share : part of what was built abroad by the first year that they receive.
    shock : year in which their price advantage ends.
    groups : of markets to report; None = those of GROUPS that the world has.
    domains : None = all in which they sell and vendors exclude one another.
    mechanisms : names, see ``mechanisms`` of ``data/variants.toml``.
    baseline, runs, options : as in :func:`lockin_sim.compare`.

    Returns
    -------
    Dataset
        Over (mechanism, group, domain, year), the first domain being all together by market size.  ``share``,
        mean share of the sponsor's vendors; ``lead``, how much more they have with the lead than without;
        ``lead_left``, as a part of the lead in the first year; ``loss``, how much less they have after the
        shock; ``loss_part``, as a part of their share without it; ``stay``, the chance at renewal that
        switching costs add for them, P(stay) - P(stay | no cost).  Leads and losses are paired by run, each
        against the same mechanism, and have ``_low`` and ``_high`` (95 %: Student's t; of parts Fieller's,
        NaN where the interval of the whole includes zero) and ``_pairs_used``.
    """
    how, base = setup(runs, **options), levers_alone(baseline)
    (first, last), sponsor = how.years, sponsor_of(how.world, sponsor)
    if not first < whole_number("shock", shock) <= last:
        raise unusable("shock", found=shock, allowed=f"a year from {first + 1} to {last}")
    chosen = chosen_of("mechanisms", mechanisms, MECHANISMS)
    measure = _shares(how, sponsor, groups, domains)
    led, ended = with_lead(how.world, sponsor, share), advantage_ends(how.world, base, sponsor, shock)
    arms = {"as is": (base, None), "lead": (base, led), "shock": (ended, None)}
    shares = _trial(chosen, arms, measure, how)
    as_is, with_it, after = (shares["share"].sel(arm=arm, drop=True) for arm in arms)
    lead, loss = with_it - as_is, as_is - after
    about = {"sponsor": sponsor, "given": float(share), "shock": int(shock), "baseline": base.name}
    return (
        mean("share", share=as_is, stay=shares["stay"].sel(arm="as is", drop=True))
        .assign(estimate("share", lead=lead, loss=loss))
        .assign(part(lead_left=(lead, lead.isel(year=0, drop=True)), loss_part=(loss, as_is)))
        .assign_attrs(how.attributes(**about))
    )


#: Ways of being first, with the meaning of each and the arm that it is compared with.
MOVERS = {
    "first_lots": ("owning part of what was built abroad by the first year", "as is"),
    "window": ("with its price advantage during one generation only, against never", "never"),
    "late_entry": ("abroad only some years later", "as is"),
}


def first_movers(
    sponsor: str | None = None,
    *,
    share: float = LEAD,
    until: int = 2018,
    delay: int = 10,
    groups: Sequence[str] | None = None,
    domains: Sequence[str] | None = None,
    mechanisms: Sequence[str] = ("full", "no_lock_in"),
    baseline: Named = "baseline",
    runs: int = RUNS.mechanisms,
    **options: Unpack[Options],
) -> xr.Dataset:
    """Compare three ways of being first: first lots, the window of a generation, entry in time.

    Parameters
    ----------
    share : first lots: part of what was built abroad that the vendors receive; against the record.
    until : window: year in which their price advantage ends, usually that of the next generation; against the
        world in which it ended in the year after the first.
    delay : late entry: years for which they stay at home; against the record.
    sponsor, groups, domains, mechanisms, baseline, runs, options : as in :func:`response`.

    Returns
    -------
    Dataset
        Over (mover, mechanism, group, domain, year): ``effect``, mean paired difference in the share of the
        sponsor's vendors, with ``effect_low``, ``effect_high`` (95 %, Student's t) and ``pairs_used``; and
        ``left``, it as a part of the effect at ``mover_year``: the first year, the last one of the window, or
        the last one of their absence; with ``left_low``, ``left_high`` (Fieller) and ``left_pairs_used``.
    """
    import xarray as xr

    how, base = setup(runs, **options), levers_alone(baseline)
    (first, last), sponsor = how.years, sponsor_of(how.world, sponsor)
    if not first + 1 < whole_number("until", until) <= last:
        raise unusable("until", found=until, allowed=f"a year from {first + 2} to {last}")
    if first + whole_number("delay", delay, least=1) > last:
        raise unusable("delay", found=delay, allowed=f"at most {last - first} years")
    chosen = chosen_of("mechanisms", mechanisms, MECHANISMS)
    measure = _shares(how, sponsor, groups, domains)
    world = how.world
    arms = {
        "as is": (base, None),
        "never": (advantage_ends(world, base, sponsor, world.first_year + 1), None),
        "first_lots": (base, with_lead(world, sponsor, share)),
        "window": (advantage_ends(world, base, sponsor, until), None),
        "late_entry": (base, entering_late(world, sponsor, delay)),
    }
    shares = _trial(chosen, arms, measure, how)["share"].rename(arm="mover")
    against = [reference for _, reference in MOVERS.values()]
    effect = shares.sel(mover=list(MOVERS)) - shares.sel(mover=against).assign_coords(mover=list(MOVERS))
    effect = effect.transpose("run", "mover", ...)
    at = xr.DataArray([first, until - 1, first + delay - 1], coords={"mover": list(MOVERS)})
    whole = effect.sel(year=at).drop_vars("year")
    results = estimate("share", effect=effect).assign(part(left=(effect, whole)))
    labels = {"mover_label": ("mover", [title for title, _ in MOVERS.values()]), "mover_year": at}
    about = {"sponsor": sponsor, "given": float(share), "baseline": base.name}
    about |= {"until": int(until), "delay": int(delay)}
    return results.assign_coords(labels).assign_attrs(how.attributes(**about))


def sponsor_of(world: World, name: str | None) -> str:
    """The sponsor that is meant, by default the one under study.  Raises InputError for an unknown name, and
    without one for a world that has none under study."""
    if name is None and not world.case.sponsors:
        raise unusable("sponsor", found="none", allowed=f"one of {', '.join(world.sponsors)}")
    return world.code_of("sponsor", name or world.case.sponsors[0], "sponsor")


def _trial(
    chosen: Sequence[str], arms: Mapping[str, tuple[Scenario, World | None]], measure: Measure, how: Setup
) -> xr.Dataset:
    """Every arm, a scenario and its own world if it has one, under every mechanism."""
    under = {
        (name, arm): MECHANISMS[name].arm(scenario, how.world, own)
        for name in chosen
        for arm, (scenario, own) in arms.items()
    }
    titles = ("mechanism", [MECHANISMS[name].title for name in chosen])
    return Trial(("mechanism", "arm"), under, measure, how).run().assign_coords(mechanism_label=titles)


# --- measures ---


def _shares(how: Setup, sponsor: str, groups: Sequence[str] | None, domains: Sequence[str] | None) -> Measure:
    """Shares of a sponsor's vendors and lock-in to them; None = all available groups and domains.

    Raises InputError for unknown names.
    """
    world = how.world
    sold = offers_of(world, sponsor).any(axis=-1)
    known = [d for d, who, any_offer in zip(world.domains, world.buyer, sold, strict=True)
             if any_offer and who != "adopters"]  # fmt: skip
    if not known:
        raise unusable("sponsor", found=sponsor, allowed="one with vendors where these exclude one another")
    usual = [name for name in GROUPS if name in world.group_names] or ["world"]
    read = tuple(usual) if groups is None else world.codes_of("groups", groups, "group")
    layers = tuple(known) if domains is None else chosen_of("domains", domains, known, world.called("domain"))
    labels = {
        "group": list(read),
        "group_label": ("group", [group_name(group) for group in read]),
        "domain": [ALL, *layers],
        "year": how.calendar,
    }
    record = ("group_sponsor_share", "group_lock_in_to")
    of = partial(sponsor_shares, sponsor=sponsor, groups=read, domains=layers)
    return Measure(of, ("group", "domain", "year"), labels, record)


def sponsor_shares(
    ds: xr.Dataset, world: World, sponsor: str, groups: tuple[str, ...], domains: tuple[str, ...]
) -> dict[str, Floats]:
    """``share`` and ``stay`` of a sponsor's vendors, (run, group, domain, year) each, the first domain all
    together: their share, and the chance that lock-in adds for them at renewal."""
    at, axes = [world.domains.index(domain) for domain in domains], ("run", "group", "year", "domain")
    chosen = ds.sel(group=list(groups)).isel(domain=at)
    share, stay = (
        chosen[name].sel(sponsor=sponsor).transpose(*axes).values
        for name in ("group_sponsor_share", "group_lock_in_to")
    )
    size = group_sizes(ds, world, groups)[..., at]
    return {"share": _with_all(share, size), "stay": _with_all(stay, size)}


def _with_all(values: Floats, size: Floats) -> Floats:
    """All domains together before each.  (run, group, year, domain) to (run, group, 1 + domain, year)"""
    together = weighted_mean(values, size)[:, :, None]
    return np.concatenate([together, values.swapaxes(-1, -2)], axis=2)


# --- claims about lock-in: effects of switching off one mechanism ---

#: Groups of markets; abroad is the last two together.
CLAIM_GROUPS = ("world", "abroad", "greenfield", "built_2010")

_CLAIM_RECORD = ("installed", "group_retention", "group_sponsor_share", "group_standard_share")

#: Runs in a chunk: whole bases are recorded, 34 MB per run of the bundled world.
_CLAIM_CHUNK = 8


#: Mechanisms switched off; or a lead of the vendors under study.
SWITCHES = VARIANTS["claims"]

#: Measures, for the family and the sponsor under study.
CLAIM_MEASURES = {
    "retention": "renewed base kept by its incumbent, ten years to {middle}",
    "persistence": "markets whose largest named vendor of {first} is still the largest in {middle}",
    "{family}_middle": "share of {title} in {middle}",
    "{family}_horizon": "share of {title} in {last}",
    "dependence_{sponsor}_middle": "dependence on {adjective} vendors in {middle}",
    "dependence_{sponsor}_horizon": "dependence on {adjective} vendors in {last}",
    "{family}_sensitive_middle": "share of {title} in sensitive infrastructure in {middle}",
    "{family}_sensitive_horizon": "share of {title} in sensitive infrastructure in {last}",
    "dependence_sensitive_{sponsor}_middle": (
        "dependence on {adjective} vendors, sensitive infrastructure, {middle}"
    ),
    "dependence_sensitive_{sponsor}_horizon": (
        "dependence on {adjective} vendors, sensitive infrastructure, {last}"
    ),
}


def claims(*, draws: bool = True, runs: int = RUNS.mechanisms, **options: Unpack[Options]) -> xr.Dataset:
    """Effect of switching each mechanism off, with the same shocks.

    The horizon is the last year; the middle year is 2035 or, if that is later, the horizon.

    Parameters
    ----------
    draws : whether each run has its own draw that fits the record, so that intervals cover chance and
        parameters; False = as declared.
    runs, options : as in :func:`lockin_sim.compare`.

    Returns
    -------
    Dataset
        Over (switch, measure, group): ``full``, mean of the full model; ``effect``, mean paired difference
        from it, with the ends ``effect_low`` and ``effect_high`` of its 95 % interval; ``pairs_used``, the
        number of runs in which the measure is defined.  All are shares.
    """
    options.setdefault("chunk", _CLAIM_CHUNK)
    how = setup(runs, **options)
    world = how.world
    missing = [name for name in CLAIM_GROUPS if name not in world.group_names]
    if missing or not world.case.family:
        needed = f"one with the groups {', '.join(CLAIM_GROUPS)}, a family and a sponsor under study"
        raise unusable("world", found=world.name, allowed=needed)
    how.parameters.check_runs(runs)
    values, posterior, of_run = how.parameters, "", how.draws
    if draws:
        drawn = futures_of(
            None, runs, method=None, alternatives=[DEFAULT], posterior=None,
            parameters=options.get("parameters"), seed=how.seed,
        )  # fmt: skip
        values, posterior, of_run = drawn.by_run(values, 1), drawn.posterior, drawn.draws
    when = {"first": how.years[0], "middle": min(MIDDLE, how.years[1]), "last": how.years[1]}
    labels = {name: text.format(**when) for name, text in claim_titles(world).items()}
    measure = Measure(
        claim_measures,
        ("measure", "group"),
        {"measure": list(labels), "group": list(CLAIM_GROUPS)},
        _CLAIM_RECORD,
    )
    arms = {("full",): Arm(parameters=values, history=PRIOR)}
    for name, switch in SWITCHES.items():
        own = with_lead(world, world.case.sponsors[0], switch.lead, "abroad") if switch.lead else None
        arms[name,] = Arm(_scenario(switch), values, own, PRIOR)
    measured = Trial(("switch",), arms, measure, how).run()["claims"]
    if of_run is not None:
        measured = measured.assign_coords({DRAW: ("run", of_run)})
    full = measured.sel(switch="full", drop=True)
    effect = measured.sel(switch=list(SWITCHES)) - full
    titles = {
        "switch_label": ("switch", [switch.title.format(**when) for switch in SWITCHES.values()]),
        "switch_hash": ("switch", [_scenario(switch).hash for switch in SWITCHES.values()]),
        "measure_label": ("measure", list(labels.values())),
    }
    results = mean("share", full=full).drop_vars("full_runs_used").assign(estimate("share", effect=effect))
    return results.assign_coords(titles).assign_attrs(how.attributes(posterior=posterior))


def _scenario(switch: Variant) -> Scenario:
    """The scenario of a switch, with what it sets."""
    return changed(load_scenario(switch.scenario), switch.settings)


def claim_measures(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """All measures of some runs, ``claims`` (run, measure, group).  Needs group shares and ``installed``."""
    years = np.asarray(ds["year"].values)
    middle = int(np.flatnonzero(years <= MIDDLE)[-1])
    sizes = group_sizes(ds, world, CLAIM_GROUPS)
    at = {"middle": middle, "horizon": len(years) - 1}
    # over ten years to the middle one, weighted by renewals
    ten = slice(max(1, middle - 9), middle + 1)
    renewed = ds["group_retention"].sel(group=list(CLAIM_GROUPS)).transpose("run", "group", "year", "domain")
    renewals = renewed.values[:, :, ten].reshape(ds.sizes["run"], len(CLAIM_GROUPS), -1)
    retention = weighted_mean(renewals, sizes[:, ten].reshape(len(CLAIM_GROUPS), -1))
    values_by_name = {"retention": retention, "persistence": _persistence(ds, world, middle)}
    family, sponsor = world.case.family, world.case.sponsors[0]
    for when, step in at.items():
        now = ds.isel(year=step).sel(group=list(CLAIM_GROUPS), standard=family, sponsor=sponsor)
        share, dependence = (
            now[name].transpose("run", "group", "domain").values
            for name in ("group_standard_share", "group_sponsor_share")
        )
        for name, values in (
            (f"{family}{{}}_{when}", share),
            (f"dependence{{}}_{sponsor}_{when}", dependence),
        ):
            for among, weight in (("", 1.0), ("_sensitive", world.sensitive)):
                values_by_name[name.format(among)] = weighted_mean(values, sizes[:, step] * weight)
    return {"claims": np.stack([values_by_name[name] for name in claim_titles(world)], axis=1)}


def claim_titles(world: World) -> dict[str, str]:
    """Titles of measures by name, with placeholders for years."""
    of = {"family": world.case.family, "sponsor": world.case.sponsors[0]}
    words = (
        of
        | {"adjective": adjective(of["sponsor"]), "title": name_of("standard", of["family"])}
        | {y: f"{{{y}}}" for y in ("first", "middle", "last")}
    )
    return {name.format(**of): text.format(**words) for name, text in CLAIM_MEASURES.items()}


def _persistence(ds: xr.Dataset, world: World, middle: int) -> Floats:
    """Share of the markets with a base whose largest vendor is still the largest, by value.  (run, group)

    Covers domains in which vendors exclude one another, and vendors that do not stand for many.
    """
    base = ds["installed"].transpose("run", "year", "domain", "country", "vendor")
    named = named_vendors(world)[:, None]
    first, later = (np.nan_to_num(base.isel(year=step).values) * named for step in (0, middle))
    same = (first.argmax(axis=-1) == later.argmax(axis=-1)).astype(np.float64)
    same[first.sum(axis=-1) <= 0] = np.nan
    same[:, world.bought_by("adopters")] = np.nan
    masks = np.stack([world.group_masks[world.group_names.index(name)] for name in CLAIM_GROUPS])
    weights = world.conditions.of("market_size", ds["year"].values[:1]) * masks
    return weighted_mean(same.reshape(len(same), 1, -1), weights.reshape(len(masks), -1))

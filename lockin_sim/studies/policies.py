"""Effects of policies by start year, under alternative assumptions, lever by lever, and by channel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Unpack

import numpy as np

from lockin_sim.conventions import RUNS, Floats
from lockin_sim.errors import InputError, unusable, whole_number
from lockin_sim.histories import PRIOR, Given, called
from lockin_sim.lever_use import LeverUse
from lockin_sim.scenario import Named, Scenario
from lockin_sim.statistics import weighted_mean
from lockin_sim.studies.comparison import ComparisonOptions, Part, compare_parts
from lockin_sim.studies.contrast import (
    Arm,
    Measure,
    Options,
    Pairing,
    Trial,
    chosen_scenarios,
    estimate,
    levers_alone,
    part,
    scenario_labels,
    setup,
)
from lockin_sim.studies.goals import read_in, selected
from lockin_sim.studies.outcomes import share_of_family
from lockin_sim.studies.variants import VARIANTS
from lockin_sim.world import World, world_of
from lockin_sim.world.names import name_of

if TYPE_CHECKING:
    import xarray as xr

#: Default start years.
STARTS = (2015, 2020, 2025, 2030, 2035)

#: Arms by which levers they keep, and the label of no lever.
NONE, ALL = "none", "all"


# --- by start year ---


def window(
    scenarios: Sequence[Named] | Named,
    *,
    starts: Sequence[int] = STARTS,
    after: int = 15,
    outcomes: Sequence[str] | None = None,
    baseline: Named = "baseline",
    runs: int = RUNS.comparison,
    **options: Unpack[Options],
) -> xr.Dataset:
    """Effect of a policy by its start year, with lock-in and without.

    Some starts change the past and others do not: all are unconditioned, so that they can be compared.

    Parameters
    ----------
    scenarios, baseline, options : as in :func:`lockin_sim.compare`.
    starts : years to which the first lever of a scenario is moved, with all others shifted equally.
    after : years after the start at which the effect is read; each start needs that many before the horizon.
    outcomes : names of outcomes; None = the headlines of the case.
    runs : of each scenario, start and mechanism.

    Returns
    -------
    Dataset
        Over (scenario, mechanism, reading, outcome, start): ``effect``, ``effect_low``, ``effect_high`` (95
        %, Student's t over pairs) and ``pairs_used``.  Readings: ``after``, a fixed number of years after the
        start; ``horizon``, the last year, by which a later start has had less time.  Mechanisms: the full
        model, and without switching costs and network effects, each against its own baseline.  Without the
        axis start, each with interval: ``closing``, the effect of the last start minus that of the first;
        ``lost``, the part of the first start's effect that the last one lacks (Fieller; NaN where the
        interval of the first includes zero); and, over (scenario, reading, outcome), ``closing_by_lock_in``,
        closing with lock-in minus closing without, run by run.
    """
    read, options["world"] = read_in(options.get("world"), outcomes)
    how = setup(runs, **options)
    base, *chosen = chosen_scenarios(baseline, scenarios)
    if not chosen:
        raise unusable("scenarios", found=scenarios, allowed=f"at least one other than {base.name}")
    measure, when = selected(how, read), _starts(starts, whole_number("after", after), how.years)
    cuts = VARIANTS["window"].items()
    arms = {("", name, 0): Arm(base, variant.settings, history=PRIOR) for name, variant in cuts} | {
        (policy.name, name, start): Arm(
            shifted(policy, start, base, how.world), variant.settings, history=PRIOR
        )
        for name, variant in cuts
        for policy in chosen
        for start in when
    }
    values = Trial(("scenario", "mechanism", "start"), arms, measure, how).run()["values"]
    names = [policy.name for policy in chosen]
    effect = values.sel(scenario=names, start=when) - values.sel(scenario="", start=0, drop=True)
    labels = scenario_labels(Pairing.of(chosen, how.world, how.years, PRIOR))
    about = how.attributes(baseline=base.name, after=int(after), horizon=how.years[1])
    return _closing(effect, after).assign_coords(labels).assign_attrs(about)


def _closing(effect: xr.DataArray, after: int) -> xr.Dataset:
    """Effects by start, and the difference between the first and the last.

    effect  (run, scenario, mechanism, start, outcome, year)
    """
    import xarray as xr

    then = effect["start"] + after
    read = xr.concat(
        [effect.sel(year=then).drop_vars("year"), effect.isel(year=-1, drop=True)],
        xr.Variable("reading", ["after", "horizon"]),
    ).transpose("run", "scenario", "mechanism", "reading", "outcome", "start")
    first, last = (read.isel(start=place, drop=True) for place in (0, -1))
    closing = last - first
    with_lock_in, without = (closing.sel(mechanism=name, drop=True) for name in VARIANTS["window"])
    by_lock_in = with_lock_in - without
    results = estimate("as outcome_unit", effect=read, closing=closing, closing_by_lock_in=by_lock_in)
    return results.assign(part(lost=(-closing, first)).drop_vars("lost_pairs_used"))


def _starts(starts: Sequence[int], after: int, years: tuple[int, int]) -> list[int]:
    """Start years, rising, each once."""
    if isinstance(starts, str) or not isinstance(starts, Sequence) or len(starts) == 0:
        raise unusable("starts", found=starts, allowed="a list of years")
    first, last = years[0] + 1, years[1] - after
    for start in starts:
        if not first <= whole_number("starts", start) <= last:
            allowed = f"years from {first} to {last}, {after} years before the horizon"
            raise unusable("starts", found=start, allowed=allowed)
    return sorted({int(start) for start in starts})


def shifted(scenario: Scenario, start: int, base: Scenario, world: World) -> Scenario:
    """The scenario with its first lever moved to a year, and all others by as many years, except levers that
    the baseline also has.  A lever ends no later than the world's years."""
    moving = [use for use in scenario.levers if use not in base.levers]
    by = start - min((use.from_ for use in moving), default=start)
    levers = []
    for use in scenario.levers:
        begin = use.from_ + by
        if use not in moving:
            levers.append(use)
        elif begin <= world.last_year:
            end = None if use.to is None else min(use.to + by, world.last_year)
            levers.append(use.model_copy(update={"from_": begin, "to": end}))
    return scenario.model_copy(update={"levers": tuple(levers)})


# --- under the alternative to its key assumption ---

#: Prefix of these studies' names, before that of the study under the key assumption.
OTHERWISE = "otherwise_"

#: Coordinates along ``scenario``: the policy that it varies, and the alternative assumption.
POLICY, WHEN = "scenario_policy", "scenario_otherwise"


def turned(scenarios: Iterable[Scenario], present: int) -> dict[str, tuple[Scenario, str]]:
    """Policies under an alternative assumption, by name: the scenario, and the policy that it varies.

    Leaves out yardsticks and thought experiments, which nobody can choose.
    Raises InputError if no scenario has an alternative in its file.
    """
    choices = (s for s in scenarios if not s.yardstick and not s.is_thought_experiment(present))
    variants = {o.name: (o, s.name) for s in choices for o in s.alternatives()}
    if not variants:
        text = "found no scenario with an alternative assumption; allowed: one with [[otherwise]]"
        raise InputError(f"otherwise: {text} in its file.")
    return variants


def otherwise(
    parts: Iterable[Part],
    scenarios: Iterable[Scenario],
    *,
    runs: int = RUNS.comparison,
    **options: Unpack[ComparisonOptions],
) -> dict[str, xr.Dataset]:
    """Parts of a comparison for policies under the alternatives to their key assumptions.

    scenarios  as declared; those without an ``otherwise`` are left out
    Other arguments as in :func:`lockin_sim.compare`.
    Returns the datasets by name, with the prefix ``otherwise_``; ``scenario_decides`` is the key assumption,
    ``scenario_otherwise`` its alternative, ``scenario_policy`` the name of the policy.
    Raises InputError for anything that cannot be used, and if no scenario has an alternative.
    """
    others = turned(scenarios, world_of(options.get("world")).present)
    datasets = compare_parts(parts, [scenario for scenario, _ in others.values()], runs=runs, **options)
    for name, ds in datasets.items():
        names = [str(scenario) for scenario in ds["scenario"].values]
        policies = [
            others[each][1] if each in others else each for each in names
        ]  # the baseline stands for itself
        pairs = zip(names, policies, strict=True)
        when = [each.removeprefix(f"{policy}, ") if each in others else "" for each, policy in pairs]
        datasets[name] = ds.assign_coords({POLICY: ("scenario", policies), WHEN: ("scenario", when)})
    return {OTHERWISE + name: ds for name, ds in datasets.items()}


# --- lever by lever ---


def synergy(
    scenario: Named,
    *,
    outcomes: Sequence[str] | None = None,
    baseline: Named = "baseline",
    history: Given | None = None,
    runs: int = RUNS.comparison,
    **options: Unpack[Options],
) -> xr.Dataset:
    """Effects of each lever of a scenario alone, of all but one, and of all: their interaction.

    Parameters
    ----------
    scenario : a package; all uses of one lever on the same targets are one lever here.
    outcomes : names; None = all.
    baseline, history, runs, options : as in :func:`lockin_sim.compare`.

    Returns
    -------
    Dataset
        ``alone`` (lever, outcome, year), effect of one lever by itself; ``last``, its effect added to all
        others; ``package`` (outcome, year), effect of all; ``sum_of_singles``; ``interaction``, package minus
        the sum of singles.  Each with ``_low``, ``_high`` (95 %, Student's t over pairs) and ``_pairs_used``.
        The interaction has the sign of the outcome's change: whether that is synergy or conflict depends on
        the desired direction.

    Raises
    ------
    InputError : for anything that cannot be used, and a scenario that adds nothing to the baseline.
    """
    _, options["world"] = read_in(options.get("world"), outcomes)
    how = setup(runs, **options)
    base, package = levers_alone(baseline), levers_alone(scenario)
    pieces = added(package, base)
    names = names_of(pieces)
    kind = how.history(history)
    together = {(NONE, ""): set[str](), (ALL, ""): set(names)}
    together |= {("alone", name): {name} for name in names}
    together |= {("without", name): set(names) - {name} for name in names}
    arms = {
        key: Arm(
            base.model_copy(update={"levers": (*base.levers, *(use for n, use in pieces if n in kept))}),
            history=kind,
        )
        for key, kept in together.items()
    }
    values = Trial(("kept", "lever"), arms, selected(how, outcomes), how).run()["values"]
    nothing, everything = (values.sel(kept=kept, lever="", drop=True) for kept in (NONE, ALL))
    alone, without = (values.sel(kept=kept, lever=names, drop=True) for kept in ("alone", "without"))
    single, whole = alone - nothing, everything - nothing
    singles = single.sum("lever", skipna=False)  # undefined if any single is undefined
    about = {"scenario": package.name, "scenario_hash": package.hash, "baseline": base.name}
    return estimate(
        "as outcome_unit",
        alone=single,
        last=(everything - without).transpose(*single.dims),
        package=whole,
        sum_of_singles=singles,
        interaction=whole - singles,
    ).assign_attrs(how.attributes(**about, histories=called(kind)))


def added(package: Scenario, base: Scenario) -> list[tuple[str, LeverUse]]:
    """Uses of levers that a package adds to its baseline, in order, each with the name of its lever.

    Raises InputError for a package without the baseline's own levers, or one that adds nothing.
    """
    uses = list(package.levers)
    for use in base.levers:
        if use not in uses:
            allowed = f"a scenario with the levers of {base.name}, {use.lever} among them"
            raise unusable(f"scenario {package.name}", found="a scenario without them", allowed=allowed)
        uses.remove(use)
    if not uses:
        allowed = "a scenario with at least one lever of its own"
        raise unusable(f"scenario {package.name}", found=f"nothing beyond {base.name}", allowed=allowed)
    return [(f"{use.lever}[{','.join(use.targets)}]", use) for use in uses]


def names_of(pieces: Sequence[tuple[str, LeverUse]]) -> list[str]:
    """Names of the levers, each once."""
    return list(dict.fromkeys(name for name, _ in pieces))


# --- by channel ---

CHANNELS = {
    "total": "effect on the share of {title}",
    "installed_base": "part carried by its owners' vendors",
    "others_compliance": "part carried by other vendors that comply",
    "bodies": "part that disappears when the bodies' standards stay as they are",
}


def channels(
    scenarios: Sequence[Named] | Named,
    *,
    baseline: Named = "baseline",
    history: Given | None = None,
    runs: int = RUNS.comparison,
    **options: Unpack[Options],
) -> xr.Dataset:
    """Split effects on the share of the family under study by channel and domain.

    Arguments are those of :func:`lockin_sim.compare`.

    Returns
    -------
    Dataset
        Over (scenario, channel, domain, year), the first domain being all together: ``effect``,
        ``effect_low``, ``effect_high`` (95 %, Student's t over pairs) and ``pairs_used``.  The total is the
        sum of the parts carried by the owners' installed base and by others that comply.  The part of
        standards bodies cuts across both: the effect minus the effect of the same policy with the bodies'
        standards frozen (``turnover`` 0) in policy and baseline, a paired double difference.

    Raises
    ------
    InputError
        For anything that cannot be used, and a world without the family.
    """
    import xarray as xr

    how = setup(runs, **options)
    if not how.world.case.family:
        raise unusable("world", found=how.world.name, allowed="one with a standard family under study")
    chosen = chosen_scenarios(baseline, scenarios)
    pairing = Pairing.of(chosen, how.world, how.years, how.history(history))
    arms = {
        (label, name): Arm(scenario, variant.settings, history=kind)
        for label, scenario, kind in pairing.runs()
        for name, variant in VARIANTS["channels"].items()
    }
    labels = {"channel": [*CHANNELS][:-1], "domain": [ALL, *how.world.domains], "year": how.calendar}
    measure = Measure(carried, ("channel", "domain", "year"), labels)
    effect = pairing.effect(Trial(("scenario", "bodies"), arms, measure, how).run()["carried"])
    free, frozen = (effect.sel(bodies=name, drop=True) for name in VARIANTS["channels"])
    by_bodies = (free - frozen).sel(channel=["total"]).assign_coords(channel=["bodies"])
    title = name_of("standard", how.world.case.family)
    said = ("channel", [text.format(title=title) for text in CHANNELS.values()])
    results = estimate("share", effect=xr.concat([free, by_bodies], "channel"))
    results = results.assign_coords(scenario_labels(pairing) | {"channel_label": said})
    return results.assign_attrs(how.attributes(baseline=chosen[0].name))


def carried(ds: xr.Dataset, world: World) -> dict[str, Floats]:
    """Share of the family in all and each domain, that of its owners' vendors, and that of others.

    ``carried`` (run, carrier, domain, year)
    """
    share, owned = (share_of_family(ds, world, name) for name in ("standard_share", "owned_standard_share"))
    size = ds["market_size"].transpose("year", "domain").values
    by_domain = np.stack([share, owned, share - owned], axis=1)  # (run, carrier, year, domain)
    together = weighted_mean(by_domain, size)[:, :, None]
    return {"carried": np.concatenate([together, by_domain.swapaxes(-1, -2)], axis=2)}

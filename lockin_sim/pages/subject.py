"""Decide what a report is about if not the question of its case: own policies, or the only policy.

Such a report opens with their question, and with what they move most, wherever that is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lockin_sim.common.findings import Finding
from lockin_sim.common.formats import located, with_article, within
from lockin_sim.comparisons.by_group import BY_COUNTRY, BY_DOMAIN, BY_GROUP
from lockin_sim.comparisons.effects_reader import read_study_finding
from lockin_sim.pages.evidence import Evidence, unit_in
from lockin_sim.settings.scenario import is_built_in, load_scenario
from lockin_sim.settings.titles import get_scenario_label
from lockin_sim.world.names import format_group, format_label
from lockin_sim.world.recorded import COUNTRY_RECORD, unrecorded

if TYPE_CHECKING:
    import xarray as xr

#: Largest effects of a policy that are shown, and economies among them.
SHOWN, ECONOMIES = 8, 3

#: Places in which an effect on one measure is shown.
PLACES = 3

#: Points by which two effects must differ, or they are of the same equipment under two names.
APART = 0.005


class MovedQuantity(NamedTuple):
    """Quantity that a policy moves somewhere.

    label    of the quantity, with its place
    finding  the effect in the last year
    """

    label: str
    finding: Finding


def is_own(evidence: Evidence, policy: str) -> bool:
    """Whether a policy is the user's own: not built in, or changed."""
    identity = get_scenario_label(evidence.effects, "scenario_hash", policy)
    return not is_built_in(policy) or load_scenario(policy).hash != identity


def subjects(evidence: Evidence) -> list[str]:
    """Return the policies that the report is about; [] if it is about the question of the case."""
    policies = evidence.policies
    own = [policy for policy in policies if is_own(evidence, policy)]
    return own or [policy for policy in policies if len(policies) == 1 and policy != evidence.case.without]


def most_moved(evidence: Evidence, policy: str) -> list[MovedQuantity]:
    """List the largest effects of a policy by place, technology and body, in the order of :func:`_apart`."""
    parts = ("dependence_", f"{evidence.case.family}_reach") if evidence.case.family else ("dependence_",)
    every: list[MovedQuantity] = []
    for name, axis, of in ((BY_GROUP.name, "group", _of_group), (BY_DOMAIN.name, "domain", _of_domain)):
        study = evidence.study(name)
        if study is not None:
            measures = map(str, study["measure"].values)
            wanted = [m for m in measures if m.startswith(parts) and "_economies_" not in m]
            every += _largest(study.sel(year=evidence.last, measure=wanted), policy, axis, of)
    # what has a place of its own, and standards bodies
    stems = ("status_", "dependence[", f"{evidence.case.family}_reach[")
    named = [name for name in evidence.outcomes if name.startswith(stems)]
    every += [MovedQuantity(evidence.label(name), evidence.finding(policy, name)) for name in named]
    return _apart(every)


def economies_moved(evidence: Evidence, policy: str) -> list[MovedQuantity]:
    """List economies with recorded contracts whose networks a policy moves on average, by size."""
    study = evidence.study(BY_COUNTRY.name)
    if study is None or COUNTRY_RECORD not in study.coords:
        return []
    networks = study.isel(domain=0)
    networks = networks.isel(country=~unrecorded(networks))
    layer = format_label("domain", str(networks["domain"].values))

    def label(measure: str, country: str) -> str:
        """Describe a sponsor's part of an economy's networks."""
        return f"{measure} of {layer} {located(with_article(format_label('country', country)))}"

    return [each for each in _apart(_largest(networks, policy, "country", label)) if moves(each.finding)]


def _of_group(measure: str, group: str) -> str:
    """Describe a measure in a group of economies."""
    return f"{measure.replace(', ', ' in ')} {located(format_group(group))}"


def _of_domain(measure: str, domain: str) -> str:
    """Describe a measure in a technology."""
    return f"{measure} in {format_label('domain', domain)} of the world"


def _largest(
    study: xr.Dataset, policy: str, axis: str, label: Callable[[str, str], str]
) -> list[MovedQuantity]:
    """Return the largest effects of a policy in a study over (scenario, measure, axis), unordered."""
    mine = study.sel(scenario=policy).transpose("measure", axis, ...)
    sure, size = ((mine["effect_low"] > 0) | (mine["effect_high"] < 0)).values, abs(mine["effect"]).values
    # of each measure its largest few, so that one that moves in many places does not hide the others
    rank = np.lexsort((-np.nan_to_num(size), ~sure), axis=-1).argsort(axis=-1)
    order = np.flatnonzero(rank.ravel() < PLACES)
    measures, places = study["measure"].values, study[axis].values
    moved = []
    for m, n in zip(*np.unravel_index(order, size.shape), strict=True):
        at = {"measure": str(measures[m]), axis: str(places[n])}
        said = label(str(study["measure_label"].values[m]), str(places[n]))
        unit = unit_in(study, at["measure"], "measure")
        moved.append(MovedQuantity(said, read_study_finding(study, unit, scenario=policy, **at)))
    return moved


def moves(finding: Finding) -> bool:
    """Whether a mean effect differs from zero beyond chance, whatever single futures do."""
    return finding.clear or finding.away > 0


def _apart(every: Sequence[MovedQuantity]) -> list[MovedQuantity]:
    """Sort defined effects by size, those first that differ from zero on average, and drop duplicates.

    The same equipment may appear under two names.
    """
    kept: list[MovedQuantity] = []
    for each in sorted(every, key=lambda moved: (not moves(moved.finding), -abs(moved.finding.size))):
        mine, others = each.finding, [other.finding for other in kept]
        ends = (mine.size, mine.low, mine.high)
        again = any(np.allclose(ends, (f.size, f.low, f.high), atol=APART) for f in others)
        if mine.known and not again:
            kept.append(each._replace(finding=mine._replace(what=within(each.label))))
    return kept

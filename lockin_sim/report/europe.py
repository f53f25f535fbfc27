"""Europe: whose vendors run EU members' networks under each policy, and what its vendors gain or lose."""

from __future__ import annotations

import numpy as np

from lockin_sim.reader import estimate
from lockin_sim.report.bills import price_felt
from lockin_sim.report.evidence import Evidence, known
from lockin_sim.report.parts import Table
from lockin_sim.report.tables import cells_of
from lockin_sim.report.words import percent
from lockin_sim.statistics import Estimate
from lockin_sim.wording import listed


def europe(evidence: Evidence) -> Table | None:
    """One row a policy, the largest effect on EU members' networks first; None without such numbers."""
    study = evidence.study("by_group")
    if study is None or not known(["EU"], study, "group") or "EU" not in evidence.sponsors:
        return None
    measures = {
        f"dependence_sensitive_{s}": f"{word} vendors in EU members' networks, points"
        for s, word in evidence.sponsors.items()
    }
    measures = {m: measures[m] for m in known(list(measures), study, "measure")}

    def effects(measure: str, group: str, factor: float = 100.0) -> list[Estimate[float]]:
        """Effects of all policies on a measure of a group in the last year."""
        at = {"measure": measure, "group": group}
        return [estimate(study, factor, scenario=p, year=evidence.last, **at) for p in policies]

    policies = evidence.policies
    sizes = [abs(found.mean) for found in effects(next(iter(measures)), "EU")]
    ranked = sorted(zip(sizes, policies, strict=True), key=lambda each: -np.nan_to_num(each[0]))
    policies = [policy for _, policy in ranked]
    columns = [cells_of(effects(m, "EU")) for m in measures]
    columns.append(cells_of(effects("sales_EU", "world")))
    columns.append(cells_of([price_felt(evidence, s) for s in effects("surplus", "EU", 1.0)]))
    heads = (
        "policy",
        *measures.values(),
        "EU vendors in the world's sales, points",
        "change of price felt by EU buyers, %",
    )
    levels = {
        m: 100
        * study["level"].sel(scenario=evidence.baseline, measure=m, group="EU", year=evidence.last).item()
        for m in measures
    }
    held = listed(
        [
            f"{word} vendors {percent(v, 0)}"
            for word, v in zip(evidence.sponsors.values(), levels.values(), strict=False)
        ]
    )
    return Table(
        caption=f"Europe in {evidence.last}: EU members' networks, and EU vendors and buyers",
        heads=heads,
        rows=list(zip(map(evidence.title, policies), zip(*columns, strict=True), strict=True)),
        note="Networks: all sensitive infrastructure, cables and clouds included. In the "
        f"{evidence.base} {held}. Differences from it; * the 95 % interval excludes zero.",
    )

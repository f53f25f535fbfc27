"""What the bundled posterior learnt, how it meets the record, and what policies do over it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lockin_sim as ls
from lockin_sim.comparisons.compare import build_effects_part, tabulate_effects
from lockin_sim.comparisons.effects_reader import EffectsReader
from lockin_sim.comparisons.trial import Arm, Measure, Trial, build_setup
from lockin_sim.pages import plots
from lockin_sim.runs.results import write_csv, write_frame, write_table
from lockin_sim.settings.policies import scenarios
from lockin_sim.world.case import load_bundled_case

from .answer import answer, headline
from .overturned import overturned_by

if TYPE_CHECKING:
    import xarray as xr

SEED = 1

#: Runs of each policy, each a draw of the parameters.
RUNS = 128

#: Policies of the reduced form.
FEW = ("no_state_support", "eu_package")

#: What policies are asked about.
OUTCOMES = ("cn2035_sensitive_excluding_CHN", "cn2035_share", "surplus")

#: Chinese vendors' part of sensitive infrastructure, region by region.
REGIONS = tuple(f"dependence_sensitive_CHN_{group}" for group in load_bundled_case().groups)


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Tables of parameters, facts, sales by wave and effects; figures; the answer in words."""
    posterior = ls.open_results("bundled")
    policies, runs, last = (
        (FEW, 8, 2030) if reduced else ([p for p in scenarios() if p != "baseline"], RUNS, 2050)
    )
    how: dict[str, Any] = {"posterior": "bundled", "seed": SEED, "years": (2010, last), "workers": workers}
    declared, drawn = (
        ls.compare(policies, outcomes=(*OUTCOMES, *REGIONS), runs=runs, maps=False, structure=kind, **how)
        for kind in ("declared", "drawn")
    )
    turned = overturned_by(by_run(policies, runs, **how))
    write_table(posterior, ("mean", "low", "high", "learnt"), folder / "parameters.csv")
    ends = ("mean", "low", "high")
    facts = ("recorded", *(f"{when}_{end}" for when in ("prior", "posterior") for end in ends))
    write_table(posterior, facts, folder / "facts.csv")
    write_csv(folder / "sales.csv", ("runs_of", "part_left", "sales_off"), iter(sales_missed(posterior)))
    for name, ds in (("effects", declared), ("structure_drawn", drawn)):
        write_frame(folder / f"{name}.csv", tabulate_effects(ds.isel(year=[-1])))
    names = ("fact", "sense", "recorded", "moved_to", "left", "part_left", "overturned", "effective_draws")
    write_table(turned, ("expected", *names), folder / "overturned.csv")
    readers = EffectsReader(declared, OUTCOMES), EffectsReader(drawn, OUTCOMES)
    text = answer(posterior, sales_missed(posterior), *readers, turned)
    (folder / "answer.md").write_text(text, encoding="utf-8")
    (folder / "headline.txt").write_text(headline(*readers, turned, OUTCOMES[0]), encoding="utf-8")
    plots.save(plots.learnt(posterior), folder / "learnt.png")
    plots.save(plots.effects(drawn, OUTCOMES[0], years=(last,)), folder / "futures.png")


def by_run(policies: Sequence[str], runs: int, **how: Any) -> xr.DataArray:
    """Effects in the last year with the declared structure, run by run.  (outcome, run, scenario)"""
    given = build_setup(runs, **how)
    part = build_effects_part(given.world, OUTCOMES)
    measure = Measure(part.reduce, ("year",), {"year": given.calendar}, part.record)
    arms = {(name,): Arm(name) for name in ("baseline", *policies)}
    found = Trial(("scenario",), arms, measure, given).run().isel(year=-1, drop=True)
    levels = found.to_dataarray("outcome")
    return levels - levels.sel(scenario="baseline")


def sales_missed(posterior: xr.Dataset) -> list[tuple[str, float, float]]:
    """Of each wave and of the draws: part of the prior left before, and points by which means miss sales."""
    waves = zip(
        posterior["wave"].values, posterior["part_left"].values, posterior["sales_off"].values, strict=True
    )
    rows = [(f"wave {wave}", float(part), float(off)) for wave, part, off in waves]
    return [*rows, ("the draws", float("nan"), float(posterior.attrs["draws_sales_off"]))]

"""What the bundled posterior learnt, how it meets the record, and what policies do over it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import lockin_sim as ls
from lockin_sim import plots
from lockin_sim.evidence.influential_facts import overturned_by
from lockin_sim.runs.results import write_csv, write_table
from lockin_sim.settings.policies import scenarios
from lockin_sim.world.case import bundled_case

from .answer import answer, headline

if TYPE_CHECKING:
    import xarray as xr

SEED = 1

#: Number of futures, and runs in each.
FUTURES, RUNS = 128, 4

#: Policies of the reduced form.
FEW = ("no_state_support", "eu_package")

#: What policies are asked about.
OUTCOMES = ("cn2035_sensitive_excluding_CHN", "cn2035_share", "surplus")

#: Chinese vendors' part of sensitive infrastructure, region by region.
REGIONS = tuple(f"dependence_sensitive_CHN_{group}" for group in bundled_case().groups)


def study(folder: Path, *, reduced: bool, workers: int | None) -> None:
    """Tables of parameters, facts, sales by wave and effects; figures; the answer in words."""
    posterior = ls.open_results("bundled")
    policies, n, runs = (
        (FEW, 4, 2) if reduced else ([p for p in scenarios() if p != "baseline"], FUTURES, RUNS)
    )
    every = ls.futures(
        policies, outcomes=(*OUTCOMES, *REGIONS), n=n, runs=runs, seed=SEED,
        years=(2010, 2030 if reduced else 2050), workers=workers,
    )  # fmt: skip
    found, by_region = every.sel(outcome=list(OUTCOMES)), every.sel(outcome=list(REGIONS))
    turned = overturned_by(found)
    write_table(posterior, ("mean", "low", "high", "learnt"), folder / "parameters.csv")
    ends = ("mean", "low", "high")
    facts = ("recorded", *(f"{when}_{end}" for when in ("prior", "posterior") for end in ends))
    write_table(posterior, facts, folder / "facts.csv")
    write_csv(folder / "sales.csv", ("runs_of", "part_left", "sales_off"), iter(sales_missed(posterior)))
    write_table(found, ("expected",), folder / "effects.csv")
    write_table(by_region, ("expected",), folder / "by_region.csv")
    write_table(
        found, ("share_raises", "share_lowers", "share_unclear", "futures_used"), folder / "shares.csv"
    )
    write_table(found, ("variance", "variance_share"), folder / "split.csv")
    write_table(found, ("expected_under", "futures_under"), folder / "alternatives.csv")
    names = ("fact", "sense", "recorded", "moved_to", "left", "part_left", "overturned", "effective_draws")
    write_table(turned, ("expected", *names), folder / "overturned.csv")
    text = answer(posterior, sales_missed(posterior), found, turned)
    (folder / "answer.md").write_text(text, encoding="utf-8")
    (folder / "headline.txt").write_text(headline(found, turned, OUTCOMES[0]), encoding="utf-8")
    plots.save(plots.learnt(posterior), folder / "learnt.png")
    plots.save(plots.futures(found.sel(outcome=OUTCOMES[0])), folder / "futures.png")


def sales_missed(posterior: xr.Dataset) -> list[tuple[str, float, float]]:
    """Of each wave and of the draws: part of the prior left before, and points by which means miss sales."""
    waves = zip(
        posterior["wave"].values, posterior["part_left"].values, posterior["sales_off"].values, strict=True
    )
    rows = [(f"wave {wave}", float(part), float(off)) for wave, part, off in waves]
    return [*rows, ("the draws", float("nan"), float(posterior.attrs["draws_sales_off"]))]

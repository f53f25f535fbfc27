"""An exit plan as tables: in files and in the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lockin_sim.netcdf import write_dataset
from lockin_sim.results.folder import write_manifest
from lockin_sim.results.tables import write_csv
from lockin_sim.studies.exits.plan import Plan, median, over_draws
from lockin_sim.studies.exits.walk import MOMENTS

if TYPE_CHECKING:
    import xarray as xr

#: Files of a plan beside its page.
TABLE, SUPPLIERS, LENDERS, POLICIES, DATASET = (
    "exit.csv", "suppliers.csv", "lenders.csv", "policies.csv", "exit.nc",
)  # fmt: skip

_ENDS = ("", "_q05", "_q95")
_NUMBERS = ("cost", "bought_again", "rebate", "chance", "cut")


def write_plan(ds: xr.Dataset, folder: Path) -> None:
    """Dataset, tables and manifest of a plan into a folder; every number with its 5 and 95 % of draws."""
    plan = Plan(ds)
    write_dataset(ds, folder / DATASET)
    write_csv(folder / TABLE, *buyers_table(plan))
    heads = ["domain", "vendor", *(f"share{end}" for end in _ENDS)]
    write_csv(folder / SUPPLIERS, heads, _suppliers(plan))
    heads = ["lender", "of", "tied", "chance_to_lend"]
    heads += [f"{name}{end}" for name in ("part_of_contracts", "owed", "owed_until") for end in _ENDS]
    write_csv(folder / LENDERS, heads, _lenders(plan))
    heads = ["scenario", "domain", "year", "left_or_more", "low", "high"]
    write_csv(folder / POLICIES, heads, _policies(plan))
    write_manifest(folder, ds.attrs)


def buyers_table(plan: Plan) -> tuple[list[str], Iterator[list[Any]]]:
    """Head and rows of the table by buyer: money in USD bn, shares as fractions."""
    heads = ["buyer", "domain", "kind", "weight", "usual_supplier", "usual_supplier_share", "has_some"]
    heads += [f"{name}{end}" for name in ("held", "due_year", "generation_year") for end in _ENDS]
    heads += [f"{name}_{moment}{end}" for moment in MOMENTS for name in _NUMBERS for end in _ENDS]

    def rows() -> Iterator[list[Any]]:
        """Cells of each buyer."""
        for b in plan.buyers:
            usual = plan.usual_supplier(b) or ("", float("nan"))
            row: list[Any] = [b.label, b.domain, b.kind, b.weight, *usual, float(plan.has(b).mean())]
            row += [*over_draws(plan.held[:, b.at]), *plan.due(b), *plan.due(b, "generation_year")]
            for moment in MOMENTS:
                for name in _NUMBERS:
                    row += [*over_draws(plan.of(name, b, moment))]
            yield row

    return heads, rows()


def _suppliers(plan: Plan) -> Iterator[list[Any]]:
    """Rows of who supplies each domain."""
    for domain in plan.ds["domain"].values.tolist():
        for vendor, share in plan.supplied(domain):
            yield [domain, vendor, *(value / 100 for value in share)]


def _lenders(plan: Plan) -> Iterator[list[Any]]:
    """Rows of what lenders could pay and what they are owed."""
    owed, until = (plan.ds[n].transpose("draw", "lender").values for n in ("owed", "owed_until"))
    labels = zip(*(plan.ds[n].values.tolist() for n in ("lender", "lender_of", "tied")), strict=True)
    for h, (lender, of, tied) in enumerate(labels):
        part = plan.could_lend(h, plan.state) / 100
        chance = float((part > 0).mean()) if plan.state else float("nan")
        yield [lender, of, tied, chance, *over_draws(part), *over_draws(owed[:, h]), *median(until[:, h])]


def _policies(plan: Plan) -> Iterator[list[Any]]:
    """Rows of what policies change in each domain."""
    for s, scenario in enumerate(plan.ds["scenario"].values.tolist()):
        for domain in (d for d in plan.layers if plan.in_layer(d).mean > 0):
            for year in plan.ds["year"].values.tolist():
                found = plan.changes(domain, s, year) if s else plan.leaves(domain, year)
                yield [scenario, domain, year, *(value / 100 for value in found)]

"""Hold a comparison that was simulated or opened once, to read, draw and write it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from lockin_sim.common.errors import unusable
from lockin_sim.common.files import check_target, write_atomically
from lockin_sim.common.netcdf import write_dataset
from lockin_sim.common.prose import render_page as html
from lockin_sim.common.prose import render_sentence
from lockin_sim.common.versions import warn_of_difference
from lockin_sim.comparisons.by_group import (
    BY_COUNTRY,
    BY_DOMAIN,
    BY_GROUP,
    build_cost_part,
    select_effects_by_region,
)
from lockin_sim.comparisons.compare import (
    MAPS,
    build_effects_part,
    compare_parts,
    merge_effects,
    tabulate_effects,
    tabulate_levels,
)
from lockin_sim.comparisons.costs_by_payer import add_actor_group
from lockin_sim.comparisons.measured_places import select_headlines, select_outcomes, with_places
from lockin_sim.comparisons.stopping import MOST, UNTIL, Wanted, describe_stopping, select_target_widths
from lockin_sim.comparisons.trial import HISTORY, load_compared_scenarios
from lockin_sim.pages import comparison_page as said
from lockin_sim.pages import plots
from lockin_sim.pages.annex import hashes, sections
from lockin_sim.pages.evidence import Evidence
from lockin_sim.pages.figures import REGIONS, Plans, attempted, economy_map, explorer, figures_of
from lockin_sim.pages.record_parts import facts, limits, parameters
from lockin_sim.pages.tables import pays_table, scenarios_table, standing_table
from lockin_sim.runs.context import rehearsed
from lockin_sim.runs.results import (
    DATA,
    more_files,
    new_folder,
    open_comparison,
    table_of,
    tidy,
    write_frame,
    write_manifest,
)
from lockin_sim.settings.scenario import Named
from lockin_sim.settings.titles import DEFINITION, FILE, get_scenario_label, map_scenario_files
from lockin_sim.studies.chain import chain as trace_chain
from lockin_sim.world import World, load_world, resolve_world
from lockin_sim.world.recorded import COUNTRY_RECORD, NOT_RECORDED, record_shown

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from lockin_sim.pages.plots import Drawing, Embedded, Figure

#: File name of the report in a comparison's folder.
REPORT = "report.html"

#: Tables beside the datasets, by dataset, with the variables of each.
TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "by_group": {"by_group": ("level", "runs_used", "effect")},
    "by_domain": {"by_domain": ("level", "runs_used", "effect")},
    "by_country": {"by_country": ("level", "runs_used", "effect")},
    "public_cost": {"public_cost": ("level", "runs_used", "effect"), "cost_per_point": ("cost_per_point",)},
    "chain": {"chain": ("effect",), "chain_through": ("through",), "chain_links": ("per_unit",)},
}


class Comparison:
    """Policies compared with a baseline, and all results about them.

    Parameters
    ----------
    datasets : by name, as :func:`lockin_sim.open_results` returns them.  ``effects`` alone, a dataset of
        :func:`lockin_sim.compare`, is enough: pages say what was not examined.

    Raises
    ------
    InputError
        Where ``effects`` is missing or is not a comparison.
    """

    def __init__(self, datasets: Mapping[str, xr.Dataset]) -> None:
        self.datasets = dict(datasets)
        self.evidence = Evidence(self.datasets)
        self._drawn: dict[str, Drawing | None] = {}  # None if it could not be drawn

    @classmethod
    def run(
        cls,
        scenarios: Sequence[Named],
        *,
        outcomes: Sequence[str] | None = None,
        baseline: Named = "baseline",
        chain: bool = False,
        seed: int,
        runs: int,
        years: tuple[int, int] | None = None,
        world: World | None = None,
        until: Wanted | None = None,
        most: int = MOST,
        actor: str | None = None,
        **how: Any,
    ) -> Self:
        """Simulate a comparison: effects, groups, domains, countries and costs from the same runs.

        Parameters
        ----------
        chain : whether to trace the chain of the baseline, see :func:`lockin_sim.chain`.
        until, most : of the comparison; a chain uses the resulting number of runs.
        actor : whose costs come first; None = that of the world's case.
        scenarios, outcomes, baseline, seed, runs, years, world, how : as in :func:`lockin_sim.compare`.

        Raises
        ------
        InputError
            Before any run, for anything that cannot be used.
        """
        base, *others = load_compared_scenarios(baseline, scenarios)
        own = how.pop("own_facts", None)
        files, world = (
            map_scenario_files([baseline, *scenarios]),
            with_places(resolve_world(world, own), outcomes),
        )
        whose, world = add_actor_group(world, actor)
        years, first = (
            world.horizon(years),
            select_outcomes(world, select_headlines(world) if outcomes is None else outcomes),
        )
        shared = {"baseline": base, "seed": seed, "years": years, "world": world, **how}
        shares = [name for name, outcome in first.items() if outcome.unit == "share"] or None
        costs = build_cost_part(world, shares, whose, drawn=how.get("posterior") is not None)
        parts = [build_effects_part(world, outcomes), BY_GROUP, costs]
        extra = {"chain": partial(trace_chain, **shared)} if chain else {}
        rehearsed((partial(compute, runs=runs) for compute in extra.values()), before=1, stored=until is None)
        parts[1:2] = [MAPS, BY_GROUP, BY_DOMAIN, BY_COUNTRY]
        shared |= {"until": select_target_widths(until, world, outcomes), "most": most}
        datasets = compare_parts(parts, others, runs=runs, **shared)
        datasets["effects"], _ = merge_effects(datasets, files), datasets.pop("maps")
        runs = datasets["effects"].attrs["runs"]
        return cls(datasets | {name: compute(runs=runs) for name, compute in extra.items()})

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Open the comparison in a folder of ``lockin compare``, see :func:`lockin_sim.open_results`.

        Raises InputError for results of another minor version, and warns of those of other rules.
        """
        opened = cls(open_comparison(Path(folder)))
        warn_of_difference(folder, opened.evidence.effects.attrs)
        return opened

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return tables by name, in rows.

        Tables of the larger datasets have only the years that reports show, and by country networks alone.
        """
        effects = self.evidence.effects
        tables = {"levels": tabulate_levels(effects), "effects": tabulate_effects(effects)}
        by_country = self.datasets.get("by_country")
        networks: Any = () if by_country is None else by_country["domain"].values[:1]
        if "dependence" in effects:
            maps = effects[["dependence"]].assign(year=self.evidence.last, unit="share")
            maps = without_guesses(maps, "dependence", beside=~maps["domain"].isin(networks))
            if COUNTRY_RECORD in maps.coords:
                maps = maps.assign_coords({COUNTRY_RECORD: record_shown(maps)})
            labels = ("country", COUNTRY_RECORD, "domain", "sponsor", "year", "unit", "dependence")
            columns = [name for name in labels if name in maps.variables]
            tables["countries"] = tidy(maps, ("country", "domain", "sponsor"), columns)
        for name, ds in self.datasets.items():
            for table, variables in TABLES.get(name, {}).items():
                shown = ds.isel(domain=[0]) if name == "by_country" else ds
                tables[table] = table_of(without_guesses(shown, "level"), variables)
        if (groups := self.datasets.get("by_group")) is not None:
            tables["by_region"] = table_of(select_effects_by_region(groups), ("level", "effect"))
        return tables

    def figures(self) -> dict[str, Callable[[], Figure]]:
        """Return a function that draws each possible figure, by name."""
        return dict(self._plans)

    @cached_property
    def _plans(self) -> Plans:
        """Figures that the numbers allow, with the functions that draw them."""
        return figures_of(self.evidence)

    def page(self, *, annex: str = "") -> str:
        """Render the report as HTML; the same datasets give the same text, byte for byte.

        annex  file name of the annex that it refers to; "" = none
        """
        e = self.evidence
        return html(
            "report",
            evidence=e,
            about=e.effects.attrs,
            ended=describe_stopping(e.effects),
            title=said.title(e),
            asks=said.asks(e),
            policies=said.subtitle(e),
            answer=said.answer(e),
            chart=said.chart(e),
            standing=standing_table(e),
            regions=list(self.embedded([REGIONS]).values()),
            pays=pays_table(e),
            facts_until=e.effects.attrs.get("facts_until", load_world().facts_until),
            family=said.family(e),
            command=said.command(e),
            annex=annex,
        )

    def annex(self, *, report: str = "") -> str:
        """Render the annex as HTML, with every table and figure.

        report  file name of the report that it belongs to; "" = none
        """
        e = self.evidence
        parts = sections(e, self.embedded)
        return html(
            "annex",
            evidence=e,
            about=e.effects.attrs,
            title=render_sentence("report.annex"),
            answer=said.answer(e),
            explorer=explorer(e),
            map=economy_map(e),
            sections=[part for part in parts if not part["absent"]],
            absent=[part for part in parts if part["absent"]],
            assumptions=[scenarios_table(e), facts(), parameters(e.parameters)],
            limits=limits(),
            hashes=hashes(e),
            command=said.command(e),
            report=report,
        )

    def write_report(self, path: str | Path) -> Path:
        """Write report and annex, each as one HTML file, and return the report's path.

        path  of the report; missing folders are created.  ``annex.html`` stands beside ``report.html``,
              ``mine_annex.html`` beside ``mine.html``

        Raises InputError for a file that cannot be written.
        """
        target = Path(path)
        if target.suffix not in (".html", ".htm"):  # a dataset or the manifest could be meant
            raise unusable("report", found=str(target), allowed="the name of a file that ends in .html")
        beside = target.with_name(f"{target.stem}_annex".removeprefix("report_") + target.suffix)
        for file in (target, beside):
            check_target(file, "report")
        texts = {beside: self.annex(report=target.name), target: self.page(annex=beside.name)}
        for file, text in texts.items():
            with write_atomically(file, "report") as unfinished:
                unfinished.write_text(text, encoding="utf-8")
        return target

    def write(self, folder: str | Path) -> Path:
        """Write datasets, tables, manifest, figures, report and annex, and return the report's path.

        folder  of earlier results, which are replaced, or a new one
        Raises InputError for any other folder.
        """
        out = Path(folder)
        with new_folder(out) as new:
            places = {name: f"{DATA}/{name}.nc" for name in self.datasets}
            for name, ds in self.datasets.items():
                write_dataset(ds, new / places[name])
            for name, table in self.tables().items():
                write_frame(new / f"{name}.csv", table)
            write_manifest(new, self.provenance() | {"datasets": places})
        with more_files(out) as new:  # the numbers are safe even if a figure fails
            place = new / "figures"
            drawn = self.drawn(self.figures())
            attempted({n: partial(each.save, place / f"{n}.png", svg=True) for n, each in drawn.items()})
            self.write_report(new / REPORT)
        return out / REPORT

    def drawn(self, names: Collection[str]) -> dict[str, Drawing]:
        """Draw some figures, each once; a warning names those that cannot be drawn."""
        new = {n: draw for n, draw in self._plans.items() if n in names and n not in self._drawn}
        self._drawn |= dict.fromkeys(new) | {n: plots.Drawing(each) for n, each in attempted(new).items()}
        return {name: drawing for name in names if (drawing := self._drawn.get(name)) is not None}

    def embedded(self, names: Collection[str]) -> dict[str, Embedded]:
        """Return some figures in the form that pages embed."""
        return attempted({name: drawing.embedded for name, drawing in self.drawn(names).items()})

    def provenance(self) -> dict[str, Any]:
        """Return the content of the manifest.

        Version, seed, runs, years, and of each scenario hash, file, levers and parameters.
        """
        effects = self.evidence.effects
        keys = ("version", "rules", "world", "world_hash", "seed", "runs", "baseline")
        about = {key: effects.attrs[key] for key in keys}
        drawn = ("posterior", "posterior_digest", "parameters_drawn", "effective_draws", "structure")
        about |= {key: effects.attrs[key] for key in drawn if key in effects.attrs}
        if UNTIL in effects.attrs:
            about[UNTIL] = json.loads(effects.attrs[UNTIL])
        about |= {"parameters": self.evidence.parameters, "years": [self.evidence.first, self.evidence.last]}
        scenarios: dict[str, dict[str, Any]] = {}
        for name in self.evidence.scenarios:
            words = {
                key: get_scenario_label(effects, f"scenario_{key}", name)
                for key in ("hash", "question", "source")
            }
            known = {
                "history": get_scenario_label(effects, HISTORY, name),
                "file": get_scenario_label(effects, FILE, name),
            }
            changes = json.loads(get_scenario_label(effects, DEFINITION, name) or "{}")
            scenarios[name] = words | {key: value for key, value in known.items() if value} | changes
        return about | {"scenarios": scenarios}


def without_guesses(ds: xr.Dataset, mean: str, *, beside: xr.DataArray | bool = False) -> xr.Dataset:
    """Remove means of networks of economies without any record; their range is in the table by country.

    mean    name of the variable
    beside  which of its values are not of networks
    """
    if COUNTRY_RECORD not in ds.variables:
        return ds
    return ds.assign({mean: ds[mean].where((ds[COUNTRY_RECORD] != NOT_RECORDED) | beside)})

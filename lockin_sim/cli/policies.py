"""Commands on what a policy changes: compare, report, exit, country, explain and app."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from lockin_sim.cli.options import (
    Baseline,
    Country,
    Scenario,
    Scenarios,
    SharedOptions,
    add_shared_options,
    check_nonempty,
    convert_page_table,
    declare_count,
    parse_pairs,
    parse_whole,
    show,
)
from lockin_sim.common.conventions import RUNS
from lockin_sim.common.errors import unusable
from lockin_sim.common.formats import UNDEFINED, opening

if TYPE_CHECKING:
    from rich.table import Table

    from lockin_sim.pages.report import Evidence
    from lockin_sim.studies.explanation import Explanation

#: Shown as the worth of an offer that is forbidden.
BARRED = "barred"

_UNTIL = (
    "Add runs until each headline interval is at most this many percentage points wide, or that of one "
    "outcome, such as retention=0.2, or as narrow as the draws allow; --runs is then the first round."
)
_OUTCOMES = (
    "Compare this outcome alone, such as 'dependence[KEN,EU,mobile_network]'; repeatable, the first before "
    "all others; by default all of `lockin describe outcomes`."
)
_CHAIN = "Also trace the chain from first mover to standard, link by link, in the baseline."
_STRUCTURE = "With drawn every second draw has another model structure than the declared one."


@add_shared_options(
    "runs",
    "seed",
    "years",
    "history",
    "workers",
    "store",
    "cluster",
    "draws",
    "supplier",
    "model",
    runs=RUNS.pool,
)
def compare(
    how: SharedOptions,
    scenarios: Scenarios = None,
    outcomes: Annotated[list[str] | None, Option(help=_OUTCOMES, metavar="NAME")] = None,
    until: Annotated[list[str] | None, Option(help=_UNTIL, metavar="POINTS")] = None,
    most: Annotated[
        int | None, declare_count("Maximum number of runs of each scenario with --until.")
    ] = None,
    out: Annotated[Path, Option(help="Folder for report, datasets, tables, figures and manifest.")] = Path(
        "results/compare"
    ),
    baseline: Baseline = "baseline",
    chain: Annotated[bool, Option("--chain", help=_CHAIN)] = False,
    structure: Annotated[str, Option(help=_STRUCTURE, metavar="declared|drawn")] = "declared",
) -> None:
    """Compare scenarios with the baseline: paired differences with intervals, costs, figures, a report."""
    from lockin_sim.comparisons.stopping import MOST, describe_stopping
    from lockin_sim.pages.comparison_page import short
    from lockin_sim.pages.report import Comparison
    from lockin_sim.runs.results import check_folder
    from lockin_sim.settings.policies import scenarios as built_in

    check_folder(out)
    with how.stored():
        comparison = Comparison.run(
            scenarios or built_in(),
            outcomes=outcomes or None,
            baseline=baseline,
            chain=chain,
            structure=structure,
            until=_parse_widths(until, most),
            most=MOST if most is None else most,
            actor=how.actor,
            **how.study,
        )
    report, evidence = comparison.write(out), comparison.evidence
    listed = evidence.outcomes if outcomes else [evidence.headline]
    tables = [_build_effects_table(evidence, each, mine=how.actor is not None) for each in listed]
    show(*filter(None, [*tables, *short(evidence), describe_stopping(evidence.effects)]))
    show(f"The report is {report}; annex, datasets, tables, figures and manifest are beside it")


def _build_effects_table(evidence: Evidence, outcome: str, *, mine: bool) -> Table | None:
    """Build the table of an outcome: its level in the baseline, then each policy's effects by year.

    The years are those that reports show; columns for the verdict on the last year and for who pays follow.
    None without policies.  mine: show what the actor pays, rather than who pays most.
    """
    from lockin_sim.common.findings import get_range_name
    from lockin_sim.comparisons.by_group import ACTOR
    from lockin_sim.studies.printing import build_terminal_table

    if not evidence.policies:
        return None
    cost, unit, whose = evidence.study("public_cost"), evidence.unit(outcome), evidence.payer

    def paid(policy: str) -> str:
        """Return who pays for a policy, and how much."""
        if cost is None:
            return UNDEFINED
        actor = whose, evidence.bill(cost, policy, ACTOR)
        payer, bill = actor if mine else evidence.pays_most(cost, policy)
        return f"{payer}: {bill.with_range}" if bill.largest >= bill.unit.least else "nobody"

    years = [f"{unit.short} by {year}" for year in evidence.years]
    heads = ("policy", *years, "verdict", "who pays, bn USD" if mine else "who pays most, bn USD")
    doubt = evidence.finding(evidence.policies[0], outcome).doubt
    levels = [evidence.standing(outcome, year) for year in evidence.years]
    stands = (f"{each.level} ({each.ends})" if each.doubt == doubt else each.level for each in levels)
    rows = [("without any", *stands, "", "")]
    for policy in evidence.ranked(outcome):
        effects = [evidence.finding(policy, outcome, year) for year in evidence.years]
        cells = (each.with_range if each.known else UNDEFINED for each in effects)
        rows.append((evidence.marked(policy), *cells, effects[-1].verdict.value, paid(policy)))
    title = f"{opening(evidence.label(outcome))}; in brackets {get_range_name(doubt)}"
    return build_terminal_table(title, heads, rows, whole=heads[:1], numbers=years)


def report(
    comparison: Annotated[Path, typer.Argument(help="Folder made by `lockin compare`.", metavar="DIR")],
    out: Annotated[Path | None, Option(help="HTML file; by default report.html in the folder.")] = None,
) -> None:
    """Write the report of a comparison and its annex, two HTML files that need no network."""
    from lockin_sim.pages.comparison_folder import REPORT, Comparison

    show(f"The report is {Comparison.open(comparison).write_report(out or comparison / REPORT)}")


_LEAVING = "A vendor or a sponsor; by default the largest foreign vendor that states may restrict."
_POLICY = "A policy to try, built in or a TOML file, as if it began in that year; repeatable."
_OUT = "Folder for page, tables, dataset and manifest; by default results/exit_ECONOMY."


def _parse_widths(texts: Sequence[str] | None, most: int | None) -> float | dict[str, float] | None:
    """Parse the interval widths to reach: one for all headlines, or by outcome; None without ``--until``.

    Raises InputError for another text, and for ``--most`` without ``--until``.
    """
    if most is not None and texts is None:
        raise unusable("--most", found=most, allowed="only with --until")
    if not texts:
        return None
    allowed = "percentage points, such as 0.2, or those of one outcome, such as retention=0.2"
    if len(texts) > 1 or "=" in texts[0]:
        return parse_pairs("--until", texts, float, allowed, "each outcome once")
    try:
        return float(texts[0])
    except ValueError:
        raise unusable("--until", found=texts[0], allowed=allowed) from None


@add_shared_options(
    "runs", "seed", "history", "workers", "posterior", "declared", "store", "supplier", "model"
)
def exit_(
    how: SharedOptions,
    economy: Country,
    leaving: Annotated[str | None, Option(help=_LEAVING)] = None,
    year: Annotated[
        int | None,
        declare_count("Year of the plan; by default the first that can still be decided.", metavar=None),
    ] = None,
    policy: Annotated[list[str] | None, Option(help=_POLICY)] = None,
    out: Annotated[Path | None, Option(help=_OUT, metavar="DIR")] = None,
) -> None:
    """Estimate what leaving a vendor would cost an economy: what falls due when, and who could pay.

    A --supplier without a year, such as 'operator 1=nokia', holds from the year of the plan.
    """
    from lockin_sim.pages.exit_page import build_cost_table, compose_exit_answer
    from lockin_sim.studies.exit_plan import exit_plan
    from lockin_sim.studies.exit_results import ExitPlan

    dated, undated = (
        [text for text in how.supplier or () if (":" in text.rpartition("=")[2]) == has_year]
        for has_year in (True, False)
    )
    allowed = "an operator and a vendor, such as 'operator 1=nokia' or 'MTN Ghana=huawei:2019'"
    suppliers = parse_pairs("--supplier", undated, check_nonempty, allowed, "each operator once", last=True)
    how = replace(how, supplier=dated)
    code = how.tables.code_of("economy", economy, "country")
    folder = Path("results") / f"exit_{code}" if out is None else out
    with how.stored():
        result = exit_plan(
            code, leaving=leaving, year=year, suppliers=suppliers, policies=policy, out=folder, **how.study
        )
    plan = ExitPlan(result)
    show(*compose_exit_answer(plan))
    cost = build_cost_table(plan)
    if cost is not None:
        show("", convert_page_table(cost), cost.note)
    show(f"The page is {folder / 'exit.html'}; tables and dataset are beside it")
    how.show_own_facts()


_ECONOMY = "Code or name, such as KEN, Kenya or UK."
_VENDORS = "The vendor in question, then the other side of the coin; by default Huawei and Ericsson."
_TRIED = "Policy to try, a built-in name or TOML file; repeatable; by default all built-in ones."
_PAGE = "Folder for page, figure, table and datasets; by default results/country_ECONOMY."
_ALL = "Write the page of every economy, and one with a map that leads to them, into results/countries."


@add_shared_options("runs", "seed", "workers", "posterior", "declared", "store", "supplier", "model")
def country(
    how: SharedOptions,
    economy: Annotated[str | None, typer.Argument(help=_ECONOMY)] = None,
    vendor: Annotated[list[str] | None, Option(help=_VENDORS)] = None,
    domain: Annotated[str, Option(help="A layer in which operators buy.")] = "mobile_network",
    year: Annotated[int | None, declare_count("Year to compare parts in; by default 2035.", "YEAR")] = None,
    policy: Annotated[list[str] | None, Option(help=_TRIED)] = None,
    every: Annotated[bool, Option("--all", help=_ALL)] = False,
    out: Annotated[Path | None, Option(help=_PAGE, metavar="DIR")] = None,
) -> None:
    """Show one economy: who supplies it, what is locked in, what leaving costs, what policies change."""
    from lockin_sim.pages.country_index import INDEX, compute_pages_digest, is_written, write_country_pages
    from lockin_sim.pages.country_page import compose_country_answer
    from lockin_sim.runs.results import check_folder
    from lockin_sim.studies import country as study

    if every == (economy is not None):
        found = "an economy beside --all" if every else "neither an economy nor --all"
        raise unusable("economy", words=found, allowed="one of them, such as lockin country KEN")
    options = how.study | {"domain": domain, "year": year, "policies": policy}
    options |= {"vendors": tuple(vendor)} if vendor else {}
    code = "" if economy is None else how.tables.code_of("economy", economy, "country")
    folder = out or Path("results") / (f"country_{code}" if code else "countries")
    check_folder(folder)
    with how.stored():
        if every:
            state = compute_pages_digest(**options)
            if is_written(folder, state):
                show("The pages are there already, of this version and these options")
            else:
                write_country_pages(study.compute_countries(**options), folder, state)
            show(f"The page that leads to them is {folder / INDEX}")
            return
        result = study.country(code, **options)
    page = result.write(folder)
    show(*(f"{n}. {sentence}" for n, sentence in enumerate(compose_country_answer(result), 1)), "")
    show(f"The page is {page}; figure, table and datasets are beside it")


_OPERATOR = "One operator; by default that with the largest lot put out to tender."
_COUNTED = "Runs over which to count how often the decision ends this way; 0 for none. 24 take two seconds."


@add_shared_options("seed", "history", "supplier", "model")
def explain(
    how: SharedOptions,
    country: Country,
    domain: Annotated[str, typer.Argument(help="Such as mobile_network; `lockin describe world` lists all.")],
    year: Annotated[int, typer.Argument(help="Year of the decision.", parser=parse_whole, metavar="YEAR")],
    scenario: Scenario = "baseline",
    run: Annotated[int, declare_count("Number of the run that is explained.")] = 0,
    runs: Annotated[int, declare_count(_COUNTED)] = RUNS.decision,
    operator: Annotated[str | None, Option(help=_OPERATOR)] = None,
) -> None:
    """Explain one decision: reasons in per cent of the price, how often over some runs, and every term."""
    from lockin_sim.studies.explanation import explain as study
    from lockin_sim.studies.explanation import format_text_bar
    from lockin_sim.studies.printing import build_terminal_table

    options = how.study
    del options["progress"]  # it takes seconds
    result = study(
        scenario,
        country=country,
        domain=domain,
        year=year,
        run=run,
        runs=runs,
        operator=operator,
        **options,
    )
    rows = ((name, format_text_bar(gap), said) for name, gap, said in result.gaps)
    bars = (
        [
            build_terminal_table(
                result.about_gaps, ("vendor", "", "cheaper by; supplier in"), rows, whole=("vendor",)
            )
        ]
        if result.gaps
        else []
    )
    show(result.sentence, "", *bars, *_build_term_tables(result))


def _build_term_tables(result: Explanation) -> list[Table]:
    """Build tables of one decision: the terms of each offer, best first, and its other known values."""
    from lockin_sim.common.formats import number, signed, spoken
    from lockin_sim.studies.printing import build_terminal_table
    from lockin_sim.world.names import format_label

    def written(value: str | float) -> str:
        """Format the name of a lender, a number of runs, or another number."""
        return (
            format_label("lender", value)
            if isinstance(value, str)
            else number(value, 2 * isinstance(value, float))
        )

    ds = result.data
    heads = ["", *(format_label("vendor", label) for label in ds.vendor.values)]
    terms = ds.terms.transpose("term", "vendor").values
    worth = [(str(n), v) for n, v in zip(ds.term.values, terms, strict=True) if v.any()]
    worth.append(("together", ds.utility.values))
    rows = ((n, *(BARRED if v == float("-inf") else signed(v, 2) for v in values)) for n, values in worth)
    other = [
        (spoken(key), *map(written, values.values.tolist()))
        for key, values in ds.data_vars.items()
        if values.dims == ("vendor",) and key != "utility"
    ]
    return [
        build_terminal_table(
            "In detail: what each offer is worth to the buyer, in units of utility",
            heads,
            rows,
            numbers=heads[1:],
        ),
        build_terminal_table("What else is known of it", heads, other, numbers=heads[1:]),
    ]


_PORT = "Port to listen on; 0 = any free one."
_ADDRESS = "Address to listen on; the default cannot be reached from other machines."
_ORIGIN = "Another name under which browsers reach it, as host or host:port; repeatable."


@add_shared_options("seed", "workers", "draws", "model")
def app(
    how: SharedOptions,
    port: Annotated[int, declare_count(_PORT)] = 5006,
    address: Annotated[str, Option(help=_ADDRESS)] = "localhost",
    origin: Annotated[list[str] | None, Option(help=_ORIGIN)] = None,
    runs: Annotated[int, declare_count("Maximum number of runs of each policy on a page.")] = RUNS.pool,
    sessions: Annotated[int, declare_count("Maximum number of visitors at once.")] = 12,
    show: Annotated[bool, Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Choose a country and a question in a browser, or build a policy, and see what it changes."""
    from lockin_sim.app.server import App, list_origins, serve
    from lockin_sim.app.session import Limits
    from lockin_sim.app.workers import Brief
    from lockin_sim.pages import country_brief as brief
    from lockin_sim.settings.parameters import resolve_parameters

    list_origins(address, port, origin or ())
    server = App(
        own=None if how.world is None else how.tables,
        parameters=resolve_parameters(how.parameters),
        posterior=how.drawn_from,
        actor=how.actor,
        seed=how.seed,
        processes=how.workers,
        limits=Limits(runs=runs, sessions=sessions),
        brief=Brief(brief.render_known_facts, brief.render_simulated_results),
    )
    serve(server, port=port, address=address, origins=origin or (), quiet=how.quiet, show=show)

"""HTML page of an exit plan, made of the report's parts: the answer first, then a table by buyer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lockin_sim.common.conventions import Bools, Floats
from lockin_sim.common.findings import DRAWS, PERCENT, Finding
from lockin_sim.common.formats import (
    UNDEFINED,
    Unit,
    count,
    counted,
    number,
    opening,
    percent,
    signed,
    span,
)
from lockin_sim.common.prose import render_page, render_sentence
from lockin_sim.common.statistics import ROUNDING, Estimate
from lockin_sim.pages.page_folder import each, of_runs, typed, write_page
from lockin_sim.pages.page_parts import Bar, Cell, PageTable, Rows, Values, table
from lockin_sim.pages.record_parts import limits
from lockin_sim.pages.recorded_suppliers import (
    build_recorded_loans_table,
    describe_held_out,
    describe_recorded_suppliers,
)
from lockin_sim.record.histories import CONDITIONED, PRIOR
from lockin_sim.studies.exit_costs import MOMENTS
from lockin_sim.studies.exit_results import (
    ENOUGH,
    ExitPlan,
    LeavingBuyer,
    build_exit_tables,
    summarise_draws,
    summarise_years,
)
from lockin_sim.world.names import format_label, get_sponsor_adjective, read_label_column

if TYPE_CHECKING:
    import xarray as xr

#: Part of a layer, per cent, from which the answer names it, and from which a table follows it.
NAMED, FOLLOWED = 1.0, 5.0

#: Share of draws from which a restriction is named.
RESTRICTED = 0.05

#: Vendors named in a layer, and the part of it, per cent, below which one is not.
MOST_VENDORS, LEAST_VENDOR = 4, 2.0

#: Width of a range, percentage points, from which a part of a layer is not known, and the ratio of its ends
#: from which a sum is not.
WIDE, APART = 60.0, 20.0

#: Years after that of the plan for which policies and debts are shown, beside the last.
SOON = 5

_BN, _M = (Unit(1.0, unit, unit, unit) for unit in ("bn\N{NO-BREAK SPACE}USD", "m\N{NO-BREAK SPACE}USD"))


def write_exit_page(ds: xr.Dataset, out: str | Path) -> Path:
    """Write page, tables, dataset and manifest of an exit plan into a folder, all or none; returns the page.

    Raises InputError for another dataset, or a folder that cannot be written to.
    """
    return write_page(
        out, "exit", render_exit_page(ds), {"exit": ds}, build_exit_tables(ExitPlan(ds)), figures=False
    )


def render_exit_page(ds: xr.Dataset) -> str:
    """Render an exit plan as HTML: equal plans give an equal text, byte for byte.

    ds  as :func:`lockin_sim.exit_plan` returns it
    Raises InputError for another dataset.
    """
    plan = ExitPlan(ds)
    bundled = bool(plan.about["bundled"])
    record = build_recorded_loans_table(plan.about["country"]) if bundled else None
    return render_page(
        "exit",
        plan=plan,
        about=plan.about,
        title=render_sentence("exit.title", plan=plan),
        answer=compose_exit_answer(plan),
        ask=build_supplier_request(plan),
        suppliers=build_supplier_table(
            plan, describe_recorded_suppliers(plan.about["country"], plan.record) if bundled else {}
        ),
        due=build_renewal_table(plan),
        chart=build_renewal_bars(plan),
        costs=build_cost_table(plan),
        lenders=build_financing_table(plan),
        loans=[each for each in (build_debt_table(plan), record) if each],
        policies=build_loss_table(plan),
        limits=limits(),
        command=build_exit_command(plan),
    )


def build_exit_command(plan: ExitPlan, suppliers: Mapping[str, str] | None = None) -> str:
    """Build the command line that reproduces the plan.

    suppliers  vendor by operator to give; None = as given for the plan
    """
    about = plan.about
    stated = plan.suppliers_given if suppliers is None else suppliers
    words: list[object] = [about["country"], "--leaving", about["leaving"], "--year", plan.year]
    words += each("supplier", (f"{operator}={vendor}" for operator, vendor in stated.items()))
    words += each("policy", filter(None, str(about["policies"]).split("; ")))
    past = CONDITIONED if about["bundled"] else PRIOR
    words += each("history", [about["history"]] * (about["history"] != past))
    return typed("lockin", "exit", *words, *of_runs(about))


# --- numbers over draws ---


def build_share_finding(values: Estimate[float]) -> Finding:
    """Summarise a part in per cent over draws as a finding."""
    return Finding.of(values, PERCENT, DRAWS)


def build_money_finding(values: Floats) -> Finding:
    """Summarise a sum over draws as a finding, in millions below a billion.  (draw,), USD bn."""
    finding = Finding.of(summarise_draws(values), _BN, DRAWS)
    return finding.scaled(1000.0, _M) if 0 < finding.largest < 1 else finding


def _build_draws_cell(finding: Finding, small: str = "") -> Cell:
    """Build a cell with a number and its range; a dash if undefined, "nothing" if 0 in all draws."""
    if finding.nothing:
        return Cell("nothing")
    beneath = "; ".join(filter(None, (finding.spread, small)))
    return Cell(finding.level, beneath) if finding.known else Cell(UNDEFINED)


def _format_in_one_line(finding: Finding) -> str:
    """Format a number with its range, if any, in brackets."""
    return finding.level + (f" ({finding.spread})" if finding.spread else "")


# --- the answer ---


def compose_exit_answer(plan: ExitPlan) -> list[str]:
    """Compose the answer: suppliers, costs of leaving, who could pay, and what is lost without a policy."""
    if not plan.leavers:
        return [render_sentence("exit.nothing", plan=plan)]
    return [
        *_supplier_request_sentences(plan),
        _supply_share_sentence(plan),
        *_cost_sentences(plan),
        *_financing_sentences(plan),
        *_baseline_loss_sentences(plan),
    ]


def _supplier_request_sentences(plan: ExitPlan) -> list[str]:
    """Compose a request for unknown suppliers; empty if all are known."""
    missing = plan.suppliers_asked
    if not missing:
        return []
    buyers = Counter(format_label("domain", b.domain) for b in missing)
    whose = [f"{count(n, 'operator')} of {layer}" for layer, n in buyers.items()]
    return [render_sentence("exit.asks", plan=plan, whose=whose, first=missing[0].operator)]


def build_supplier_request(plan: ExitPlan) -> tuple[PageTable, str] | None:
    """Build the table of unknown suppliers, as simulated, and the command line that would name them.

    Returns None if all suppliers are known.
    """
    missing = plan.suppliers_asked
    if not missing:
        return None
    rows: Rows = []
    guesses: dict[str, str] = {}
    for buyer in missing:
        vendor, part = plan.usual_supplier(buyer) or ("", 0.0)
        size = percent(100 * sum(b.weight for b in plan.lots_of(buyer)))
        cells: Values = [
            f"{size} of {format_label('domain', buyer.domain)}",
            Cell(vendor, f"in {percent(100 * part)} of draws"),
        ]
        rows.append((opening(buyer.operator), cells))
        guesses[buyer.operator] = "VENDOR"
    heads = ("operator", "size", "simulated here")
    again = build_exit_command(plan, plan.suppliers_given | guesses)
    return table("exit.ask_table", heads, rows, words=True, plan=plan), again


def is_too_uncertain(finding: Finding) -> bool:
    """Whether the range over draws is too wide to report the number as known."""
    if finding.unit.share:
        return finding.high - finding.low >= WIDE - ROUNDING
    return finding.high > 0 and finding.low * APART <= finding.high


def _supply_share_sentence(plan: ExitPlan) -> str:
    """Describe the shares of layers that the vendors to leave supply, and restrictions."""
    parts = {d: plan.in_layer(d) for d in plan.layers}
    large = sorted((d for d in parts if parts[d].mean >= NAMED), key=lambda d: -parts[d].mean)
    shares = {d: build_share_finding(parts[d]) for d in large}
    unsure = [d for d in large if is_too_uncertain(shares[d]) or plan.guessed(d)]
    layers = [
        render_sentence("exit.part_of", part=shares[d], layer=format_label("domain", d))
        for d in large
        if d not in unsure
    ]
    guesses = [
        render_sentence("exit.guess_of", part=shares[d], layer=format_label("domain", d))
        for d in large
        if d in unsure
    ]
    restricted = {
        "share": number(100 * plan.restricted, 0),
        "whose": get_sponsor_adjective(str(plan.about["sponsor"])),
    }
    shown = restricted if plan.restricted > RESTRICTED else None
    least = number(NAMED, 0)
    return render_sentence(
        "exit.holds", plan=plan, layers=layers, guesses=guesses, least=least, restricted=shown
    )


def _cost_sentences(plan: ExitPlan) -> list[str]:
    """Describe the costs of leaving at once, at contracts' ends and with generations."""
    state = plan.state
    if not state:
        return [
            render_sentence(
                "exit.users_alone", plan=plan, cost=build_money_finding(plan.total(plan.leavers, "renewal"))
            )
        ]
    now, again = (build_money_finding(plan.total(state, "now", name)) for name in ("cost", "bought_again"))
    later = build_money_finding(plan.total(state, "renewal"))
    said = [
        render_sentence(
            "exit.costs",
            now=now,
            again=again,
            later=later,
            unknown=is_too_uncertain(now),
            at_end=is_too_uncertain(later),
        )
    ]
    stay, free, leave = (
        build_share_finding(summarise_draws(100 * plan.weighted(name, state, "renewal")))
        for name in ("rebate", "without_switching", "chance")
    )
    if stay.known:
        said.insert(0, render_sentence("exit.why", plan=plan, stay=stay, free=free, leave=leave))
    lots = plan.met_by_generation(state)
    if lots:
        years = [int(plan.due(b, "generation_year").mean) for b in lots]
        cost = build_money_finding(plan.total(lots, "generation"))
        about = {"first": min(years), "last": max(years), "cost": cost, "unknown": is_too_uncertain(cost)}
        said[-1] += " " + render_sentence("exit.generations", **about)
    if plan.users:
        layers = [format_label("domain", b.domain) for b in plan.users]
        said.append(
            render_sentence(
                "exit.users_too", layers=layers, cost=build_money_finding(plan.total(plan.users, "now"))
            )
        )
    return said


def _financing_sentences(plan: ExitPlan) -> list[str]:
    """Describe the part that state lenders would pay, and the costs as a share of a year's output."""
    if not plan.state:
        return []
    recorded, every = plan.on_record, list(range(len(plan.lenders)))
    lent = summarise_draws(plan.could_lend(every, plan.state))
    named = summarise_draws(plan.could_lend(recorded, plan.state)).mean if recorded and plan.assumed else 0.0
    whole = plan.total([*plan.state, *plan.users], "now")
    of_output = build_share_finding(summarise_draws(100 * whole / float(plan.about["gdp"])))
    shown = {
        "lent": build_share_finding(lent) if lent.mean >= 0.5 else None,
        "named": [_lookup_lender_name(plan.lenders[h][0]) for h in recorded] if named >= 0.5 else [],
        "recorded": number(named, 0),
        "share": of_output if of_output.size >= 0.005 else None,
    }
    return [render_sentence("exit.pays", **shown, users=bool(plan.users))]


def _baseline_loss_sentences(plan: ExitPlan) -> list[str]:
    """Describe the loss without a policy and under policies, in the layer with the largest share."""
    parts = {domain: plan.in_layer(domain).mean for domain in plan.layers}
    domain = max(parts, key=lambda each: parts[each])
    if parts[domain] < NAMED:
        return []
    titles = plan.ds["scenario"].values.tolist()
    tried = [(title, Finding.of(plan.moves(domain, s, plan.last))) for s, title in enumerate(titles) if s]
    moved = [
        render_sentence("exit.more", title=title, change=change) for title, change in tried if change.clear
    ]
    gone = Finding.of(plan.moves(domain, 0, plan.last))
    layer = format_label("domain", domain)
    return [render_sentence("exit.itself", plan=plan, layer=layer, gone=gone, tried=bool(tried), moved=moved)]


# --- buyer by buyer ---


def build_supplier_table(plan: ExitPlan, recorded: dict[str, str]) -> PageTable:
    """Build the table of the simulated suppliers of every layer, and what is on record of the layer.

    recorded  description of the record by layer, as :func:`describe_recorded_suppliers` returns it
    """
    rows: Rows = []
    for domain in plan.ds["domain"].values.tolist():
        parts = [(v, build_share_finding(e)) for v, e in plan.supplied(domain) if e.mean >= LEAST_VENDOR][
            :MOST_VENDORS
        ]
        guessed = plan.guessed(domain)
        vendors = "; ".join(
            f"{format_label('vendor', v)} {finding.alone if guessed else _format_in_one_line(finding)}"
            for v, finding in parts
        )
        theirs = Cell(UNDEFINED, "nothing is bought: systems or rules side by side")
        if domain in plan.layers:
            part = build_share_finding(plan.in_layer(domain))
            theirs = Cell(part.alone) if guessed and not part.nothing else _build_draws_cell(part)
        cells: Values = [vendors or "nothing", theirs, recorded.get(domain, UNDEFINED)]
        rows.append((opening(format_label("domain", domain)), cells))
    heads = ("layer", "simulated: the largest, part of capacity", f"of it {plan.whom}", "on record")
    aside = describe_held_out(plan.about["country"]) if plan.about["bundled"] else ""
    return table("exit.suppliers_table", heads, rows, words=True, plan=plan, kept=aside)


def build_year_cell(years: Estimate[float], last: int) -> Cell:
    """Build a cell with a year and its range; years after the last simulated one as "after 2040"."""
    middle, low, high = (
        UNDEFINED if not np.isfinite(year) else f"after {last}" if year > last else f"{year:.0f}"
        for year in years
    )
    return Cell(middle, "" if not years.known else low if low == high else f"{low} to {high}")


def build_renewal_table(plan: ExitPlan) -> PageTable | None:
    """Build the table of lots: size, usual supplier, first renewal, next generation; None without lots."""
    rows: Rows = []
    for buyer in plan.buyers:
        usual = plan.usual_supplier(buyer)
        if usual is not None:
            vendor, part = usual
            following, unknown = plan.due(buyer, "generation_year"), "contracts end by chance"
            cells: Values = [
                f"{percent(100 * buyer.weight)} of {format_label('domain', buyer.domain)}",
                Cell(vendor, f"in {percent(100 * part)} of draws"),
                percent(100 * float(plan.has(buyer).mean())),
                build_year_cell(plan.due(buyer), plan.last),
                build_year_cell(following, plan.last) if following.known else Cell(UNDEFINED, unknown),
            ]
            rows.append((plan.named(buyer), cells))
    chance = f"chance that it is run by {plan.whom}"
    heads = ("lot", "size", "most often run by", chance, "first up", "next generation")
    return table("exit.due_table", heads, rows, words=True) if rows else None


def build_renewal_bars(plan: ExitPlan) -> list[Bar]:
    """Build the bars of the first renewal of each lot with something to leave.

    Positions are per cent of the simulated years.
    """
    first, last = plan.year, plan.last + 1
    bars = []
    for buyer in plan.at_stake:
        years = plan.due(buyer)
        if buyer.kind == "operator" and years.known:
            middle, low, high = (round(100 * (year - first) / (last - first), 2) for year in years)
            when = build_year_cell(years, plan.last)
            text = f"{plan.named(buyer)}, {format_label('domain', buyer.domain)}"
            bars.append(Bar(text, when.text, when.small, True, low, high, middle, middle))
    return bars


def build_cost_table(plan: ExitPlan) -> PageTable | None:
    """Build the table of costs of leaving by buyer and moment; None without rows.

    Sums over several buyers follow, in which a buyer counts only in draws in which it has something to leave.
    """
    rows: Rows = []
    for buyer in sorted(plan.at_stake, key=lambda b: plan.layers.index(b.domain)):
        cells = [Cell(percent(100 * plan.has(buyer).mean()))]
        cells += [
            _build_draws_cell(build_money_finding(plan.of(name, buyer, "now")))
            for name in ("cost", "bought_again")
        ]
        for moment in MOMENTS[1:]:
            rebate = summarise_draws(100 * plan.of("rebate", buyer, moment))
            cells.append(
                _build_draws_cell(
                    build_money_finding(plan.of("cost", buyer, moment)), f"{percent(rebate.mean)} of price"
                )
            )
        chances = (summarise_draws(100 * plan.of("chance", buyer, moment)) for moment in MOMENTS[1:])
        cells += [_build_draws_cell(build_share_finding(chance)) for chance in chances]
        rows.append((f"{plan.named(buyer)}, {format_label('domain', buyer.domain)}", cells))
    few = [buyer for buyer in plan.state if buyer not in plan.at_stake]
    if few and len(few) < len(plan.state):
        some = np.logical_or.reduce([plan.has(buyer) for buyer in few])
        rows.append(
            ("Others, together", [Cell(percent(100 * some.mean())), *_build_sum_cells(plan, few, some)])
        )
    if few or len(plan.state) > 1:
        every = np.ones(plan.draws, dtype=bool)
        rows.append(
            (
                "Operators, agencies, cables together",
                [Cell("all draws"), *_build_sum_cells(plan, plan.state, every)],
            )
        )
    moments = ("now", "of it written off", "at the contract's end", "at the next generation")
    heads = ("buyer", "has something in", *moments, "leaves by itself at the end", "at the generation")
    return (
        table("exit.costs_table", heads, rows, plan=plan, few=counted(min(ENOUGH, plan.draws)))
        if rows
        else None
    )


def _build_sum_cells(plan: ExitPlan, buyers: list[LeavingBuyer], draws: Bools) -> list[Cell]:
    """Build the cells of the sum of some buyers' costs at each moment.

    draws  (draw,), the draws to use
    """
    at = (("now", "cost"), ("now", "bought_again"), ("renewal", "cost"))
    cells = [
        _build_draws_cell(build_money_finding(plan.total(buyers, moment, name)[draws])) for moment, name in at
    ]
    lots, none = plan.met_by_generation(buyers), Cell(UNDEFINED)
    freed = _build_draws_cell(build_money_finding(plan.total(lots, "generation")[draws])) if lots else none
    return [*cells, freed, none, none]


# --- who could pay ---


def build_financing_table(plan: ExitPlan) -> PageTable | None:
    """Build the table of who could pay for replacements: lenders, the budget, the buyers.

    Returns None if no operator, agency or owner of cables has something to leave.
    """
    state = plan.state
    if not state:
        return None
    rows: Rows = []
    for name, pays_for, some in _list_lender_rows(plan):
        part = plan.could_lend(some, state)
        chance = float((part > 0).mean())
        if chance > 0:
            rows.append(
                (
                    name,
                    [
                        pays_for,
                        percent(100 * chance),
                        _build_draws_cell(build_share_finding(summarise_draws(part))),
                    ],
                )
            )
    total = plan.total(state, "now")
    spending = float(plan.ds["market_size"].sel(domain=sorted({b.domain for b in state})).sum())
    output, passed_on = float(plan.about["gdp"]), "the rest, if it is passed on"
    for who, left, whole, of in (
        ("The economy's own budget", "the rest", output, "one year's output"),
        ("Those who buy from operators", passed_on, spending, "a year's spending in these layers"),
    ):
        part_of = build_share_finding(summarise_draws(100 * total / whole))
        said = f"leaving at once costs {part_of.level} of {of} ({part_of.ends})"
        rows.append((who, ["any vendor", UNDEFINED, Cell(left, said)]))
    heads = ("who", "pays for", "chance to lend anything", "part of the new contracts, leaving now")
    return table(
        "exit.lenders_table",
        heads,
        rows,
        words=True,
        cut=build_share_finding(summarise_draws(plan.cut(state))),
    )


def build_debt_table(plan: ExitPlan) -> PageTable | None:
    """Build the table of debt by lender when the plan begins: sum, principal soon due, and last payment."""
    owed, until = plan.by_draw("owed"), plan.by_draw("owed_until")
    soon = plan.by_draw("due_to_lender")[:, :SOON].sum(axis=1)
    rows: Rows = []
    for name, pays_for, some in _list_lender_rows(plan):
        if (owed[:, some] > 1e-9).any():
            last_year = np.max(until[:, some], axis=1, initial=-np.inf, where=np.isfinite(until[:, some]))
            ends = summarise_years(np.where(np.isfinite(last_year), last_year, np.nan))
            sums = [
                _build_draws_cell(build_money_finding(values[:, some].sum(axis=1))) for values in (owed, soon)
            ]
            last = Cell(f"{ends.mean:.0f}", f"{ends.low:.0f} to {ends.high:.0f}")
            rows.append((name, [pays_for, *sums, last]))
    heads = ("lender", "pays for", "owed", f"due {plan.year} to {plan.year + SOON - 1}", "last payment")
    own = [_lookup_lender_name(name) for name in str(plan.about["own_lenders"]).split("; ") if name]
    return table("exit.loans_table", heads, rows, words=True, plan=plan, own=own) if rows else None


def _describe_eligible_vendors(sponsor: str, tied: int) -> str:
    """Describe the vendors that a loan may pay for."""
    return f"{get_sponsor_adjective(sponsor)} vendors alone" if tied else "any vendor"


def _list_lender_rows(plan: ExitPlan) -> list[tuple[str, str, list[int]]]:
    """List the lenders on record one by one, then all assumed lenders together.

    Returns name, what they pay for, and positions.
    """
    rows = [
        (_lookup_lender_name(n), _describe_eligible_vendors(s, tied), [h])
        for h, (n, s, tied) in enumerate(plan.lenders)
        if h in plan.on_record
    ]
    if plan.assumed:
        rows.append(("Other state lenders, assumed", "their own vendors or any", plan.assumed))
    return rows


def _lookup_lender_name(label: str) -> str:
    """Return the name of a lender from its label."""
    return str(read_label_column("lenders", "label").get(label, label))


# --- what leaves by itself ---


def build_loss_table(plan: ExitPlan) -> PageTable | None:
    """Build the table of the loss without a policy, and the additional loss under each policy."""
    domains = [d for d in plan.layers if plan.in_layer(d).mean >= FOLLOWED]
    years = sorted({min(plan.year + SOON, plan.last), plan.last})
    at = [(d, y) for d in domains for y in years]
    rows: Rows = []
    for s, title in enumerate(plan.ds["scenario"].values.tolist()):
        findings = [Finding.of(plan.moves(d, s, y)) for d, y in at]
        cells: Values = [
            _build_points_cell(each, signs=s > 0) if each.known else UNDEFINED for each in findings
        ]
        rows.append((title, cells))
    heads = ("scenario", *(f"{format_label('domain', d)}, by {y}" for d, y in at))
    return table("exit.policies_table", heads, rows, plan=plan) if domains else None


def _build_points_cell(finding: Finding, *, signs: bool) -> Cell:
    """Build a cell with a share, or with ``signs`` a change in points, and its range."""
    if not signs:
        return Cell(percent(finding.size), span(finding.low, finding.high, 0))
    size, low, high = (signed(each, min(finding.digits, 1)) for each in finding.estimate)
    return Cell(size, f"{low} to {high}")

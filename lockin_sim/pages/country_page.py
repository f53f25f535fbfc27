"""HTML page of one economy: six sentences, a figure and tables, all from the datasets of the economy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lockin_sim.common.findings import CHANCE, DRAWS, PERCENT, Finding
from lockin_sim.common.formats import UNDEFINED, listed, located, opening, percent, with_article
from lockin_sim.common.prose import render_page, render_sentence
from lockin_sim.common.statistics import Estimate
from lockin_sim.comparisons.effects_reader import read_by_label, read_estimate, read_value
from lockin_sim.pages.exit_page import (
    build_debt_table,
    build_money_finding,
    build_supplier_table,
    build_year_cell,
)
from lockin_sim.pages.lock_in_page import LockInTrial, build_persistence_table
from lockin_sim.pages.page_folder import each, of_runs, typed, write_page
from lockin_sim.pages.page_parts import Cell, PageTable, Rows, Values, table
from lockin_sim.pages.record_parts import misfit
from lockin_sim.pages.recorded_suppliers import (
    build_recorded_loans_table,
    describe_recorded_suppliers,
    lookup_vendor_name,
)
from lockin_sim.runs.results import tidy
from lockin_sim.settings.policies import scenarios
from lockin_sim.studies.country import AS_IS, CAUSES, CHOICE, FREE, GROUP, NEAR, NO_TASTES, CountryPage
from lockin_sim.studies.exit_results import ExitPlan, LeavingBuyer, summarise_draws, summarise_years
from lockin_sim.world import BUNDLED
from lockin_sim.world.contracts import YOURS
from lockin_sim.world.names import format_label, get_sponsor_adjective
from lockin_sim.world.own_facts import given_facts
from lockin_sim.world.recorded import NOT_RECORDED
from lockin_sim.world.schema import read_table
from lockin_sim.world.suppliers import GENERATIONS, by_rank

#: Least part of the variance that an operator's choice must explain to be named, with many draws, and the
#: same times the number of few: less may be chance.
LEAST, LEAST_OF_FEW = 0.1, 6.4

#: Most bytes of the picture as an SVG: as dots it takes 18 kB, and a page is to stay below 100.
MOST_SVG = 15_000

#: Least debt that is named, USD bn.
MILLION = 1e-3

#: Head of the column of contracts.
ON_RECORD = "on record: supplier, since"

#: Most operators that the first sentence names.
NAMED = 2

#: File names without endings.
NAME = "country"


class CountryFacts:
    """Facts of one economy, as names, numbers and sentences for readers.

    content  as :func:`lockin_sim.country` returns it
    """

    def __init__(self, content: CountryPage) -> None:
        self.ds, self.about, self._plan = content.data, content.data.attrs, content.plan
        self.trial = None if content.trial is None else LockInTrial(content.trial)
        self.code, self.domain = str(self.about["country"]), str(self.about["domain"])
        vendors, sponsor = str(self.about["vendors"]).split(), str(self.about["sponsor"])
        #: whose vendors and lenders they are: 'Chinese'
        self.whose = get_sponsor_adjective(sponsor) if sponsor else ""
        self.sponsor = sponsor
        #: the one asked about, or all of a sponsor; and the other side of the coin
        self.plural = not vendors
        named = [format_label("vendor", vendor) for vendor in vendors] or [f"{self.whose} vendors", ""]
        self.vendor, self.other = named
        self.possessive = f"{self.vendor}'" if self.plural else f"{self.vendor}'s"
        self.layer = format_label("domain", self.domain)
        #: the economy at the start of a title, in running text, and after a noun
        self.title = format_label("country", self.code)
        self.country = with_article(self.title)
        self.where = located(self.country)
        self.present, self.year = int(self.about["present"]), int(self.about["year"])

    @property
    def simulated(self) -> bool:
        """Whether leaving was simulated; False if only precomputed facts are known."""
        return bool(self._plan)

    @cached_property
    def plan(self) -> ExitPlan:
        """The exit plan.  Raises InputError where leaving was not simulated."""
        return ExitPlan(self._plan)

    @property
    def bundled(self) -> bool:
        """Whether the world is the bundled one, which has further record tables."""
        return bool(self.about["world"] == BUNDLED)

    @property
    def recorded(self) -> bool:
        """Whether a contract of any operator is on record; without one, means are not informative."""
        return bool(self.about["operators_recorded"])

    @cached_property
    def sizes(self) -> str:
        """Source of the operators' sizes: "recalled", "in part from a page", or "" for assumed by rank."""
        rows = read_table("operators").rows("domain", "iso3", "size_share", "status")
        here = (self.domain, self.code)
        known = {status for _, *of, size, status in rows if tuple(of) == here and np.isfinite(size)}
        return "" if not known else "recalled" if known == {"assumed"} else "in part from a page"

    def record(self, place: str) -> str:
        """Return the description of what is on record of a place's suppliers of the layer."""
        return str(self.ds["place_record"].sel(place=place).values)

    # --- numbers ---

    def part(self, place: str, year: int) -> Finding:
        """Return the vendor's share of a place's networks in a year, per cent, with its range over draws."""
        return Finding.of(read_estimate(self.ds, 100.0, "part", place=place, year=year), PERCENT, DRAWS)

    def path(self, arm: str) -> Finding:
        """Return the vendor's share of the economy's networks in the last year of an arm, per cent."""
        return Finding.of(read_estimate(self.ds, 100.0, "path", arm=arm, year=self.year), PERCENT, DRAWS)

    def effect(self, arm: str) -> Finding:
        """Return the effect of an arm on the vendor's share, points, with its 95 % interval."""
        return Finding.of(read_estimate(self.ds, 100.0, arm=arm), PERCENT, CHANCE)

    def in_futures(self, arm: str) -> Finding:
        """Return an arm's effect on the vendor's share, points, with the range of nine in ten futures."""
        ends = (100 * float(read_value(self.ds, f"effect{end}", arm=arm)) for end in ("", "_q05", "_q95"))
        return Finding.of(Estimate(*ends), PERCENT, DRAWS)

    def known(self, place: str) -> bool:
        """Whether a mean is informative for a place: a group, or an economy with a recorded contract."""
        kind = str(self.ds["place_kind"].sel(place=place).values)
        return kind == GROUP or self.record(place) != NOT_RECORDED

    @cached_property
    def choices(self) -> list[str]:
        """Policies that can still be chosen."""
        return [arm for arm, kind in read_by_label(self.ds, "arm_kind").items() if kind == CHOICE]

    @cached_property
    def largest(self) -> str | None:
        """The policy with the largest clear effect; None if no effect is clear."""
        clear = [arm for arm in self.choices if self.effect(arm).clear]
        return max(clear, key=lambda arm: abs(self.effect(arm).size), default=None)

    @property
    def least(self) -> float:
        """Smallest explained part of the variance that is reported, since less may be chance."""
        return max(LEAST, LEAST_OF_FEW / self.plan.draws)

    @cached_property
    def narrows(self) -> tuple[str, float] | None:
        """Operator whose next choice explains most of the variance, and the explained part.

        None if the part may be chance.
        """
        explains = (each for each in read_by_label(self.ds, "explains").items() if each[1] >= self.least)
        return max(explains, key=lambda each: each[1], default=None)

    # --- leaving ---

    @cached_property
    def buyers(self) -> list[LeavingBuyer]:
        """Buyers of the layer that have something to leave in any draw."""
        return self.plan.leavers_in(self.domain)

    def first_due(self, buyers: list[LeavingBuyer]) -> Estimate[float]:
        """Estimate the first year in which a lot of some buyers is renewed; NaN where no lot is."""
        years = self.plan.by_draw("due_year")[:, [b.at for b in buyers]]
        has = np.stack([self.plan.has(b) for b in buyers], axis=1) if buyers else np.ones(years.shape, bool)
        first = np.where(has & np.isfinite(years), years, np.inf).min(axis=1, initial=np.inf)
        some = first[np.isfinite(first)]
        return summarise_years(some) if len(some) else Estimate(np.nan, np.nan, np.nan)

    @cached_property
    def owed(self) -> Finding | None:
        """Debt of the economy to lenders of the vendor's state; None where it is below a million USD."""
        debt = self.plan.by_draw("debt", sponsor=self.sponsor) if self.sponsor else np.zeros(self.plan.draws)
        sum_owed = build_money_finding(debt)
        return sum_owed if summarise_draws(debt).high >= MILLION else None


# --- the answer ---


def compose_country_answer(content: CountryPage) -> list[str]:
    """Compose the six sentences of the page.

    They describe the suppliers, the persistence of a lead, the costs of leaving, the neighbours, the effects
    of policies, and the part of the vendor's share that is lock-in.
    """
    c = CountryFacts(content)
    known, simulated = compose_known_sentences(c), compose_simulated_sentences(c)
    return [*known[:1], *simulated[:2], *known[1:], *simulated[2:]]


def compose_known_sentences(c: CountryFacts) -> list[str]:
    """Compose the sentences that need no runs: suppliers, neighbours, and effects of policies."""
    arm = c.largest or (c.choices[0] if len(c.choices) == 1 else None)
    effect, single = (c.effect(arm), c.in_futures(arm)) if arm else (None, None)
    title = str(c.ds["arm_label"].sel(arm=arm).values) if arm else ""
    policies = render_sentence("country.policies", c=c, effect=effect, single=single, title=title)
    return [_supply_sentence(c), _neighbour_sentence(c), policies]


def compose_simulated_sentences(c: CountryFacts) -> list[str]:
    """Compose the sentences that need runs: persistence, costs of leaving, and lock-in."""
    return [_persistence_sentence(c), _leaving_cost_sentence(c), _lock_in_sentence(c)]


def _supply_sentence(c: CountryFacts) -> str:
    """Describe the vendor's share and the operators whose contracts are on record."""
    recorded = describe_contracts(c.code, c.about) if c.bundled and c.recorded else {}
    known = [(o, recorded[o][1]) for o in c.ds["operator"].values.tolist() if o in recorded]
    known.sort(key=lambda contract: YOUR_FACT not in contract[1])  # whose facts they are, first
    whose = [f"{operator} ({newest})" for operator, newest in known[:NAMED]]
    more = int(c.about["operators_recorded"]) - len(whose)
    return render_sentence("country.supplies", c=c, part=c.part(c.code, c.present), whose=whose, more=more)


def _persistence_sentence(c: CountryFacts) -> str:
    """Describe how much of a randomly assigned vendor's advantage persists."""
    if c.trial is None:
        return render_sentence("country.not_tossed", c=c, why=c.about["why_not_tossed"])
    lag, trial = c.trial.ten, c.trial
    left, free = (trial.left(c.code, cause, lag) for cause in CAUSES)
    if not left.known:
        return render_sentence(
            "country.not_tossed", c=c, why=str(trial.ds["why_not"].sel(economy=c.code).values)
        )
    return render_sentence(
        "country.lasts", c=c, lag=lag, left=left, free=free, half=trial.half_life(c.code, "nothing")
    )


def _leaving_cost_sentence(c: CountryFacts) -> str:
    """Describe the costs of leaving now and at contracts' ends, the first renewal, and the debt."""
    now, later = (build_money_finding(c.plan.total(c.buyers, moment)) for moment in ("now", "renewal"))
    first = build_year_cell(c.first_due(c.buyers), c.plan.last)
    return render_sentence("country.leaving", c=c, now=now, later=later, first=first)


def _neighbour_sentence(c: CountryFacts) -> str:
    """Describe the vendor's share in neighbouring economies and in the income group."""
    kinds = read_by_label(c.ds, "place_kind")
    near = (place for place, kind in kinds.items() if kind == NEAR and c.known(place))
    parts = sorted((c.part(place, c.present).size, format_label("country", place)) for place in near)
    group = next(place for place, kind in kinds.items() if kind == GROUP)
    return render_sentence(
        "country.near", c=c, parts=parts, group=format_label("group", group), whole=c.part(group, c.present)
    )


def _lock_in_sentence(c: CountryFacts) -> str:
    """Describe the parts of the share due to lock-in and taste, and the operator that matters most."""
    parts = {"locked": c.effect(FREE).flipped, "taste": c.effect(NO_TASTES).flipped}
    operator, share = c.narrows or ("", 0.0)
    return render_sentence(
        "country.of_it", c=c, whole=c.path(AS_IS), **parts, operator=operator, most=percent(100 * share)
    )


# --- tables ---


def build_operator_table(c: CountryFacts) -> PageTable:
    """Build the table of operators: recorded contracts, simulated supplier, and next contract."""
    recorded = {o: cell for o, (cell, _) in describe_contracts(c.code, c.about).items()} if c.bundled else {}
    unknown = Cell("not recorded")
    if not c.simulated:
        alone: Rows = [(opening(o), [recorded.get(o, unknown)]) for o in c.ds["operator"].values.tolist()]
        return table("country.operators", ("operator", ON_RECORD), alone, words=True, c=c)
    mine: dict[str, list[LeavingBuyer]] = defaultdict(list)
    for buyer in c.plan.buyers:
        if buyer.domain == c.domain:
            mine[buyer.operator].append(buyer)
    rows: Rows = []
    for operator, lots in mine.items():
        explains = float(c.ds["explains"].sel(operator=operator))
        cells = [
            Cell(percent(100 * sum(b.weight for b in lots))),
            recorded.get(operator, unknown),
            _build_usual_supplier_cell(c, lots),
            build_year_cell(_estimate_first_renewal(c, lots), c.plan.last),
            Cell(percent(100 * explains) if explains >= c.least else UNDEFINED),
        ]
        rows.append((opening(operator), cells))
    heads = (
        "operator",
        "size",
        ON_RECORD,
        f"simulated, {c.present}",
        "next contract",
        f"doubt explained, {c.year}",
    )
    return table("country.operators", heads, rows, words=True, c=c)


def _build_usual_supplier_cell(c: CountryFacts, lots: list[LeavingBuyer]) -> Cell:
    """Build a cell with the vendors that most often supply an operator's lots, and the share of futures."""
    usual = [known for b in lots if (known := c.plan.usual_supplier(b))]
    vendors, parts = zip(*usual, strict=True)
    often = Finding.of(Estimate(*(100 * end(parts) for end in (max, min, max))), PERCENT, DRAWS)
    return Cell(listed(list(dict.fromkeys(vendors))), f"in {often.alone} of futures")


def _estimate_first_renewal(c: CountryFacts, lots: list[LeavingBuyer]) -> Estimate[float]:
    """Estimate the first year in which any lot of an operator comes up for renewal."""
    years = c.plan.by_draw("due_year")[:, [b.at for b in lots]]
    first = np.where(np.isfinite(years), years, c.plan.last + 1).min(axis=1)
    return summarise_years(first)


def describe_contracts(country: str, about: Mapping[str, Any]) -> dict[str, tuple[Cell, str]]:
    """Describe the contracts of each operator of an economy, from the record and the user's own facts.

    Returns by operator a cell, generation by generation, which names the kind of source; and the vendors of
    the newest contract.  Operators are in the order of the table of contracts.

    about  attributes of a dataset, which hold the user's own facts
    """
    columns = ("iso3", "operator", "generation", "year", "vendor", "event", "previous_vendor", "status")
    by_operator: dict[str, dict[tuple[str, int], list[str]]] = defaultdict(lambda: defaultdict(list))
    statuses = defaultdict[str, set[str]](set)
    table = by_rank(read_table("contracts"))
    for _, iso3, operator, generation, year, vendor, event, before, status in table.rows(*columns):
        if iso3 == country and event in _EVENTS:
            of = f" for {lookup_vendor_name(before)}" if before else ""
            said = _EVENTS[event].format(vendor=lookup_vendor_name(vendor), of=of)
            by_operator[operator][generation, int(year)].append(said)
            statuses[operator].add(status)
    for fact in (own for own in given_facts(about) if own.iso3 == country):
        said = f"{lookup_vendor_name(fact.vendor)} ({YOUR_FACT})"
        by_operator[fact.operator][fact.generation, fact.year].append(said)
        statuses[fact.operator].add(YOURS)
    for _, iso3, operator, network, year in read_table("operators").rows(
        "iso3", "operator", "joins", "joins_from"
    ):
        if iso3 == country and network and operator in by_operator:
            since = 0 if np.isnan(year) else int(year)
            by_operator[operator][JOINED, since].append(f"network of {network}")
    contracts = {}
    for operator, rows in by_operator.items():
        said_of_each = (
            f"{generation}, {year}: {listed(said)}" if year else listed(said)
            for (generation, year), said in rows.items()
        )
        known = frozenset(statuses[operator] - {YOURS})
        source = _STATUS.get(known, "partly recalled, not read") if known else YOUR_FACT
        contracts[operator] = Cell("; ".join(said_of_each), source), _describe_newest_contract(rows)
    return contracts


def _describe_newest_contract(rows: Mapping[tuple[str, int], list[str]]) -> str:
    """Describe the last contract of the newest generation: 'Huawei and Nokia since 2021'."""
    if joined := [(year, said) for (generation, year), said in rows.items() if generation == JOINED]:
        [(since, said)] = joined
        return f"{listed(said)} since {since}" if since else listed(said)
    generation, year = max(rows, key=lambda key: (GENERATIONS.index(key[0]), key[1]))
    rows_said = rows[generation, year]
    own = f", {YOUR_FACT}" if any(one.endswith(f"({YOUR_FACT})") for one in rows_said) else ""
    new = (one.partition(" (")[0].partition(" in for ")[0] for one in rows_said)
    return f"{listed([one.removesuffix(' in') for one in new])} since {year}{own}"


#: What marks a contract that the user states.
YOUR_FACT = "your fact"

#: In place of a generation: that an operator's network is another one's.
JOINED = "joined"

#: Events of the record of contracts, in words; of others nothing is said.
_EVENTS = {
    "sole": "{vendor} alone",
    "main": "{vendor}",
    "second": "{vendor} (second)",
    "swap_in": "{vendor} in{of}",
    "swap_out": "{vendor} out",
}

#: Whether the rows of an operator were read in a source or recalled.
_STATUS = {frozenset({"read"}): "read in a source", frozenset({"recalled"}): "recalled, not read"}


def build_layer_cost_table(c: CountryFacts) -> PageTable | None:
    """Build the table of costs of leaving the vendor by layer, with the first renewal; None without rows."""
    rows: Rows = []
    for layer in c.plan.layers:
        if not any(b.domain == layer for b in c.plan.at_stake):
            continue
        some = c.plan.leavers_in(layer)
        freed = c.plan.met_by_generation(some)
        sums = [c.plan.total(some, moment) for moment in ("now", "renewal")]
        sums += [c.plan.total(freed, "generation")] if freed else []
        cells = [build_number_cell(c, build_money_finding(each)) for each in sums] + [Cell(UNDEFINED)] * (
            not freed
        )
        lots = [b for b in some if b.kind == "operator"]
        due = build_year_cell(c.first_due(lots), c.plan.last) if lots else Cell(UNDEFINED, "users and cables")
        part = c.plan.in_layer(layer)
        part_held = Finding.of(part, PERCENT, DRAWS)
        rows.append((opening(format_label("domain", layer)), [build_number_cell(c, part_held), *cells, due]))
    moments = ("leaving now", "at contracts' ends", "at the next generation")
    heads = ("layer", f"{c.vendor} has", *moments, "first up")
    return table("country.leaving_table", heads, rows, c=c) if rows else None


def build_number_cell(c: CountryFacts, finding: Finding) -> Cell:
    """Build a cell with a number and its range over futures; the range alone without a record."""
    if finding.nothing:
        return Cell("nothing")
    if not finding.known:
        return Cell(UNDEFINED)
    if not finding.unit.share and not set(finding.level + finding.ends) & set("123456789"):
        return Cell("next to nothing")
    return _build_share_cell(finding, c.recorded)


def _build_share_cell(finding: Finding, recorded: bool) -> Cell:
    """Build a cell with a number and its range beneath; the range alone where nothing is on record."""
    return Cell(finding.level, finding.spread) if recorded else Cell(finding.alone)


def build_neighbour_table(c: CountryFacts) -> PageTable:
    """Build the table of the economy, its neighbours and groups: record, and the vendor's share."""
    rows: Rows = []
    years, kinds = dict.fromkeys((c.present, c.year)), read_by_label(c.ds, "place_kind")
    for place, label in read_by_label(c.ds, "place_label").items():
        record = c.record(place)
        if c.bundled and kinds[place] != GROUP:
            record = describe_recorded_suppliers(place, record).get(c.domain, record)
        cells = [Cell(record)]
        cells += [_build_share_cell(c.part(place, year), c.known(place)) for year in years]
        rows.append((label, cells))
    heads = ("place", "on record", *(f"{c.vendor}, {year}" for year in years))
    return table("country.near_table", heads, rows, words=True, c=c)


def build_effect_tables(c: CountryFacts) -> list[PageTable]:
    """Build tables of each arm's effect on the vendor's share, largest first: clear and unclear effects."""
    arms = sorted(c.ds["arm"].values.tolist()[1:], key=lambda arm: -abs(c.effect(arm).size))
    futures = ["nine in ten futures"] if c.recorded else []
    heads = ("what differs", f"points of {c.layer}, {c.year}", *futures, "what it asks")
    tables = list[PageTable]()
    for clear in (True, False):
        if rows := [_build_effect_row(c, arm) for arm in arms if c.effect(arm).clear == clear]:
            about = {"c": c, "clear": clear, "first": not tables}
            tables.append(table("country.policies_table", heads, rows, words=True, **about))
    return tables


def _build_effect_row(c: CountryFacts, arm: str) -> tuple[str, Values]:
    """Build the head and cells of the row for an arm's effect."""
    names = ("arm_label", "arm_kind", "arm_question", "arm_assumption")
    label, kind, asks, decides = (str(c.ds[name].sel(arm=arm).values) for name in names)
    finding, single = c.effect(arm), c.in_futures(arm)
    futures = Cell(" to ".join(dict.fromkeys(single.signs)))
    moved = [Cell("nothing") if finding.unmoved else Cell.of(finding)] if c.recorded else []
    rests = f"{kind}; decides: {decides}" if decides else kind
    return label, [*moved, futures, Cell(asks or "Cause switched off.", rests)]


# --- the page and its files ---


def build_country_command(c: CountryFacts, *, every: bool = False) -> str:
    """Build the command line that reproduces the page.

    every  whether to reproduce the pages of all economies
    """
    vendors = str(c.about["vendors"]).split(" ")
    tried = [arm for arm in c.ds["arm"].values.tolist() if arm not in (AS_IS, FREE, NO_TASTES)]
    usual = tried == [name for name in scenarios() if c.bundled and name != AS_IS]
    files = [name if name in scenarios() else f"{name}.toml" for name in tried]
    return typed(
        "lockin",
        "country",
        "--all" if every else c.code,
        *each("vendor", vendors),
        "--domain",
        c.domain,
        "--year",
        c.year,
        *each("policy", [] if usual else files),
        *of_runs(c.about),
    )


def render_country_page(content: CountryPage, index: str = "") -> str:
    """Render the page of one economy as HTML: equal datasets give an equal text, byte for byte.

    index  address of the index page of all economies; "" without one
    """
    from lockin_sim.pages import plots

    c = CountryFacts(content)
    return render_page(
        "country",
        c=c,
        about=c.about,
        title=render_sentence("country.title", c=c),
        answer=compose_country_answer(content),
        picture=plots.embedded(plots.country_parts(c.ds), most=MOST_SVG),
        operators=build_operator_table(c),
        layers=build_supplier_table(
            c.plan, describe_recorded_suppliers(c.code, c.plan.record) if c.bundled else {}
        ),
        left=build_persistence_table(c.trial) if c.trial else None,
        leaving=build_layer_cost_table(c),
        loans=[
            each
            for each in (build_debt_table(c.plan), build_recorded_loans_table(c.code) if c.bundled else None)
            if each
        ],
        near=build_neighbour_table(c),
        policies=build_effect_tables(c),
        missed=misfit() if c.bundled else "",
        command=build_country_command(c),
        index=index,
    )


def write_country_page(content: CountryPage, out: str | Path) -> Path:
    """Write page, figure, table, datasets and manifest into a folder, all or none; returns the page.

    The table holds the effects of policies.  Raises InputError for a folder that cannot be written to.
    """
    datasets = {NAME: content.data, "exit": content.plan}
    datasets |= {} if content.trial is None else {"lock_in": content.trial}
    names = [f"effect{end}" for end in ("", "_low", "_high", "_q05", "_q95")]
    columns = {"arm": "arm", "arm_kind": "kind", **{name: name for name in names}}
    table = tidy(content.data, ("arm",), columns)
    return write_page(out, NAME, render_country_page(content), datasets, {"policies": table})

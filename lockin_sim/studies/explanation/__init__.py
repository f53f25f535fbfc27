"""Explain why a buyer chose a vendor: the reasons in per cent of the price, and every offer term by term."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from lockin_sim.agents import Country, LockInModel
from lockin_sim.common import notebook
from lockin_sim.common.conventions import MOST_AT_ONCE, RUNS, SEED, STAGES, Integers
from lockin_sim.common.engines import AUTO, choose_engine, find_stages, limit_blas_threads
from lockin_sim.common.errors import check_whole_number, resolve_name, unusable
from lockin_sim.common.formats import count, percent, with_article
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.prose import render_sentence
from lockin_sim.engine.batch import Batch
from lockin_sim.engine.schedule import simulate_year
from lockin_sim.model.decisions import UtilityTerms
from lockin_sim.model.state import State
from lockin_sim.record.histories import PRIOR, Given, choose_history, compute_histories
from lockin_sim.runs.simulation import runs_together
from lockin_sim.settings.parameters import ByName, Parameters, resolve_parameters
from lockin_sim.settings.scenario import Named, Scenario, load_scenario
from lockin_sim.studies.explanation.kinds import DECISIONS, MOST_NAMED, ExplainedChoice, list_vendor_names
from lockin_sim.studies.explanation.reasons import compute_price_gaps
from lockin_sim.world import OwnFacts, World, names, resolve_world
from lockin_sim.world.own_facts import own_facts_attributes
from lockin_sim.world.recorded import recorded_layers, recorded_networks

if TYPE_CHECKING:
    import xarray as xr

#: Signs of a bar of text at its longest.
BLOCKS = 20

#: Share of devices from which a system counts as read.
MOSTLY_READ = 0.5


@dataclass(frozen=True)
class Explanation:
    """Explanation of one decision.

    data      dataset over (vendor, term), best offer first: ``terms`` in utility units; and over (vendor):
              ``utility`` (their sum, -inf for an offer that may not be taken), ``probability``, ``price_gap``
              (by what share its price would have to fall to equal the best offer; not of adopters),
              ``runs_with`` (in how many of ``runs`` runs the vendor is where the sentence says; absent where
              no runs were counted), and what else this kind of buyer decides on
    sentence  what happened and why, in words
    """

    data: xr.Dataset
    sentence: str

    @property
    def gaps(self) -> list[tuple[str, float, str]]:
        """Vendors with a price: name, ``price_gap`` in per cent (NaN if barred), and the gap in words."""
        d = self.data
        if "price_gap" not in d:
            return []
        names_shown = [names.format_label("vendor", vendor) for vendor in d.vendor.values]
        runs, gaps = int(d.attrs.get("runs", 0)), d["price_gap"].values.tolist()
        counted = d["runs_with"].values.tolist() if runs else [None] * len(gaps)
        said = [
            render_sentence("explain.gap", gap=percent(100 * gap) if np.isfinite(gap) else "", n=n, runs=runs)
            for gap, n in zip(gaps, counted, strict=True)
        ]
        return list(zip(names_shown, [100 * gap for gap in gaps], said, strict=True))

    @property
    def about_gaps(self) -> str:
        """Caption that explains :attr:`gaps`."""
        return render_sentence("explain.gaps", runs=int(self.data.attrs.get("runs", 0)))

    def __str__(self) -> str:
        """Return the sentence, a bar for each vendor, and the table, best offer first."""
        columns, rows = self._build_table()
        first = max([12, *(len(vendor) + 2 for vendor, _ in rows)])
        widths = [max(10, len(column) + 2) for column in columns]
        lines = [" " * first + "".join(f"{c:>{w}}" for c, w in zip(columns, widths, strict=True))]
        for vendor, numbers in rows:
            cells = (f"{x:>{w}.3f}" for x, w in zip(numbers, widths, strict=True))
            lines.append(f"{vendor:<{first}}" + "".join(cells))
        wide = max((len(name) for name, _, _ in self.gaps), default=0)
        bars = [f"{name:<{wide}}  {format_text_bar(gap):<{BLOCKS}}  {said}" for name, gap, said in self.gaps]
        above = [self.about_gaps, *bars, ""] if bars else []
        return "\n".join([self.sentence, "", *above, render_sentence("explain.terms"), "", *lines])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the sentence, the bars and the table as HTML for notebooks."""
        columns, rows = self._build_table()
        cells = ([vendor, *(f"{x:.2f}" for x in numbers)] for vendor, numbers in rows)
        bars = notebook.bars(self.about_gaps, self.gaps) + "\n" if self.gaps else ""
        terms = notebook.folded(render_sentence("explain.terms"), notebook.table(["", *columns], cells))
        return notebook.sentence(self.sentence) + "\n" + bars + terms

    def _build_table(self) -> tuple[list[str], list[tuple[str, list[float]]]]:
        """Return the column heads and each vendor's numbers, without terms that are zero for all vendors."""
        d = self.data
        counts = (d.terms != 0).any("vendor").values
        by_vendor = [str(name) for name, values in d.data_vars.items() if values.dims == ("vendor",)]
        shown = [name for name in by_vendor if d[name].dtype.kind == "f" and name != "price_gap"]
        columns = [*d.term.values[counts].tolist(), *shown]
        numbers = np.column_stack([d.terms.values[:, counts], *(d[name].values for name in shown)])
        numbers[np.abs(numbers) < 5e-4] = 0.0  # no minus before what is shown as nothing
        vendors = [names.format_label("vendor", v) for v in d.vendor.values]
        return columns, [(name, row.tolist()) for name, row in zip(vendors, numbers, strict=True)]


@checks_keywords()
def explain(
    scenario: Named = "baseline",
    *,
    country: str,
    domain: str,
    year: int,
    run: int = 0,
    seed: int = SEED,
    operator: str | None = None,
    history: Given | None = None,
    world: World | None = None,
    own_facts: OwnFacts = None,
    parameters: Parameters | ByName | None = None,
    runs: int = RUNS.decision,
) -> Explanation:
    """Explain why buyers of a country chose a vendor: reasons in per cent of the price, offer by offer.

    scenario, world, own_facts, parameters, seed, history  as in :func:`lockin_sim.compare`
    country, domain  labels such as "KEN" and "mobile_network"
    year, run  year of the decision, after the first of the world, and number of the run explained
    operator  name of an operator, where operators buy; None = the largest lot put out to tender by any
    runs      number of runs, from run 0 on, in which to count how often the same vendor wins; 0 = none

    Operators: one lot; if none is out to tender, the largest as if it were.  Users: the offers, shares before
    and after, and where those go who leave the largest vendor.  Projects: a cable that lands in the country,
    or if none lands a cable of the usual length.  Adopters: each system or family of rules apart.
    Raises InputError for an unknown name or a year outside the world.
    """
    world, chosen = resolve_world(world, own_facts), load_scenario(scenario)
    history = choose_history(world, span := (world.first_year, world.last_year), history)
    year = check_whole_number("explain year", year, least=world.first_year + 1, most=world.last_year)
    country, domain, operator = _resolve_codes(world, country, domain, operator)
    seed, runs = (
        check_whole_number("explain seed", seed),
        check_whole_number("explain runs", runs, most=MOST_AT_ONCE),
    )
    values = resolve_parameters(parameters, span).until(year)
    run = check_whole_number("explain run", run, most=(most := values.runs or MOST_AT_ONCE) - 1)
    together = _split_run_numbers(run, runs := min(runs, most), runs_together(world))
    batch = _simulate_batch_until(year - 1, chosen, world, values, seed, next(together), history)
    past = compute_histories(history, world=world, runs=np.array([run]), parameters=values)
    model = LockInModel(
        chosen,
        world=world,
        parameters=values.select(run),
        seed=seed,
        run=run,
        record=(),
        history=PRIOR if past is None else past,
        years=(world.first_year, year),
        begun=(year - 1, _copy_state_rows(batch.state, batch.runs.tolist().index(run))),
    )
    _simulate_until_choice(model)
    buyer, d = model.country(country), world.domains.index(domain)
    decision = DECISIONS[world.buyer[d]](buyer, d, operator)
    ds = _build_decision_dataset(buyer, d, decision)
    record = _describe_recorded_networks(world, d, buyer.place, met=history != PRIOR)
    if not runs:
        return Explanation(ds, decision.sentence + record)
    n = np.zeros(len(decision.best), dtype=int)
    while True:
        with limit_blas_threads():
            simulate_year(batch, year)
        counted = np.flatnonzero(batch.runs < runs)
        n += _count_runs_with_vendor(
            world, _copy_state_rows(batch.state, counted), buyer.place, d, decision.lot
        )
        if not (some := next(together, [])):
            break
        batch = _simulate_batch_until(year - 1, chosen, world, values, seed, some, history)
    ds = ds.assign(runs_with=("vendor", n[_rank_slots(world, d, decision)], {"units": "runs"}))
    often = _describe_run_count(buyer, d, n, runs, drawn=values.runs is not None)
    return Explanation(ds.assign_attrs(runs=runs), f"{decision.sentence} {often}{record}")


def _describe_recorded_networks(world: World, d: int, country: int, *, met: bool) -> str:
    """Describe what the record has on an economy's networks, after a space; "" for layers without a record.

    met  whether the runs meet the record
    """
    if d not in recorded_layers(world):
        return ""
    called = with_article(names.format_label("country", world.countries[country]))
    record = recorded_networks(world)[country]
    own = own_facts_attributes(world).get("own_facts", "")
    return " " + render_sentence("explain.on_record", country=called, record=record, met=met, own=own)


def _split_run_numbers(run: int, runs: int, most: int) -> Iterator[list[int]]:
    """Yield lists of run numbers to simulate together, which bounds the memory.

    The first list holds runs from 0 on and the explained run; later lists hold the remaining runs in order.
    """
    first = sorted({*range(min(runs, most)), run})
    yield first
    others = (number for number in range(min(runs, most), runs) if number != run)
    yield from map(list, itertools.batched(others, most))


def _simulate_batch_until(
    until: int,
    scenario: Scenario,
    world: World,
    values: Parameters,
    seed: int,
    runs: Sequence[int],
    history: Given,
) -> Batch:
    """Simulate runs up to the end of a year and return their batch, which can go on for one more year.

    values  of all runs, or one set for all
    """
    years, bundled = (world.first_year, until + 1), world is resolve_world(None)
    simulated = len(runs) * (years[1] - years[0])
    engine = choose_engine(AUTO, years=simulated, agents=False, bundled=bundled, compiles=world.compiles)
    numbers = np.array(runs)
    with limit_blas_threads():
        batch = Batch(
            world,
            scenario,
            scenario.configure(values.select(numbers)),
            seed=seed,
            runs=runs,
            years=years,
            record=frozenset(),
            stages=find_stages(engine),
            history=compute_histories(history, world=world, runs=numbers, parameters=values),
        )
        for year in range(years[0] + 1, until + 1):
            simulate_year(batch, year)
    return batch


def _copy_state_rows(state: State, rows: int | Integers) -> State:
    """Copy the state of some runs of a batch, by their positions."""
    some = np.atleast_1d(rows)
    return State(**{field.name: getattr(state, field.name)[some] for field in fields(State)})


def _count_runs_with_vendor(world: World, state: State, country: int, d: int, lot: int) -> Integers:
    """Count in how many runs each vendor has the counted position at the end of the year.  (vendor,)

    lot  the lot in question, -1 where no operator buys
    Lots: the vendor that runs the lot.  Users and cables: the vendor with the largest part.  Adopters: whose
    laws are in force, or whose systems most devices read.
    """
    slots = np.arange(world.slot_vendor.shape[1])
    if lot >= 0:
        has = state.incumbent[:, lot, None] == slots
    elif world.buyer[d] == "adopters":
        row = int(np.flatnonzero(world.bought_by("adopters") == d)[0])
        has = state.adoption[:, row, country] > (0.0 if world.enacted[d] else MOSTLY_READ)
    else:
        share = state.installed[:, d, country]
        has = (share == share.max(axis=-1, keepdims=True)) & (share > 0)
    result: Integers = has.sum(axis=0)
    return result


def _describe_run_count(country: Country, d: int, n: Integers, runs: int, *, drawn: bool) -> str:
    """Describe the count ``n`` of :func:`_count_runs_with_vendor` over runs in a sentence."""
    world = country.model.world
    kind = "laws" if world.enacted[d] else world.buyer[d]
    order = [v for v in np.argsort(-n, kind="stable") if n[v]][:MOST_NAMED]
    parts = [
        f"{vendor} in {n[v]}" for v, vendor in zip(order, list_vendor_names(country, d, order), strict=True)
    ]
    about = {"kind": kind, "parts": parts, "year": country.model.year, "drawn": drawn}
    return render_sentence("explain.over_runs", runs=count(runs, "run"), **about)


def _resolve_codes(world: World, country: str, domain: str, name: str | None) -> tuple[str, str, str | None]:
    """Resolve the codes of a country and a domain, and the name of an operator there; None = all operators.

    Raises InputError for an unknown name.
    """
    country = world.code_of("explain country", country, "country")
    domain = world.code_of("explain domain", domain, "domain")
    if name is None:
        return country, domain, None
    lots = world.lots
    here = (lots.country == world.countries.index(country)) & (lots.domain == world.domains.index(domain))
    known = {lots.operators[number] for number in lots.operator[here]}
    if not known:
        raise unusable("explain operator", found=name, allowed=f"None: no operator buys in {domain}")
    return country, domain, resolve_name("explain operator", found=name, known=known)


def _simulate_until_choice(model: LockInModel) -> None:
    """Simulate until all buyers have decided in the next year, before any decision takes effect."""
    model.begin_year()
    for stage in STAGES[: STAGES.index("choice")]:
        getattr(model, stage)()
    model.decide()


def _rank_slots(world: World, d: int, decision: ExplainedChoice) -> Integers:
    """Return the slots in use, the best offer first."""
    used = np.flatnonzero(world.slot_vendor[d] >= 0)
    return used[np.argsort(-decision.best[used], kind="stable")]


def _build_decision_dataset(country: Country, d: int, decision: ExplainedChoice) -> xr.Dataset:
    """Build the dataset of a decision that :class:`Explanation` holds."""
    import xarray as xr

    model, world = country.model, country.model.world
    order = _rank_slots(world, d, decision)
    table = np.stack([np.broadcast_to(term, decision.best.shape) for term in decision.terms], axis=-1)
    data: dict[str, Any] = {"terms": (("vendor", "term"), table[order], {"units": "utility"})}
    data |= {name: ("vendor", values[order], {"units": u}) for name, (values, u) in decision.columns.items()}
    if decision.price_weight is not None:
        gaps = compute_price_gaps(decision.best[order], decision.price_weight)
        data["price_gap"] = ("vendor", gaps, {"units": "share of the price"})
        decision.about["price_weight"] = decision.price_weight
    vendors = [world.vendors[v] for v in world.slot_vendor[d, order]]
    about = {
        "country": country.label,
        "domain": world.domains[d],
        "buyer": world.buyer[d],
        "year": model.year,
        "noise_scale": model.parameters.noise_scale,
        **own_facts_attributes(world),
    }
    return xr.Dataset(
        data, coords={"vendor": vendors, "term": list(UtilityTerms._fields)}, attrs=about | decision.about
    )


def format_text_bar(percent: float) -> str:
    """Return a bar of text: full at 100 per cent, empty for zero or NaN."""
    eighths = round(8 * BLOCKS * percent / 100) if np.isfinite(percent) else 0
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()

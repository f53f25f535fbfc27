"""Hindcast: the record beside simulations, required patterns, and plausibility checks.

The numbers to compute, and their required regions, are the rows of ``record/targets.csv``.  A row with a
question is its mean answer, divided by that of another question if the row names one; any other row comes
from a *reading* of this module, a generator that yields questions, receives their answers, and returns
results.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import spearmanr

from lockin_sim.common.conventions import MOST_AT_ONCE, RUNS, SEED, Floats
from lockin_sim.common.errors import check_whole_number
from lockin_sim.common.indices import auc, brier, covered, crps
from lockin_sim.common.keywords import checks_keywords
from lockin_sim.common.statistics import mean_by_column
from lockin_sim.record import CABLES, CITIES, COUNTED, MOBILE, PAYMENTS, PHONES, RULES, Question, tables
from lockin_sim.record.facts import ShareSeries, Target, build_cable_facts, build_series_facts, load_targets
from lockin_sim.record.histories import PRIOR, Given, build_histories
from lockin_sim.record.questions import AT_ONCE, BUILT, RECORD, AnswerReducer
from lockin_sim.runs.jobs import RunCase, run_cases
from lockin_sim.settings.parameters import ByName, Parameters, resolve_parameters
from lockin_sim.settings.scenario import load_scenario
from lockin_sim.world import World, resolve_world
from lockin_sim.world.held_out import fitted_records
from lockin_sim.world.schema import read_table

#: The last year of the record, which simulations must reach.
RECORDED = 2024

#: Years for an offer's quality to settle after its last record, and over which drifts are measured.
SETTLES, HORIZON = 3, 2050

#: Years of the largest maker of phones, beside the last one.
LOOKED_AT = (*range(2011, 2025), 2030, 2035, 2040, 2045)

#: Markets of East and West Africa of which the first maker is recorded, or recalled (Nigeria).
AFRICAN = ("KEN", "NGA", "TZA", "UGA")


class Share(NamedTuple):
    """Recorded share and the simulated one."""

    domain: str
    measure: str  # sales, base, cables, landings or km
    scope: str
    year: int
    segment: str
    vendor: str
    recorded: float
    simulated: float  # mean over runs
    deviation: float  # standard deviation over runs of the simulated year, NaN where not kept
    source: str

    @property
    def error(self) -> float:
        """Simulated less recorded share."""
        return self.simulated - self.recorded


class Drift(NamedTuple):
    """Movement of a vendor's share of the world's base after the record."""

    domain: str
    vendor: str
    since: int
    start: float
    end: float
    farthest: float  # change to the year in which it is farthest from the start

    @property
    def change(self) -> float:
        """Change of the share from start to end."""
        return self.end - self.start


@dataclass(frozen=True, repr=False)
class Hindcast:
    """Recorded figures beside simulated ones.

    shares  shares of sales and of base
    scores  summary numbers, with their required regions
    drifts  movement of shares after the record
    checks  plausibility checks, with their required regions
    """

    shares: tuple[Share, ...]
    scores: tuple[Target, ...]
    drifts: tuple[Drift, ...]
    checks: tuple[Target, ...]

    def __getitem__(self, name: str) -> Target:
        return {score.name: score for score in self.scores}[name]

    def __str__(self) -> str:
        return "\n\n".join((self.summary(), self.of_shares(), self.of_drifts(), self.of_checks()))

    __repr__ = __str__

    def summary(self) -> str:
        """Format the required scores, with failures marked by a star, and the scores for information."""
        wanted = [s for s in self.scores if s.wanted]
        rows = [
            (
                s.name,
                f"{s.value:.3g}",
                _format_region(s),
                _format_finite(s.recorded),
                "" if s.holds else "*",
                s.what,
            )
            for s in wanted
        ]
        besides = [
            (s.name, f"{s.value:.3g}", _format_finite(s.recorded), s.what)
            for s in self.scores
            if not s.wanted
        ]
        must = format_text_table(("score", "value", "region", "recorded", "", ""), rows)
        rest = format_text_table(("for information", "value", "recorded", ""), besides)
        return f"{must}\n{sum(s.holds for s in wanted)} of {len(wanted)} hold.\n\n{rest}"

    def of_shares(self) -> str:
        """Format the table of recorded and simulated shares, per cent."""
        heads = "domain", "of", "where", "year", "vendor", "recorded", "simulated", "error", "counted, source"
        return format_text_table(heads, (
            (s.domain, s.measure, s.scope, str(s.year), s.vendor, *(f"{100 * x:.1f}" for x in s[6:8]),
             f"{100 * s.error:+.1f}", f"{s.segment}, {s.source}")
            for s in self.shares
        ))  # fmt: skip

    def of_drifts(self) -> str:
        """Format the table of movements after the record of at least one percentage point."""
        rows = [
            (d.domain, d.vendor, str(d.since), *(f"{100 * x:.1f}" for x in (d.start, d.end)),
             *(f"{100 * x:+.1f}" for x in (d.change, d.farthest)))
            for d in self.drifts if abs(d.farthest) >= 0.01
        ]  # fmt: skip
        return format_text_table(
            ("drift of base", "vendor", "from", "start", "2050", "change", "farthest"), rows
        )

    def of_checks(self) -> str:
        """Format the table of plausibility checks."""
        rows = [(c.what, f"{c.value:.3g}", "yes" if c.holds else "no") for c in self.checks]
        return format_text_table(("at sight", "number", "believable"), rows)


def format_text_table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Format rows as text in aligned columns under their heads."""
    lines = [heads, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _format_region(target: Target) -> str:
    """Format the required region of a target."""
    low, high = (_format_finite(x) for x in (target.low, target.high))
    return f"{low} to {high}" if low and high else f">= {low}" if low else f"<= {high}"


def _format_finite(value: float) -> str:
    """Format a number in three significant digits, "" if it is not finite."""
    return f"{value:.3g}" if math.isfinite(value) else ""


# --- the call ------------------------------------------------------------------------------------------


@checks_keywords()
def hindcast(
    world: World | None = None,
    parameters: Parameters | ByName | None = None,
    runs: int = RUNS.pool,
    seed: int = SEED,
    *,
    until: int = HORIZON,
    history: Given | None = None,
) -> Hindcast:
    """Simulate the baseline and compare it with everything on record.

    world       the world; None = the bundled one, whose tables the record belongs to
    parameters  as in :func:`lockin_sim.simulate`
    runs        number of runs, at least 2
    seed        as in :func:`lockin_sim.simulate`
    until       last year simulated, at least RECORDED; later questions are left out
    history     as in :func:`lockin_sim.simulate`
    Returns tables of shares, scores, drifts and checks, which it prints as text.
    """
    world = tables.with_places(tables.check_recorded_world(resolve_world(world)))
    check_whole_number("runs", runs, least=2, most=MOST_AT_ONCE)
    check_whole_number("until", until, least=RECORDED, most=world.last_year)
    answer = partial(
        simulate_answers,
        world=world,
        parameters=parameters,
        runs=runs,
        seed=seed,
        until=until,
        history=history,
    )
    return compare_with_record(world, until, answer)


def simulate_answers(
    questions: tuple[Question, ...],
    *,
    world: World,
    parameters: Parameters | ByName | None = None,
    runs: int,
    seed: int = SEED,
    until: int = HORIZON,
    history: Given | None = None,
) -> Floats:
    """Simulate the answers of the baseline's runs to questions, at constant qualities.  (run, question)

    There is no news after the record: the parameter ``quality_spread`` is 0.
    world  with the places of the record as groups, see :func:`.record.tables.with_places`; other arguments as
           in :func:`hindcast`
    """
    values = resolve_parameters(parameters, world.horizon(None))
    kind = PRIOR if history is None else history
    luck = build_histories(kind, world=world, runs=np.arange(runs), parameters=values)
    quiet = values.replace({"quality_spread": 0.0})
    case = RunCase(
        "hindcast", load_scenario("baseline"), AnswerReducer(questions, luck), quiet, RECORD, AT_ONCE,
        history=PRIOR if luck is None else luck,
    )  # fmt: skip
    years = world.first_year, until
    answers = run_cases([case], world=world, runs=runs, seed=seed, years=years, workers=1)
    return answers["hindcast"]["values"]


class ReadingResult(NamedTuple):
    """Results of a reading: values of scores by name, shares and drifts."""

    scores: Mapping[str, float] = {}
    shares: Sequence[Share] = ()
    drifts: Sequence[Drift] = ()


#: A generator: yields its questions, receives their answers, (run, question), and returns its result.
type Reading = Generator[Sequence[Question], Floats, ReadingResult]


def compare_with_record(
    world: World, until: int, answer: Callable[[tuple[Question, ...]], Floats]
) -> Hindcast:
    """Compute the results of all readings, from answers of runs that end in a year.

    until   the last year of the runs
    answer  function that answers questions by runs.  (run, question)
    """
    readings = list_readings(world, until)
    questions_of = [list(next(reading)) for reading in readings]
    questions = tuple(dict.fromkeys(question for some in questions_of for question in some))
    of_question = dict(zip(questions, answer(questions).T, strict=True))
    results = []
    for reading, some in zip(readings, questions_of, strict=True):
        try:
            reading.send(np.array([of_question[question] for question in some]).T)
        except StopIteration as done:
            results.append(done.value)
    values = {name: value for one in results for name, value in one.scores.items()}
    scores = [one._replace(value=values[name]) for name, one in load_targets().items() if name in values]
    return Hindcast(
        shares=tuple(row for one in results for row in one.shares),
        scores=tuple(score for score in scores if score.read != "sight"),
        drifts=tuple(row for one in results for row in one.drifts),
        checks=tuple(score for score in scores if score.read == "sight"),
    )


def list_readings(world: World, until: int) -> list[Reading]:
    """List all readings, in the order in which their shares are shown.

    Drifts are among them only if runs reach :data:`HORIZON`.
    """
    first, last = ("mobile networks sold", "networks by other firms"), (
        "phones sold", "phones by region", "clouds sold", "online retail", "cards", "cards by number",
    )  # fmt: skip
    subjects = [
        compare_revenues,
        compare_networks,
        compare_restrictions,
        compare_loans,
        compare_phones,
        compare_surveillance,
        compare_home_markets,
    ]
    return [
        evaluate_questions(until),
        *(compare_sales(world, until, subject) for subject in first),
        *(subject(world, until) for subject in subjects),
        *(compare_sales(world, until, subject) for subject in last),
        compare_cable_suppliers(world),
        compare_sales(world, until, "cameras"),
        compare_laws(world),
        *([compute_drifts(world, HORIZON)] if until >= HORIZON else []),
    ]


# --- readings ------------------------------------------------------------------------------------------


def compute_share_errors(rows: Iterable[Share]) -> tuple[float, float]:
    """Compute the mean and the largest absolute error of shares, in points; NaN without shares."""
    distance = [100 * abs(row.error) for row in rows]
    return (float(np.mean(distance)), max(distance)) if distance else (np.nan, np.nan)


def evaluate_questions(until: int) -> Reading:
    """Evaluate the targets with a question of their own, up to a year.

    The value is the mean answer, divided by that of a second question where the target names one.
    """
    questions_of = {
        row.name: [q._replace(year=q.year or until) for q in (row.question, row.over) if q is not None]
        for row in load_targets().values() if row.question is not None and row.question.year <= until
    }  # fmt: skip
    questions = [question for some in questions_of.values() for question in some]
    mean = dict(zip(questions, mean_by_column((yield questions)).tolist(), strict=True))
    return ReadingResult({
        name: mean[question] / (mean[over[0]] if over else 1.0)
        for name, (question, *over) in questions_of.items()
    })  # fmt: skip


#: Prefix of the scores of a subject's errors.
_CALLED = {
    "mobile networks sold": "mobile_sales", "phones sold": "phones", "phones by region": "phones_elsewhere",
    "clouds sold": "clouds", "online retail": "shops", "cards": "cards",
}  # fmt: skip


def compare_sales(world: World, until: int, subject: str) -> Reading:
    """Compare recorded and simulated shares of a subject, both among the recorded vendors.

    Returns shares, and their mean and largest error as scores.
    """
    recorded = [
        row
        for row in build_series_facts(world, subject)
        if row[0].year + (row[0].measure == "sales") <= until
    ]
    questions = [fact.question._replace(kind=one.measure, among=()) for one, _, fact in recorded]
    yearly = [q._replace(kind="sales_in_year") if q.kind == "sales" else q for q in questions]
    answers = yield [*questions, *yearly]
    mean, now = mean_by_column(answers[:, : len(recorded)]), answers[:, len(recorded) :]
    spread = np.sqrt(np.maximum(np.mean(now**2, axis=0) - np.mean(now, axis=0) ** 2, 0.0))
    of_series: dict[ShareSeries, float] = {}
    for (one, *_), value in zip(recorded, mean.tolist(), strict=True):
        of_series[one] = of_series.get(one, 0.0) + value
    shares = []
    for k, (one, name, fact) in enumerate(recorded):
        whole = of_series[one] if fact.question.among else 1.0
        single = one.measure == "sales" and len(fact.question.members) == 1
        shares.append(Share(
            one.domain, one.measure, one.scope, one.year, one.segment, name, fact.recorded,
            float(mean[k] / whole), float(spread[k] / whole) if single else np.nan, one.source,
        ))  # fmt: skip
    names = (f"{_CALLED.get(subject, '')}_{which}" for which in ("error", "worst"))
    return ReadingResult(dict(zip(names, compute_share_errors(shares), strict=True)), shares)


def compare_revenues(world: World, until: int) -> Reading:
    """Compare Huawei's sales of mobile networks by region, 2011 to 2013, with its revenue of 2012."""
    recorded = tables.read_revenue_by_region("huawei", 2012)
    answers = yield [Question("revenue", MOBILE, group, 2013, ("huawei",), since=2011) for group in recorded]
    mean = mean_by_column(answers)
    shares = [
        Share(MOBILE, "revenue", group, 2012, "all_business", "huawei", share, value, np.nan,
              "general_knowledge")
        for (group, share), value in zip(recorded.items(), (mean / mean.sum()).tolist(), strict=True)
    ]  # fmt: skip
    return ReadingResult({"huawei_revenue_worst": compute_share_errors(shares)[1]}, shares)


def compare_networks(world: World, until: int) -> Reading:
    """Compare Chinese vendors' shares of economies' mobile networks with the record.

    Scores: spread between economies in one run, share of economies near zero, change over time, CRPS,
    coverage, and skill over the record of other economies.
    """
    recorded, members = tables.load_network_shares(), tables.list_sponsor_vendors(world, MOBILE)
    paired, fit = np.flatnonzero(np.isfinite(recorded.later)), recorded.fit
    dated = [(code, 2020) for code in recorded.countries]
    dated += [(recorded.countries[k], int(recorded.later_year[k])) for k in paired]
    answers = yield [Question("base", MOBILE, code, year, members) for code, year in dated]
    share = answers[:, : len(fit)]
    change = np.abs(answers[:, len(fit) :] - share[:, paired]).mean(axis=0)
    score, inside = crps(share, recorded.share), covered(share, recorded.share)
    others = [np.delete(recorded.share[fit], k) for k in range(fit.sum())]
    climate = np.mean(
        [float(crps(o, np.asarray(x))) for o, x in zip(others, recorded.share[fit], strict=True)]
    )
    scores: dict[str, Any] = {"crps_climate": climate, "change": 100 * np.mean(change)}
    scores["skill"] = 1 - score[fit].mean() / climate
    for which, chosen in (("", fit), ("_all", np.full(len(fit), True))):
        scores[f"spread{which}"] = share[:, chosen].std(axis=1, ddof=1).mean()
        scores[f"at_zero{which}"] = (share[:, chosen] < tables.NOTHING).mean()
        scores[f"crps{which}"] = score[chosen].mean()
        scores[f"covered{which}"] = inside[chosen].mean()
    return ReadingResult({f"networks_{name}": float(value) for name, value in scores.items()})


def compare_restrictions(world: World, until: int) -> Reading:
    """Compare the chance of restricting by 2020 and by 2023 with what economies did.

    Leaves out economies to which restricting does not apply, see :func:`.tables.mask_unasked_rows`.
    """
    table = tables.load_recorded_stances()
    usable = ~tables.mask_unasked_rows(world, table)
    since, clear = table["restricted_since"][usable], (table["clear_2020"] & table["clear_2023"])[usable]
    known = {year: (table[f"kind_{year}"] != "")[usable] for year in (2020, 2023)}
    names = table["iso3"][usable].tolist()
    answers = yield [Question("restricted", MOBILE, code, year) for year in COUNTED for code in names]
    by = dict(zip(COUNTED, np.split(answers, len(COUNTED), axis=1), strict=True))
    scores: dict[str, float] = {}
    for year, chosen in known.items():
        chance, happened = by[year].mean(axis=0), since <= year
        area = auc(chance[chosen], happened[chosen])
        scores |= {f"auc_{year}": area.area, f"auc_{year}_error": area.error}
        scores[f"brier_{year}"] = brier(chance[chosen], happened[chosen])
        scores[f"auc_{year}_clear"] = auc(chance[chosen & clear], happened[chosen & clear]).area
    scores = {f"restrictions_{name}": value for name, value in scores.items()}
    counts = {year: float(of[:, known[2020]].sum(axis=1).mean()) for year, of in by.items()}
    off = [abs(count / (since[known[2020]] <= year).sum() - 1) for year, count in counts.items()]
    scores |= {f"restricting_{year}": count for year, count in counts.items()}
    return ReadingResult(scores | {"restricting_worst": float(max(off))})


def compare_loans(world: World, until: int) -> Reading:
    """Compare Chinese loans of 2011 to 2020 by recipient, among economies that are not kept aside."""
    amount = tables.compute_chinese_loans(world.countries)
    usable = np.isfinite(amount) & ~tables.mask_barred_economies(world)
    amount, names = amount[usable], np.array(world.countries)[usable].tolist()
    lent = mean_by_column((yield [Question("lent", "", code, 2020, since=2011) for code in names]))
    borrows, parts = amount > 0, [of / max(of.sum(), np.finfo(float).tiny) for of in (lent, amount)]
    scores = {
        "rank": spearmanr(lent, amount).statistic,
        "rank_borrowers": spearmanr(lent[borrows], amount[borrows]).statistic,
        "auc": auc(lent, borrows).area,
        "overlap": np.minimum(*parts).sum(),
    }
    return ReadingResult({f"loans_{name}": float(value) for name, value in scores.items()})


def compare_phones(world: World, until: int) -> Reading:
    """Compute the share of the largest phone maker by economy, and the first maker in African markets."""
    makers, years = (
        tables.list_market_vendors(world, PHONES),
        sorted({*(y for y in LOOKED_AT if y < until), until}),
    )
    largest = [Question("largest_share", PHONES, c, year) for year in years for c in world.countries]
    first = [Question("base", PHONES, code, 2019, (maker,)) for code in AFRICAN for maker in makers]
    answers = yield [*largest, *first]
    top = answers[:, : len(largest)].reshape(len(answers), len(years), -1)
    share = np.nan_to_num(mean_by_column(answers[:, len(largest) :])).reshape(len(AFRICAN), -1)
    return ReadingResult({
        "phones_top_share": float(np.nanmean(top[:, years.index(2020)])),
        "phones_of_one_maker": float(np.nanmax(mean_by_column(top))),
        "phones_transsion_first": float(sum(makers[k] == "transsion" for k in share.argmax(axis=1))),
    })  # fmt: skip


def compare_surveillance(world: World, until: int) -> Reading:
    """Compare economies with a Chinese vendor of AI surveillance with those on record.

    The simulated chance is that of having such a vendor times that of being listed by 2022.
    """
    chinese_vendor = tables.read_surveillance(fitted_records("surveillance"))
    names = [code for code in world.countries if code in chinese_vendor]
    chance = tables.compute_listing_probability(
        world.conditions.gdp[world.step(2020), np.isin(world.countries, names)]
    )
    answers = yield [
        Question("base", CITIES, c, 2020, tables.list_sponsor_vendors(world, CITIES)) for c in names
    ]
    chinese = (answers > 0).mean(axis=0) * chance
    area = auc(chinese, np.array([chinese_vendor[code] > 0 for code in names]))
    return ReadingResult({
        "surveillance_auc": area.area,
        "surveillance_auc_error": area.error,
        "surveillance_chinese": float(chinese.sum()),
        "surveillance_any": float(np.isfinite(answers).mean(axis=0) @ chance),
    })  # fmt: skip


def compare_cable_suppliers(world: World) -> Reading:
    """Compare shares of cables, landings and km by period, among suppliers in both record and runs."""
    facts = list(build_cable_facts(world))
    answers = yield [fact.question._replace(kind="built", among=()) for fact in facts]
    built = {
        fact: value for fact, value in zip(facts, mean_by_column(answers).tolist(), strict=True) if value > 0
    }
    shares = []
    for fact, value in built.items():
        block = [one for one in built if one.cluster == fact.cluster]
        recorded = fact.recorded / sum(one.recorded for one in block)
        simulated, q = value / sum(built[one] for one in block), fact.question
        shares.append(Share(CABLES, q.place, "world", q.year, "five_years", q.members[0], recorded, simulated,
                           np.nan, "telegeography_2022"))  # fmt: skip
    of = {counted: [row for row in shares if row.measure == counted] for counted in BUILT}
    return ReadingResult(
        {f"cables_{counted}_error": compute_share_errors(rows)[0] for counted, rows in of.items()}, shares
    )


def compare_laws(world: World) -> Reading:
    """Compute the largest error in the number of privacy laws, and Galileo's share in phones."""
    counted = {
        year: laws for year, laws in tables.count_privacy_laws().items() if year >= world.first_year - 1
    }
    galileo = load_targets()["galileo_phones"]
    assert galileo.question is not None
    years = [max(year, world.first_year) for year in counted]
    answers = yield [
        *(Question("adopted", RULES, "world", y, ("eu_rules",)) for y in years),
        galileo.question,
    ]
    *counts, share = mean_by_column(answers).tolist()
    worst = max(abs(count / laws - 1) for count, laws in zip(counts, counted.values(), strict=True))
    row = Share(
        galileo.domain, "base", "world", 2019, "phones", "galileo", galileo.recorded, share, np.nan,
        "gnss_agency_press",
    )  # fmt: skip
    return ReadingResult({"privacy_laws_worst": worst}, [row])


def compare_home_markets(world: World, until: int) -> Reading:
    """Compute adoption of sponsors' rules in their own and in other sponsors' states, and M-Pesa's lead.

    Scores: the least adoption of own rules, the largest of rules of others, and the share of M-Pesa in Kenya
    less that of its largest rival.
    """
    d, home = world.domains.index(RULES), np.pad(world.home, ((0, 0), (0, 1)))
    own = home[:, world.slot_sponsor[d, world.slot_vendor[d] >= 0]]  # (country, family)
    states = np.array(world.countries)[own.any(axis=1)].tolist()
    own, families = own[own.any(axis=1)], tables.list_market_vendors(world, RULES)
    others = [name for name in tables.list_market_vendors(world, PAYMENTS) if name not in ("mpesa", "local")]
    adopted = [Question("adopted", RULES, code, until, (name,)) for code in states for name in families]
    paid = [Question("base", PAYMENTS, "KEN", until, (name,)) for name in ("mpesa", *others)]
    mean = mean_by_column((yield [*adopted, *paid]))
    adoption, (mpesa, *rivals) = mean[: len(adopted)].reshape(own.shape), mean[len(adopted) :].tolist()
    return ReadingResult({
        "own_rules": float(adoption[own].min(initial=1.0)),
        "rules_of_others": float(adoption[~own].max(initial=0.0)),
        "mpesa_in_kenya": mpesa - float(np.nanmax(rivals)),
    })  # fmt: skip


def compute_drifts(world: World, until: int) -> Reading:
    """Compute the movement of vendors' shares of the world's base after their quality has settled.

    Scores: the largest movement in each domain, to the last year and to any year.
    """
    table, settled = read_table("quality"), dict[tuple[str, str], int]()
    columns = (table[name].tolist() for name in ("domain", "vendor", "year", "kind"))
    for domain, vendor, year, kind in zip(*columns, strict=True):
        if kind == "record" and world.buyer[world.domains.index(domain)] != "adopters":
            settled[domain, vendor] = max(settled.get((domain, vendor), 0), year + SETTLES)
    paths = {
        (domain, vendor): [Question("base", domain, "world", y, (vendor,)) for y in range(year, until + 1)]
        for (domain, vendor), year in settled.items()
    }
    questions = [question for path in paths.values() for question in path]
    mean = dict(zip(questions, mean_by_column((yield questions)).tolist(), strict=True))
    moves, scores = [], dict[str, float]()
    for (domain, vendor), path in paths.items():
        share = np.array([mean[question] for question in path])
        if not np.isfinite(share[[0, -1]]).all():
            continue
        moved = share - share[0]
        row = Drift(domain, vendor, path[0].year, share[0], share[-1], moved[np.abs(moved).argmax()])
        moves.append(row)
        for name, change in ((f"drift_{domain}", row.change), (f"drift_{domain}_ever", row.farthest)):
            scores[name] = max(scores.get(name, 0.0), 100 * abs(change))
    return ReadingResult(scores, (), moves)

"""Hindcast: everything recorded beside what is simulated, what must hold, and what is believable at sight.

Which numbers are looked at, and the region that each is to lie in, are the rows of ``record/targets.csv``: a
row with a question is its mean answer, over that of another question where it has one; any other comes from a
*reading* here, which turns answers to its own questions into scores.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.stats import spearmanr

from lockin_sim.conventions import MOST_AT_ONCE, Floats
from lockin_sim.defaults import RUNS, SEED
from lockin_sim.engines import engine_for
from lockin_sim.errors import whole_number
from lockin_sim.histories import PRIOR, Given, histories
from lockin_sim.indices import auc, brier, covered, crps
from lockin_sim.parameters import Parameters, parameters_of
from lockin_sim.record import CABLES, CITIES, COUNTED, MOBILE, PAYMENTS, PHONES, RULES, Question, tables
from lockin_sim.record.facts import Target, sold, supplier_facts, targets
from lockin_sim.record.questions import AT_ONCE, BUILT, RECORD, View, answers
from lockin_sim.runs.keeping import now
from lockin_sim.simulation import simulate
from lockin_sim.world import World, records, world_of
from lockin_sim.world.schema import read_table

#: The last year of the record: simulations reach it.
RECORDED = 2024

#: Years that an offer's quality has to settle in after its last recorded one, and that drifts reach.
SETTLES, HORIZON = 3, 2050

#: Years in which the largest maker of phones is looked for, with the last one.
LOOKED_AT = (*range(2011, 2025), 2030, 2035, 2040, 2045)

#: Markets of East and West Africa of which the first maker is recorded, or recalled (Nigeria).
AFRICAN = ("KEN", "NGA", "TZA", "UGA")


class Share(NamedTuple):
    """One recorded share beside the simulated one."""

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
        """Simulated less recorded."""
        return self.simulated - self.recorded


class Drift(NamedTuple):
    """How far a share of the world's base moves when nothing is recorded any more."""

    domain: str
    vendor: str
    since: int
    start: float
    end: float
    farthest: float  # change to the year in which it is farthest from the start

    @property
    def change(self) -> float:
        """Change of the share."""
        return self.end - self.start


class Check(NamedTuple):
    """Something that is believable at sight, or not."""

    name: str
    what: str
    number: float
    holds: bool


class Score(NamedTuple):
    """A number, and what it is to be."""

    name: str
    value: float
    target: Target

    @property
    def holds(self) -> bool:
        """Whether it lies in its region."""
        return self.target.low <= self.value <= self.target.high


@dataclass(frozen=True)
class Hindcast:
    """Recorded figures beside simulated ones.

    shares  shares of sales and of base
    scores  numbers that sum up, with the region that each is to lie in
    drifts  movement of shares after the record
    checks  what is believable at sight
    """

    shares: tuple[Share, ...]
    scores: tuple[Score, ...]
    drifts: tuple[Drift, ...]
    checks: tuple[Check, ...]

    def __getitem__(self, name: str) -> Score:
        """The score of a name."""
        return {score.name: score for score in self.scores}[name]

    def __str__(self) -> str:
        """All tables, plainly."""
        return "\n\n".join((self.summary(), self.of_shares(), self.of_drifts(), self.of_checks()))

    def summary(self) -> str:
        """What must hold, what does not marked by a star, and what is for information."""
        wanted = [s for s in self.scores if s.target.wanted]
        rows = [
            (s.name, f"{s.value:.3g}", _region(s.target), _known(s.target.recorded), "" if s.holds else "*",
             s.target.what)
            for s in wanted
        ]  # fmt: skip
        besides = [
            (s.name, f"{s.value:.3g}", _known(s.target.recorded), s.target.what)
            for s in self.scores if not s.target.wanted
        ]  # fmt: skip
        must = table(("score", "value", "region", "recorded", "", ""), rows)
        rest = table(("for information", "value", "recorded", ""), besides)
        return f"{must}\n{sum(s.holds for s in wanted)} of {len(wanted)} hold.\n\n{rest}"

    def of_shares(self) -> str:
        """Shares, in per cent."""
        rows = [
            (s.domain, s.measure, s.scope, str(s.year), s.vendor, *(f"{100 * x:.1f}" for x in s[6:8]),
             f"{100 * s.error:+.1f}", f"{s.segment}, {s.source}")
            for s in self.shares
        ]  # fmt: skip
        heads = (
            "domain", "of", "where", "year", "vendor", "recorded", "simulated", "error", "counted, source",
        )  # fmt: skip
        return table(heads, rows)

    def of_drifts(self, least: float = 0.01) -> str:
        """Movements after the record, those of a point and more."""
        rows = [
            (d.domain, d.vendor, str(d.since), *(f"{100 * x:.1f}" for x in (d.start, d.end)),
             *(f"{100 * x:+.1f}" for x in (d.change, d.farthest)))
            for d in self.drifts if abs(d.farthest) >= least
        ]  # fmt: skip
        return table(("drift of base", "vendor", "from", "start", "2050", "change", "farthest"), rows)

    def of_checks(self) -> str:
        """What is believable at sight."""
        rows = [(c.what, f"{c.number:.3g}", "yes" if c.holds else "no") for c in self.checks]
        return table(("at sight", "number", "believable"), rows)


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Rows of text in columns."""
    lines = [heads, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _region(target: Target) -> str:
    """Where a target is met, in words."""
    low, high = (_known(x) for x in (target.low, target.high))
    if low and high:
        return f"{low} to {high}"
    return f">= {low}" if low else f"<= {high}"


def _known(value: float) -> str:
    """A number in three digits, empty where undefined."""
    return f"{value:.3g}" if math.isfinite(value) else ""


# --- the call ------------------------------------------------------------------------------------------


def hindcast(
    world: World | None = None,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    runs: int = RUNS.mechanisms,
    seed: int = SEED,
    *,
    until: int = HORIZON,
    history: Given | None = None,
) -> Hindcast:
    """Simulate the baseline and set it beside everything that is recorded.

    world       the world; None = the bundled one, whose tables the record belongs to
    parameters  as in :func:`lockin_sim.simulate`
    runs        number of runs, at least 2
    until       last year simulated, RECORDED at least; what is asked of later years is left out
    history     as in :func:`lockin_sim.simulate`
    Returns tables of shares, scores, drifts and checks; printed, all of them plainly.
    """
    world = tables.with_places(tables.check_recorded(world_of(world)))
    whole_number("runs", runs, least=2, most=MOST_AT_ONCE)
    whole_number("until", until, least=RECORDED, most=world.last_year)
    readings = readings_of(world, until)
    asked = tuple(dict.fromkeys(q for reading in readings for q in reading.questions))
    said = answered(asked, world, parameters=parameters, runs=runs, seed=seed, until=until, history=history)
    return judged(readings, dict(zip(asked, said.T, strict=True)))


def answered(
    asked: tuple[Question, ...],
    world: World,
    *,
    parameters: Parameters | Mapping[str, float | Floats] | None = None,
    runs: int,
    seed: int = SEED,
    until: int = HORIZON,
    history: Given | None = None,
) -> Floats:
    """What runs of the baseline answer, simulated batch by batch.  (run, question).

    world  with the places of the record as groups, see :func:`.record.tables.with_places`; other arguments as
           in :func:`hindcast`
    """
    values = parameters_of(parameters)
    values.check_runs(runs)
    luck = histories(PRIOR if history is None else history, world=world, runs=np.arange(runs))
    engine = engine_for(now().engine, years=runs * (until - world.first_year), agents=False)
    said = []
    for first in range(0, runs, AT_ONCE):
        batch = range(first, min(first + AT_ONCE, runs))
        ds = simulate(
            "baseline", world=world, parameters=values, runs=batch, seed=seed,
            years=(world.first_year, until), record=RECORD, engine=engine,
            history=PRIOR if luck is None else luck,
        )  # fmt: skip
        said.append(answers(View(ds, world, None if luck is None else luck[batch]), asked))
    return np.concatenate(said)


class Found(NamedTuple):
    """What one reading adds to a hindcast."""

    scores: Mapping[str, float] = {}
    shares: Sequence[Share] = ()
    drifts: Sequence[Drift] = ()


class Reading(NamedTuple):
    """Questions, and what follows from their answers, (run, question)."""

    questions: Sequence[Question]
    read: Callable[[Floats], Found]


def judged(readings: Sequence[Reading], said: Mapping[Question, Floats]) -> Hindcast:
    """Answers beside the record.

    said  by question, (run,) each
    """
    found = [one.read(np.array([said[question] for question in one.questions]).T) for one in readings]
    values = {name: value for one in found for name, value in one.scores.items()}
    known = [
        (row.read, Score(name, values[name], row.target)) for name, row in targets().items() if name in values
    ]
    return Hindcast(
        shares=tuple(row for one in found for row in one.shares),
        scores=tuple(score for read, score in known if read != "sight"),
        drifts=tuple(row for one in found for row in one.drifts),
        checks=tuple(Check(s.name, s.target.what, s.value, s.holds) for read, s in known if read == "sight"),
    )


# --- readings ------------------------------------------------------------------------------------------


def means(said: Floats) -> list[float]:
    """Mean over the runs in which an answer is defined.  said (run, question)."""
    known = np.isfinite(said)
    total, count = np.where(known, said, 0.0).sum(axis=0), known.sum(axis=0)
    found: list[float] = np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0).tolist()
    return found


def errors(rows: Iterable[Share]) -> tuple[float, float]:
    """Mean absolute error and the largest, in points; NaN without rows."""
    distance = [100 * abs(row.error) for row in rows]
    return (float(np.mean(distance)), max(distance)) if distance else (np.nan, np.nan)


def rows(until: int) -> Reading:
    """Rows with a question of their own: its mean answer, over that of another where they name one."""
    known = {
        row.name: [q._replace(year=q.year or until) for q in (row.question, row.over) if q is not None]
        for row in targets().values() if row.question is not None and row.question.year <= until
    }  # fmt: skip
    asked = [question for questions in known.values() for question in questions]

    def read(said: Floats) -> Found:
        """Means, and their ratios."""
        mean = dict(zip(asked, means(said), strict=True))
        of = {name: [mean[question] for question in questions] for name, questions in known.items()}
        return Found({name: one[0] / one[1] if len(one) > 1 else one[0] for name, one in of.items()})

    return Reading(asked, read)


#: What errors of shares of a subject are called among the scores.
_CALLED = {
    "mobile networks sold": "mobile_sales", "phones sold": "phones", "phones by region": "phones_elsewhere",
    "clouds sold": "clouds", "online retail": "shops", "cards": "cards",
}  # fmt: skip


def sales(world: World, until: int, subject: str) -> Reading:
    """Recorded shares of a subject beside simulated ones; of those among the vendors recorded both are."""
    known = [row for row in sold(world, subject) if row[0].year + (row[0].measure == "sales") <= until]
    shown = [fact.question._replace(kind=one.measure, among=()) for one, _, fact in known]
    yearly = [q._replace(kind="sales_in_year") if q.kind == "sales" else q for q in shown]

    def read(said: Floats) -> Found:
        """Rows, and how far they are off."""
        mean, now = means(said[:, : len(known)]), said[:, len(known) :]
        spread = np.sqrt(np.maximum(np.mean(now**2, axis=0) - np.mean(now, axis=0) ** 2, 0.0))
        found = []
        for (one, name, fact), question, value, deviation in zip(known, shown, mean, spread, strict=True):
            block = [v for (other, *_), v in zip(known, mean, strict=True) if other == one]
            whole = sum(block) if fact.question.among else 1.0
            single = question.kind == "sales" and len(question.members) == 1
            found.append(Share(
                one.domain, one.measure, one.scope, one.year, one.segment, name, fact.recorded, value / whole,
                float(deviation) / whole if single else np.nan, one.source,
            ))  # fmt: skip
        called = _CALLED.get(subject, "")
        return Found(dict(zip((f"{called}_error", f"{called}_worst"), errors(found), strict=True)), found)

    return Reading([*shown, *yearly], read)


def revenues(world: World, until: int) -> Reading:
    """Huawei's sales of mobile networks by region, 2011 to 2013, beside its revenue of 2012."""
    recorded = tables.revenue_by_region("huawei", 2012)
    asked = [Question("revenue", MOBILE, group, 2013, ("huawei",), since=2011) for group in recorded]

    def read(said: Floats) -> Found:
        """Rows, and the worst error."""
        mean = means(said)
        found = [
            Share(MOBILE, "revenue", group, 2012, "all_business", "huawei", share, value / sum(mean), np.nan,
                  "general_knowledge")
            for (group, share), value in zip(recorded.items(), mean, strict=True)
        ]  # fmt: skip
        return Found({"huawei_revenue_worst": errors(found)[1]}, found)

    return Reading(asked, read)


def networks(world: World, until: int) -> Reading:
    """How economies differ in one run, beside the recorded ones, and how well their shares are met."""
    known, members = tables.network_shares(), tables.theirs(world, MOBILE)
    paired = np.flatnonzero(np.isfinite(known.later))
    dated = [(code, 2020) for code in known.countries]
    dated += [(known.countries[k], int(known.later_year[k])) for k in paired]

    def read(said: Floats) -> Found:
        """Spread, scores and change."""
        share, fit = said[:, : len(known.share)], known.fit
        change = np.abs(said[:, len(known.share) :] - share[:, paired]).mean(axis=0)
        score, inside = crps(share, known.share), covered(share, known.share)
        others = [np.delete(known.share[fit], k) for k in range(fit.sum())]
        climate = [float(crps(o, np.asarray(x))) for o, x in zip(others, known.share[fit], strict=True)]
        scores = {"crps_climate": float(np.mean(climate)), "change": 100 * float(np.mean(change))}
        scores["skill"] = 1 - float(score[fit].mean() / np.mean(climate))
        for which, some in (("", fit), ("_all", np.full(len(fit), True))):
            scores[f"spread{which}"] = float(share[:, some].std(axis=1, ddof=1).mean())
            scores[f"at_zero{which}"] = float((share[:, some] < tables.NOTHING).mean())
            scores[f"crps{which}"] = float(score[some].mean())
            scores[f"covered{which}"] = float(inside[some].mean())
        return Found({f"networks_{name}": value for name, value in scores.items()})

    return Reading([Question("base", MOBILE, code, year, members) for code, year in dated], read)


def restrictions(world: World, until: int) -> Reading:
    """Chance of restricting by 2020 and by 2023 beside what economies did.

    Left out are those to which restricting does not apply, see :func:`.tables.no_question`.
    """
    table = records("networks_5g")
    usable = ~tables.no_question(world, table)
    since, fit = table["restricted_since"][usable], (table["split"] == "fit")[usable]
    clear = (table["use_2020"] & table["use_2023"])[usable]
    known = {year: (table[f"status_{year}"] != "")[usable] for year in (2020, 2023)}
    names = table["iso3"][usable].tolist()

    def read(said: Floats) -> Found:
        """Areas, scores and counts."""
        by = dict(zip(COUNTED, np.moveaxis(said.reshape(len(said), len(COUNTED), -1), 1, 0), strict=True))
        scores: dict[str, float] = {}
        for year, chosen in known.items():
            chance, happened = by[year].mean(axis=0), since <= year
            area = auc(chance[chosen], happened[chosen])
            scores |= {f"auc_{year}": area.area, f"auc_{year}_error": area.error}
            scores[f"brier_{year}"] = brier(chance[chosen], happened[chosen])
            for part, mine in {"clear": clear, "fit": fit, "held": ~fit}.items():
                some = chosen & mine
                scores[f"auc_{year}_{part}"] = auc(chance[some], happened[some]).area
        scores = {f"restrictions_{name}": value for name, value in scores.items()}
        counts = {year: float(of[:, known[2020]].sum(axis=1).mean()) for year, of in by.items()}
        off = [abs(count / (since[known[2020]] <= year).sum() - 1) for year, count in counts.items()]
        scores |= {f"restricting_{year}": count for year, count in counts.items()}
        return Found(scores | {"restricting_worst": float(max(off))})

    return Reading([Question("restricted", MOBILE, c, year) for year in COUNTED for c in names], read)


def loans(world: World, until: int) -> Reading:
    """Chinese loans of 2010 to 2020 by recipient, among economies that are not kept aside."""
    amount = tables.chinese_loans(world.countries)
    usable = np.isfinite(amount) & ~tables.barred(world)
    amount, names = amount[usable], np.array(world.countries)[usable].tolist()

    def read(said: Floats) -> Found:
        """Correlations of ranks, whether who borrows is told apart, and how much of the parts overlaps."""
        lent, some = np.array(means(said)), amount > 0
        parts = [of / max(of.sum(), np.finfo(float).tiny) for of in (lent, amount)]
        scores = {
            "rank": spearmanr(lent, amount).statistic,
            "rank_borrowers": spearmanr(lent[some], amount[some]).statistic,
            "auc": auc(lent, some).area,
            "overlap": np.minimum(*parts).sum(),
        }
        return Found({f"loans_{name}": float(value) for name, value in scores.items()})

    return Reading([Question("lent", "", code, 2020, since=2011) for code in names], read)


def phones(world: World, until: int) -> Reading:
    """The largest makers of phones: their share by economy, and who is first in African markets."""
    makers, years = tables.offered(world, PHONES), sorted({*(y for y in LOOKED_AT if y < until), until})
    largest = [Question("largest_share", PHONES, c, year) for year in years for c in world.countries]
    first = [Question("base", PHONES, code, 2019, (maker,)) for code in AFRICAN for maker in makers]

    def read(said: Floats) -> Found:
        """Means of the largest, over all and by economy; how many of the markets Transsion leads."""
        top = said[:, : len(largest)].reshape(len(said), len(years), -1)
        share = np.nan_to_num(means(said[:, len(largest) :])).reshape(len(AFRICAN), -1)
        leaders = [makers[k] for k in share.argmax(axis=1)]
        return Found({
            "phones_top_share": float(np.nanmean(top[:, years.index(2020)])),
            "phones_of_one_maker": float(np.nanmax(means(top.reshape(len(said), -1)))),
            "phones_transsion_first": float(sum(name == "transsion" for name in leaders)),
        })  # fmt: skip

    return Reading([*largest, *first], read)


def surveillance(world: World, until: int) -> Reading:
    """Which of the economies covered have a Chinese vendor of AI surveillance, and are listed by 2022."""
    known = tables.surveilled(records("surveillance"))
    names = [code for code in world.countries if code in known]
    happened = np.array([known[code] > 0 for code in names])
    chance = tables.listed(world.conditions.gdp[world.step(2020), np.isin(world.countries, names)])

    def read(said: Floats) -> Found:
        """Whether they are told apart, and how many are listed."""
        chinese = (said > 0).mean(axis=0) * chance
        area = auc(chinese, happened)
        return Found({
            "surveillance_auc": area.area,
            "surveillance_auc_error": area.error,
            "surveillance_chinese": float(chinese.sum()),
            "surveillance_any": float(np.isfinite(said).mean(axis=0) @ chance),
        })  # fmt: skip

    return Reading([Question("base", CITIES, c, 2020, tables.theirs(world, CITIES)) for c in names], read)


def suppliers(world: World, until: int) -> Reading:
    """Shares of cables, landings and km by period, among suppliers that the record and the runs both have."""
    facts = list(supplier_facts(world))

    def read(said: Floats) -> Found:
        """Rows, and mean errors by what is counted."""
        mean, found = dict(zip(facts, means(said), strict=True)), []
        for fact in facts:
            block = [one for one in facts if one.cluster == fact.cluster and mean[one] > 0]
            if fact in block:
                recorded = fact.recorded / sum(one.recorded for one in block)
                simulated = mean[fact] / sum(mean[one] for one in block)
                q = fact.question
                found.append(Share(CABLES, q.place, "world", q.year, "five_years", q.members[0], recorded,
                                   simulated, np.nan, "telegeography_2022"))  # fmt: skip
        of = {counted: [row for row in found if row.measure == counted] for counted in BUILT}
        return Found({f"cables_{counted}_error": errors(rows)[0] for counted, rows in of.items()}, found)

    return Reading([fact.question._replace(kind="built", among=()) for fact in facts], read)


def laws(world: World, until: int) -> Reading:
    """The worst error of the number of laws on privacy, and the row of Galileo in phones."""
    known = {year: laws for year, laws in tables.privacy_laws().items() if year >= world.first_year - 1}
    galileo = targets()["galileo_phones"]
    assert galileo.question is not None
    asked = [Question("adopted", RULES, "world", max(y, world.first_year), ("eu_rules",)) for y in known]

    def read(said: Floats) -> Found:
        """Of means over runs."""
        *counts, share = means(said)
        worst = max(abs(count / laws - 1) for count, laws in zip(counts, known.values(), strict=True))
        domain, recorded = galileo.target.domain, galileo.target.recorded
        row = Share(domain, "base", "world", 2019, "phones", "galileo", recorded, share, np.nan,
                    "gnss_agency_press")  # fmt: skip
        return Found({"privacy_laws_worst": worst}, [row])

    return Reading([*asked, galileo.question], read)


def at_home(world: World, until: int) -> Reading:
    """Rules of sponsors in their own states and in those of others, and M-Pesa's lead in Kenya."""
    d, home = world.domains.index(RULES), np.pad(world.home, ((0, 0), (0, 1)))
    slots = np.flatnonzero(world.slot_vendor[d] >= 0)
    own = home[:, world.slot_sponsor[d, slots]]  # (country, family)
    some = own.any(axis=1)
    states, own = np.array(world.countries)[some].tolist(), own[some]
    families = tables.offered(world, RULES)
    rules = [Question("adopted", RULES, code, until, (name,)) for code in states for name in families]
    others = [name for name in tables.offered(world, PAYMENTS) if name not in ("mpesa", "local")]
    paid = [Question("base", PAYMENTS, "KEN", until, (name,)) for name in ("mpesa", *others)]

    def read(said: Floats) -> Found:
        """Extremes of means over runs."""
        adoption = np.array(means(said[:, : len(rules)])).reshape(own.shape)
        mpesa, *rivals = means(said[:, len(rules) :])
        return Found({
            "own_rules": float(adoption[own].min(initial=1.0)),
            "rules_of_others": float(adoption[~own].max(initial=0.0)),
            "mpesa_in_kenya": mpesa - float(np.nanmax(rivals)),
        })  # fmt: skip

    return Reading([*rules, *paid], read)


def drifts(world: World, until: int) -> Reading:
    """Movement of each vendor's share of the world's base from when its quality has settled to a year."""
    table, settled = read_table("quality"), dict[tuple[str, str], int]()
    columns = (table[name].tolist() for name in ("domain", "vendor", "year", "kind"))
    for domain, vendor, year, kind in zip(*columns, strict=True):
        if kind == "record" and world.buyer[world.domains.index(domain)] != "adopters":
            settled[domain, vendor] = max(settled.get((domain, vendor), 0), year + SETTLES)
    paths = {
        (domain, vendor): [Question("base", domain, "world", y, (vendor,)) for y in range(year, until + 1)]
        for (domain, vendor), year in settled.items()
    }  # fmt: skip
    asked = [question for path in paths.values() for question in path]

    def read(said: Floats) -> Found:
        """Rows, and the largest movement in each domain: to the end, and to any year."""
        mean, found = dict(zip(asked, means(said), strict=True)), []
        scores: dict[str, float] = {}
        for (domain, vendor), path in paths.items():
            share = np.array([mean[question] for question in path])
            if np.isfinite(share[[0, -1]]).all():
                moved = share - share[0]
                row = Drift(domain, vendor, path[0].year, share[0], share[-1], moved[np.abs(moved).argmax()])
                found.append(row)
                for name, change in (("", row.change), ("_ever", row.farthest)):
                    name = f"drift_{domain}{name}"
                    scores[name] = max(scores.get(name, 0.0), 100 * abs(change))
        return Found(scores, (), found)

    return Reading(asked, read)


def readings_of(world: World, until: int) -> list[Reading]:
    """All readings of runs that end in a year, in the order of their rows of shares."""
    market = partial(sales, world, until)
    first, last = ("mobile networks sold", "networks by other firms"), (
        "phones sold", "phones by region", "clouds sold", "online retail", "cards", "cards by number",
    )  # fmt: skip
    subjects = [revenues, networks, restrictions, loans, phones, surveillance, at_home]
    return [
        rows(until), *map(market, first), *(subject(world, until) for subject in subjects),
        *map(market, last), suppliers(world, until), market("cameras"), laws(world, until),
        *([drifts(world, HORIZON)] if until >= HORIZON else []),
    ]  # fmt: skip

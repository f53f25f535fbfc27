"""What README and findings say of results, from results/numbers.csv alone."""

from __future__ import annotations

import csv
import inspect
import textwrap
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

import lockin_sim as ls
from lockin_sim.common.findings import Verdict
from lockin_sim.common.formats import AT_MOST, MINUS, UNDEFINED, counted, listed, opening, quoted, signed
from lockin_sim.comparisons.by_group import ADOPTERS, OTHER_STATES
from lockin_sim.comparisons.costs_by_payer import format_actor
from lockin_sim.comparisons.measured_places import HEADLINES, outcomes
from lockin_sim.comparisons.variants import ALTERNATIVES, CORNERS, REGULATORS
from lockin_sim.evidence.left_out import ECONOMIES, GENERATION
from lockin_sim.evidence.left_out import YEARS as SCORED_YEARS
from lockin_sim.evidence.scores import BETTER, MODEL
from lockin_sim.evidence.skill import MEAN, STAYS
from lockin_sim.evidence.skill_words import COMPARED
from lockin_sim.pages.lead_page import TEN, TWENTY, said
from lockin_sim.settings.titles import scenario_title
from lockin_sim.studies.lead import AS_LENT, PROGRAMME
from lockin_sim.studies.lead_results import BORROWERS, MEDIAN, TOO_LITTLE
from lockin_sim.world.case import load_bundled_case
from lockin_sim.world.names import format_label, format_place, get_sponsor_adjective

RESULTS = Path(__file__).resolve().parents[1] / "results"
NUMBERS, ASKED = RESULTS / "numbers.csv", RESULTS / "questions.csv"

#: Policies that are named within a sentence.
FEW = 3

#: Letters of a line.
WIDTH = 118

# --- keys ----------------------------------------------------------------------------------------------

#: Outcomes: that before all others, what the actor pays with its buyers, and Chinese vendors' part in Europe.
HEADLINE, COST, IN_EUROPE = HEADLINES[0], "cost", "dependence[Europe,CHN,mobile_network]"

#: Draws: of parameters that fit the record, with histories near it; and those that a search had not seen.
FITTED = "fit the record"

#: Places; the policy without Chinese loans; the record, and facts that no fit may use.
ABROAD, LOANS, RECORD, ASIDE = "abroad", "no_dsr", "record", "facts kept aside"

#: Scores of forecasts of what was left out of the record, and how many operators and economies they rest on.
SQUARED, RANKED, MEDIAN_OFF, ASKED_OPERATORS, ASKED_ECONOMIES = (
    "squared error", "CRPS", "median off", "operators", "economies",
)  # fmt: skip

#: What is asked to answer the question of the first page, and where.
LEAD, TOSS, FIRST_PLACE = "loans of China", "a coin", "Africa"

#: Places that are no groups of the world, as they are named; operators that stay, by whether China had lent.
PLACES = {BORROWERS: "economies that borrowed from China", MEDIAN: "the median economy"}
STAYS_OF = ("borrowers", "others")

#: Years of the chain, groups of markets that are named, and what a lead's reach passes through.
YEARS, GROUPS = (2035, 2050), ("Africa", "income:low", "south_and_south_east_asia")
PARTS = {
    "agenda": "reach through agendas",
    "votes": "reach through votes",
    "regulators": "reach through regulators",
}


def built(alternative: str) -> str:
    """Fitted draws with the model built in another way."""
    return f"{FITTED}; {ALTERNATIVES[alternative].title}"


REGULATED = built(REGULATORS)


#: What is called the headline.
TITLE = outcomes()[HEADLINE].label


#: What a scenario assumes by itself, and how arms begin that concern one economy alone.
AS_ASKED, ALONE = "as asked", "alone in "


class Row(NamedTuple):
    """A number as pages print it; empty where it has none of something.

    about    a policy, "lead", "baseline", or what else
    range    what low and high are the ends of; begins with "at most" where luck alone could have made it
    command  that makes it
    """

    about: str
    outcome: str
    place: str
    year: str
    draws: str
    unit: str
    value: str
    low: str
    high: str
    range: str
    verdict: str
    command: str

    @property
    def key(self) -> tuple[str, ...]:
        """What no two rows share."""
        return self[:5]

    @property
    def plain(self) -> str:
        """The number."""
        return self.value.replace("-", MINUS)

    @property
    def size(self) -> str:
        """The number without its sign."""
        return self.value.removeprefix("-")

    @property
    def signed(self) -> str:
        """The number as a difference."""
        return f"+{self.value}" if float(self.value) > 0 else self.plain

    @property
    def ends(self) -> str:
        """Its range."""
        words = AT_MOST if self.range.startswith(AT_MOST) else ""
        return f"{words}{self.low} to {self.high}".replace("-", MINUS)


class Answer(NamedTuple):
    """What a scenario, as it is or under another assumption, changes by a year, as its page prints it.

    when    the assumption: AS_ASKED, or in the words of the scenario's file
    level   per cent without the scenario
    change  in points; low and high are the ends of the range of nine in ten futures, mean_low and mean_high
            those of the 95 % interval of the mean
    agree   share of futures in which the change has the sign of its mean
    payer   who pays most for it by the last year, and how much, USD bn, with the range of nine in ten futures
    """

    scenario: str
    when: str
    what: str
    year: str
    level: str
    change: str
    low: str
    high: str
    mean_low: str
    mean_high: str
    agree: str
    payer: str
    paid: str
    paid_low: str
    paid_high: str

    @property
    def moved(self) -> str:
        """The change with its range, in whole points where these are many."""
        return _ranged(self.change, self.low, self.high)

    @property
    def cost(self) -> str:
        """Who pays most for it, and how much."""
        if abs(float(self.paid)) < LEAST_PAID:
            return "nobody"
        payer = {ADOPTERS: "buyers", OTHER_STATES: "other states"}.get(self.payer, format_actor(self.payer))
        return f"{payer}: {_ranged(self.paid, self.paid_low, self.paid_high)}"


def _ranged(middle: str, low: str, high: str) -> str:
    """A change with its range, in whole numbers where these are many."""
    values = [float(each) for each in (middle, low, high)]
    digits = 0 if max(map(abs, values)) >= 10 else 1 if max(map(abs, values)) >= 0.1 else 2
    change, *ends = (signed(value, digits) for value in values)
    return f"{change} ({' to '.join(ends)})"


#: Smallest bill that is shown, USD bn.
LEAST_PAID = 0.005

#: Change of an outcome, in points, below which no economy is named.
LEAST_MOVED = 0.1


def answered() -> list[Answer]:
    """The table of answers."""
    with ASKED.open(encoding="utf-8", newline="") as file:
        return [Answer(**row) for row in csv.DictReader(file)]


@cache
def rows() -> list[Row]:
    """The table."""
    with NUMBERS.open(encoding="utf-8", newline="") as file:
        return [Row(**row) for row in csv.DictReader(file)]


def one(
    about: str, outcome: str = HEADLINE, where: str = "", year: int | str = "", draws: str = FITTED
) -> Row:
    """The row of a key; without a year the only one.  Raises LookupError for none, or several."""
    mine = [
        row for row in rows()
        if (row.about, row.outcome, row.draws) == (about, outcome, draws)
        and where in ("", row.place) and str(year) in ("", row.year)
    ]  # fmt: skip
    if len(mine) != 1:
        raise LookupError(
            f"{NUMBERS.name} has {len(mine)} rows of {about}, {outcome}, {where}, {year}, {draws}"
        )
    return mine[0]


def policies() -> list[Row]:
    """Effects of all policies, largest first."""
    return [
        row for row in rows() if (row.outcome, row.draws) == (HEADLINE, FITTED) and row.about != "baseline"
    ]


# --- words ---------------------------------------------------------------------------------------------


def _filled(text: str, start: str = "", rest: str = "") -> str:
    """A paragraph in lines."""
    text = text.replace(" %", "\N{NO-BREAK SPACE}%")
    return textwrap.fill(text, WIDTH, initial_indent=start, subsequent_indent=rest, break_on_hyphens=False)


def _items(*texts: str) -> str:
    """A list."""
    return "\n".join(_filled(text, "- ", "  ") for text in texts)


def _named(*some: Row) -> str:
    """Policies within a sentence."""
    return listed([quoted(scenario_title(row.about)) for row in some])


def answer() -> str:
    """The sentences of a financed lead, as its page says them, and what loans won by place."""
    here = {row.outcome: row for row in rows() if row.about == LEAD and row.place == FIRST_PLACE}

    def pair(name: str) -> tuple[str, str]:
        """A number with its range, as the page writes them."""
        found = here[name]
        return (found.signed if name.startswith("reach") else found.plain), (found.ends if found.low else "")

    asked = {name: each.default for name, each in inspect.signature(ls.lead).parameters.items()}
    last, lender = int(here["reach off"].year), load_bundled_case().sponsors[0]
    titles = {"domain": format_label("domain", asked["domains"][0]), "place": format_place(FIRST_PLACE)}
    lead = SimpleNamespace(
        about=asked | {"standard": "cn2035"}, until=asked["until"], last=last,
        recorded=here["lent won"].year, whose=f"{get_sponsor_adjective(lender)} vendors",
        lender=format_label("sponsor", lender), said=titles.__getitem__,
    )  # fmt: skip
    arm = {"why": "", "passed": [TEN, TWENTY]}
    told = {
        "lead": lead, "numbers": {name: pair(name) for name in here if here[name].unit},
        "judged": AS_LENT, "verdict": here["verdict"].verdict, AS_LENT: arm, PROGRAMME: arm,
        "structures": _structures(here), "stays": [_stays(whose) for whose in STAYS_OF],
    }  # fmt: skip
    numbered = enumerate(said(told), 1)
    sentences = "\n".join(_filled(sentence, f"{n}. ", "   ") for n, sentence in numbered)
    return f"{sentences}\n\n{_by_place(lead)}"


def _structures(here: dict[str, Row]) -> dict[str, object]:
    """How many structures there are, and the least and most that is left under any of them."""
    ends = {
        after: [
            (found.plain, found.verdict)
            for found in (here[f"{name} after {after}"] for name in ("least", "most"))
        ]
        for after in (TEN, TWENTY)
    }
    little = int(here["structures with too little"].value)
    return {"many": here["structures"].plain, "little": little, "ends": ends}


def _stays(whose: str) -> tuple[str, str, str]:
    """How many operators in a hundred stay, with its interval and the number of cases."""
    found, cases = (one(RECORD, f"{what}, {whose}", draws="") for what in ("stays", "cases"))
    return found.plain, found.ends, cases.plain


def _by_place(lead: SimpleNamespace) -> str:
    """What loans won by place, as lent and by the programme, and what is left of it."""
    places = [row.place for row in rows() if (row.about, row.outcome) == (LEAD, "economies")]
    known = {(row.place, row.outcome): row for row in rows() if row.about == LEAD}

    def cell(where: str, name: str) -> str:
        """A number with its range, or that there is too little."""
        found = known[where, name]
        if not found.low and found.value in ("", UNDEFINED):
            return TOO_LITTLE
        return f"{found.plain} ({found.ends})" if found.low else found.plain

    heads = (
        "where (what is on record of suppliers)", "loans", "bn USD there", "taken by contracts", "points won",
        f"of 100 left after {TEN} years", f"after {TWENTY}",
    )  # fmt: skip
    lines = [heads, ("---", "---", *["---:"] * 5)]
    programme = f"{lead.about['programme']:g} bn a year, to {lead.until}"
    for where in places:
        named = opening(PLACES.get(where) or format_place(where))
        for prefix, loans in (("lent ", f"as lent, to {lead.recorded}"), ("", programme)):
            told = [cell(where, f"{prefix}{name}") for name in ("won", f"left {TEN}", f"left {TWENTY}")]
            money, met = (known[where, f"{prefix}{name}"].plain for name in ("money", "met"))
            taken = met if met == UNDEFINED else f"{met} %"
            lines.append((f"{named} ({known[where, 'economies'].verdict})", loans, money, taken, *told))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def says() -> str:
    """What else the README says first: how long a lead lasts however it was won, and what policies change."""
    return _items(f"**However it was won.** {_toss()}", f"**Policies.** {_single()}")


def _toss() -> str:
    """What is left of a coin's toss between two vendors, and what keeps it."""
    ten, late, free = (one(TOSS, outcome) for outcome in ("left after 10", "left after 25", "free after 10"))
    runs = one(TOSS, "runs")
    return (
        f"If a coin gave each African country's mobile networks of {ten.year} to Huawei or to Ericsson, "
        f"{ten.plain} of 100 points of the difference would be left after 10 years (mean of "
        f"{runs.plain} runs; {ten.range}: {ten.ends}) and {late.plain} after 25 ({late.ends}); without "
        f"switching costs {free.plain} after 10 "
        f"({free.ends}) ([the trial](docs/lock-in.md))."
    )


def _chain(year: int) -> str:
    """What a lead leaves in a year, and by which way."""
    lead = {q: one("lead", q, ABROAD, year) for q in ("base", "reach", *PARTS.values())}
    first = min(int(row.year) for row in rows() if (row.about, row.outcome) == ("lead", "base"))
    before, given = one("baseline", "base", ABROAD, first), one("lead", "base", ABROAD, first)
    regulated = one("lead", "reach", ABROAD, year, REGULATED)
    corners = [
        f"{one('lead', 'reach', ABROAD, year, built(name)).plain} with {CORNERS[name].title}"
        for name in CORNERS
    ]
    return (
        f"Chinese vendors ran {before.plain} % of the networks outside China, Hong Kong and Macao in "
        f"{first}. Had they run {given.size} points more, they would run {lead['base'].plain} points more "
        f"in {year} ({lead['base'].range}: {lead['base'].ends}), and {lead['reach'].plain} points more of "
        f"the equipment there would support Chinese standards ({lead['reach'].ends}). Of this "
        f"{lead[PARTS['agenda']].plain} points come because agendas of standards bodies follow sales, and "
        f"{lead[PARTS['votes']].plain} because states vote as their own networks suggest; most of the rest "
        f"comes with the equipment itself. Where states prescribe standards, reach rises by "
        f"{regulated.plain} points ({regulated.ends}). Other ways to build the model give {listed(corners)}."
    )


def _single() -> str:
    """The largest effects on the headline, what is unclear, and what Chinese loans do."""
    every = policies()
    first, second, *_ = every
    unclear = [row for row in every if row.verdict.startswith(Verdict.UNCLEAR.value)]
    loans, regulated = one(LOANS), one(LOANS, draws=REGULATED)
    return (
        f"Of {len(every)} compared, {_named(first)} moves {TITLE} most: by {first.signed} points in "
        f"{first.year} ({first.range}: {first.ends}). {_named(second)} follows with {second.signed} "
        f"({second.ends}). "
        + (f"We cannot say what {_unclear(unclear)} would do. " if unclear else "")
        + f"Had China lent nothing from 2015 on, the change would be {loans.signed} points "
        f"({loans.ends}), or {regulated.signed} ({regulated.ends}) where states prescribe standards."
    )


def _unclear(some: list[Row]) -> str:
    """Policies without a clear effect, named if they are few."""
    return _named(*some) if len(some) <= FEW else f"{counted(len(some))} of them"


# --- findings ------------------------------------------------------------------------------------------


def headline() -> str:
    """Every policy's effect with states that prescribe no standards and with such that do, and its cost."""
    every = policies()
    heads = ("policy", f"points in {every[0].year}", every[0].range, "verdict",
             "where states prescribe standards", "cost to the EU and its buyers, bn USD")  # fmt: skip
    lines = [heads, ("---", "---:", "---:", "---", "---:", "---:")]
    for row in every:
        other, cost = one(row.about, draws=REGULATED), one(row.about, COST)
        price = f"{cost.signed} ({cost.ends})" if float(cost.value) else "0"
        lines.append(
            (
                scenario_title(row.about),
                row.signed,
                row.ends,
                row.verdict,
                f"{other.signed} ({other.ends})",
                price,
            )
        )
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    made = listed(sorted({f"`{row.command}`" for row in rows() if row.outcome == HEADLINE}))
    return f"{table}\n\n" + _filled(
        f"Commands: {made}. [numbers.csv](../results/numbers.csv) says what every number rests on; "
        "[what the evidence says](../experiments/11_what_the_evidence_says/README.md) tries other ways to "
        "build the model, and shows which recorded figure would overturn an effect."
    )


def level() -> str:
    """What the effects come on top of, beside today's level."""
    last, today = max(policies(), key=lambda row: row.year).year, load_bundled_case().years.present
    base, other = (one("baseline", year=last, draws=draws) for draws in (FITTED, REGULATED))
    return _filled(
        f"In the baseline it is {base.plain} % in {base.year} ({base.range}: {base.ends}), and "
        f"{other.plain} % ({other.ends}) where states prescribe standards; in {today} it is "
        f"{one('baseline', year=today).plain} %."
    )


def europe() -> str:
    """How long distrust lasts decides Europe."""
    fitted, stays, free = (one(about, IN_EUROPE) for about in ("baseline", "distrust", "unrestricted"))
    return _items(
        f"**How long distrust lasts decides Europe.** Chinese vendors have {fitted.plain} % of its "
        f"mobile networks in {fitted.year} with parameters that fit the record, {stays.plain} % if concern "
        f"about security does not fade, and {free.plain} % if no state restricts them beyond the record. "
        "The record does not say which is right."
    )


def chain() -> str:
    """What a lead changes in both years."""

    def cell(outcome: str, year: int, where: str = ABROAD, draws: str = FITTED) -> str:
        """A number with its range."""
        row = one("lead", outcome, where, year, draws)
        return f"{row.signed} ({row.ends})"

    ways: list[tuple[str, Callable[[int], str]]] = [
        ("Chinese part of these networks", partial(cell, "base")),
        ("**reach of Chinese standards in the equipment there**", partial(cell, "reach")),
        ("of it because agendas follow sales", partial(cell, PARTS["agenda"])),
        ("of it because votes follow a state's own networks", partial(cell, PARTS["votes"])),
        *((f"reach in {format_place(group)}", partial(cell, "reach", where=group)) for group in GROUPS[:1]),
        ("reach where states prescribe standards", partial(cell, "reach", draws=REGULATED)),
    ]
    lines = [("what would be higher, in points", *map(str, YEARS)), ("---", *["---:"] * len(YEARS))]
    lines += [(what, *(told(year) for year in YEARS)) for what, told in ways]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    reach, part = one("lead", "reach", ABROAD, YEARS[0]), one("lead", PARTS["agenda"], ABROAD, YEARS[0])
    levels = " and ".join(f"{one('baseline', 'reach', ABROAD, year).plain} %" for year in YEARS)
    said = (
        f"In brackets: {reach.range}; in the two rows that begin with “of it”, the {part.range} of the mean. "
        f"Without the lead that reach is {levels} (`{reach.command}`)."
    )
    return f"{_filled(_chain(YEARS[0]))}\n\n{table}\n\n{_filled(said)}"


def record() -> str:
    """How forecasts do on facts kept aside, and how the model fits the others."""

    def many(outcome: str, where: str = ASIDE) -> str:
        """A count."""
        return one(RECORD, outcome, where, draws="").plain

    return _items(
        f"{_remembers()} ([more](docs/validation.md)).",
        "**Against simple rules**, on facts kept aside to test it, its forecasts are better in "
        f"{many('better')} of {many('comparisons')} comparisons and worse in {many('worse')}; "
        f"{many('equal')} show no difference, and {many('too few')} rest on too few facts. A few "
        "of these facts [were fitted](docs/records.md) by mistake. On facts meant to be "
        f"fitted it beats the rules in {many('better', 'fitted facts')} of "
        f"{many('comparisons', 'fitted facts')}. "
        f"Of {many('targets')} targets set beforehand it meets {many('targets met')}; for "
        f"{many('targets without facts')} there are no facts ([which](docs/validation.md)).",
    )


def _remembers() -> str:
    """How runs forecast what was left out of the record, beside simple rules."""
    first, last = SCORED_YEARS

    def score(forecast: str, measure: str, left: str, year: int) -> Row:
        """A score of a forecast of what was left out."""
        return one(RECORD, f"{forecast}: {measure}", f"without {left}", year, draws="")

    def beside(measure: str, rival: str, left: str, year: int) -> str:
        """The model's score and a rival's, and the difference."""
        mine, other = (score(forecast, measure, left, year) for forecast in (MODEL, rival))
        return f"{mine.plain}, {rival} {other.plain} (difference {other.ends})"

    newest, whole = (GENERATION, last), (ECONOMIES, first)
    operators, economies = (score(MODEL, what, *newest).plain for what in (ASKED_OPERATORS, ASKED_ECONOMIES))
    off, stays = (score(forecast, MEDIAN_OFF, *newest).plain for forecast in (MODEL, STAYS))
    useful, best = (
        BETTER in [score(rival, measure, *newest).verdict for measure in (SQUARED, RANKED)]
        for rival in (MEAN, STAYS)
    )
    forecasts = "and forecasts the next generation from what it remembers"
    title = (
        f"It remembers, {forecasts}"
        if best
        else f"It remembers, {forecasts}, but not visibly better than the rule that all stay"
        if useful
        else "It remembers; whether it forecasts the next generation is not shown"
    )
    return (
        f"**{title}.** Runs without {GENERATION} forecast those of {operators} operators in {economies} "
        f"economies that were read in a source: squared error {beside(SQUARED, STAYS, *newest)}; CRPS of an "
        f"economy's part {beside(RANKED, STAYS, *newest)}. Their median is off by {off} points, {STAYS} by "
        f"{stays}. Without an economy's own contracts its networks of {first} are forecast "
        f"{COMPARED[score(MEAN, SQUARED, *whole).verdict]} {MEAN}: squared error "
        f"{beside(SQUARED, MEAN, *whole)}"
    )


def questions() -> str:
    """What each question's scenario changes where it acts, and what it would under other assumptions."""
    found = [each for each in answered() if not each.when.startswith(ALONE)]
    years = sorted({each.year for each in found})
    heads = [*(f"by {year}" for year in years), f"who pays most, bn USD by {years[-1]}"]
    lines = [f"| what if | {' | '.join(heads)} |", "| --- |" + " --- |" * len(heads)]
    measured = ""
    for each in found[:: len(years)]:
        mine = [other for other in found if other[:2] == each[:2]]
        levels = listed([f"{float(other.level):.0f} %" for other in mine])
        what = f"{each.what}, without it {levels}"
        asked = f"**{scenario_title(each.scenario)}**: {'the same' if what == measured else what}"
        measured = what
        said = asked if each.when == AS_ASKED else each.when
        lines.append(f"| {said} | {' | '.join(other.moved for other in mine)} | {mine[-1].cost} |")
    return "\n".join(lines)


def courted() -> str:
    """Whom to court before a ballot: regions by rank, and whether single economies matter."""
    mine = [each for each in answered() if each.scenario == "training"]
    last = max(each.year for each in mine)
    mine = sorted((each for each in mine if each.year == last), key=lambda each: -float(each.change))
    alone = [each for each in mine if each.when.startswith(ALONE)]
    regions = [each for each in mine if each not in alone]
    ranked = [
        f"{_where(each)} {signed(float(each.change), 2)} points "
        f"({signed(float(each.mean_low), 2)} to {signed(float(each.mean_high), 2)}) for {_bill(each)}"
        for each in regions
    ]
    most = max(float(each.mean_high) for each in alone)
    named = [each.when.removeprefix(ALONE) for each in alone if float(each.mean_high) >= LEAST_MOVED]
    single = f"nobody matters: each of {counted(len(alone))} that were tried alone adds at most {most:.2f}"
    if named:
        single = f"{listed(named)} may matter, of {counted(len(alone))} that were tried alone"
    return _filled(
        f"Effects by {last}, with the 95 % interval of their mean over futures: {listed(ranked)}. Where "
        f"intervals overlap the order is open. Among single economies {single}."
    )


def _where(answer: Answer) -> str:
    """Where training goes."""
    elsewhere = answer.when.removeprefix("if it goes to ").removesuffix(" instead")
    return "Africa" if answer.when == AS_ASKED else elsewhere


def _bill(answer: Answer) -> str:
    """What it costs, with its range."""
    return f"{float(answer.paid):.2g} bn USD ({float(answer.paid_low):.2g} to {float(answer.paid_high):.2g})"

"""What documents take from results: what the README says first, findings, claims and figures.

Tables are those of experiments 10 and 11, over draws that fit the record and ways to build the model, and of
``lockin claims``.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import textwrap
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure
from odd_model import grid
from odd_runs import chinese_base_in_europe

from lockin_sim.ensemble import open_posterior
from lockin_sim.evidence import scores
from lockin_sim.evidence.scores import BETTER, EQUAL, WORSE, aims
from lockin_sim.findings import SINGLE, Finding
from lockin_sim.plots import save
from lockin_sim.plots.kit.style import INK, QUIET, SMALL, room_for, rows_of, sheet
from lockin_sim.record.facts import fact_titles
from lockin_sim.report.futures import ORIGINS
from lockin_sim.studies.variants import CORNERS
from lockin_sim.titles import scenario_title
from lockin_sim.wording import count, listed, number, opening, percent, quoted, signed, span
from lockin_sim.world.names import place

RESULTS = Path(__file__).parents[1] / "results"
CHAIN, EVIDENCE = RESULTS / "10_the_chain", RESULTS / "11_what_the_evidence_says"
POLICIES, SEARCH = RESULTS / "03_policy_comparison", RESULTS / "12_robust_packages"

#: Letters of a line.
WIDTH = 118


def _filled(text: str) -> str:
    """A paragraph in lines."""
    return textwrap.fill(text, WIDTH, break_on_hyphens=False)


# --- the chain from first mover to standard, two years side by side ------------------------------------

#: Years that are told, where, and groups of markets that are named.
YEARS, ABROAD = (2035, 2050), "abroad"
GROUPS = ("Africa", "income:low", "south_and_south_east_asia")

#: The corner of votes and regulators.
POLITICAL = "all_political"

#: The model as declared, and with all estimated parameters drawn from their ranges; all others are built
#: otherwise.
DECLARED, DRAWN = "default", "drawn"


@cache
def _chain(name: str) -> pd.DataFrame:
    """A table of the chain, shares in percentage points."""
    table = pd.read_csv(CHAIN / f"{name}.csv")
    shares = table.select_dtypes(float).columns
    return table.assign(**{column: 100 * table[column] for column in shares})


def _lead(quantity: str, year: int, where: str = ABROAD, alternative: str = DECLARED) -> pd.Series:
    """What the lead does, a row of the table of effects."""
    table = _chain("effects")
    mine = (table["alternative"] == alternative) & (table["change"] == "lead") & (table["year"] == year)
    return table[mine & (table["quantity"] == quantity) & (table["place"] == where)].iloc[0]


def _moved(quantity: str, year: int) -> str:
    """'+5.2 (4.8 to 5.6)'."""
    effect = _lead(quantity, year)
    return f"{signed(effect['effect'], 1)} ({span(effect['effect_low'], effect['effect_high'], 1)})"


def _reach(**which: str) -> Callable[[int], str]:
    """Points of reach in a place or under an alternative, by year."""
    return lambda year: signed(_lead("reach", year, **which)["effect"], 1)


def _through(part: str, year: int, alternative: str = DECLARED) -> float:
    """Points of reach abroad that are gone without a part of the chain."""
    table = _chain("through")
    mine = (table["alternative"] == alternative) & (table["part"] == part) & (table["year"] == year)
    return float(table[mine & (table["quantity"] == "reach") & (table["place"] == ABROAD)]["through"].iloc[0])


def _direct(year: int) -> str:
    """What comes with the equipment: what is left without agenda and votes, or without bodies."""
    whole = _lead("reach", year)["effect"]
    without = whole - _through("agenda", year) - _through("votes", year)
    return span(*sorted((without, whole - _through("bodies", year))), 1)


def chain() -> str:
    """Whether, where, how far and how sure: a table of both years, and what it is about."""
    followed = _followed()
    others, corners = followed - {DECLARED, DRAWN, *CORNERS}, [name for name in CORNERS if name in followed]

    def drawn(year: int) -> str:
        """Where nine in ten single runs lie with estimated parameters drawn."""
        row = _lead("reach", year, alternative=DRAWN)
        return span(row["effect_q05"], row["effect_q95"], 1)

    rows: list[tuple[str, Callable[[int], str]]] = [
        ("Chinese part of these networks", lambda year: _moved("base", year)),
        ("**reach of Chinese standards in the equipment there**", lambda year: _moved("reach", year)),
        ("of it because agendas follow sales", lambda year: number(_through("agenda", year), 1)),
        (
            "of it because votes follow a state's own networks",
            lambda year: number(_through("votes", year), 2),
        ),
        ("of it with the equipment itself (the parts overlap a little)", _direct),
        *((f"reach in {place(group)}", _reach(where=group)) for group in GROUPS),
        (f"reach under {len(others)} other ways to build the model", partial(_otherwise, corners=False)),
        *((f"reach with {CORNERS[name].title}", _reach(alternative=name)) for name in corners),
        ("reach with estimated parameters drawn, nine in ten single runs", drawn),
    ]
    lines = [("what would be higher, in points", *map(str, YEARS)), ("---", *["---:"] * len(YEARS))]
    lines += [(what, *(told(year) for year in YEARS)) for what, told in rows]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    apart = ("two", "three", "four", "five")[len(corners)]  # other ways to build the model, corners, draws
    levels = " and ".join(f"{_lead('reach', year)['level']:.0f} %" for year in YEARS)
    return (
        f"Had {_had()}:\n\n{table}\n\n"
        f"Without the lead that reach is {levels}. All rows but the last {apart} are at the declared "
        "values,\nand the 95 % intervals in brackets show run-to-run variation only."
    )


def says() -> str:
    """What the README says first: the chain, what policies do, and where they do it."""
    year, base, reach = YEARS[0], *(_lead(quantity, YEARS[0]) for quantity in ("base", "reach"))
    first, *_ = found()
    loans = next(told for told in found() if told.policy == LOANS)
    unsure = [told.named for told in found() if told.clear < UNSURE and told.effect.low != told.effect.high]
    regions = pd.read_csv(EVIDENCE / "by_region.csv").set_index(["scenario", "outcome"])
    ends = ["expected", "expected_low", "expected_high"]
    there = Finding("", *(100 * regions.loc[(LOANS, "dependence_sensitive_CHN_Africa"), ends]), doubt=SINGLE)
    points = (
        f"**The chain.** Had {_had()}, they would run {number(base['effect'], 1)} points more of them in "
        f"{year}, and {number(reach['effect'], 1)} points more of the equipment there would support Chinese "
        f"standards: {_direct(year)} points come with the equipment, {number(_through('agenda', year), 1)} "
        f"because the agendas of standards bodies follow sales, {number(_through('votes', year), 2)} because "
        f"states vote as their own networks suggest ({number(_through('votes', year, POLITICAL), 1)} where "
        f"votes and regulators are strongest). Other ways to build the model give {_otherwise(year)} "
        "points instead.",
        f"**A package.** {_reaches()} It depends on all EU members acting together (else no package reaches "
        f"the goals in more than {searched().reached(searched().national)} of draws) and on effort in bodies "
        "counting in full, which no record shows.",
        f"**Single policies.** Of {number(len(found()), 0)} compared, {first.named} moves the share of "
        "Chinese standards in sensitive infrastructure outside China most: "
        f"{first.effect.signed} points in {futures()[0]} (95 % of single runs: {first.effect.ends}). What "
        f"{listed(unsure)} do is unclear. Had China lent nothing from 2015 on, that share would change by "
        f"{loans.effect.signed} points ({loans.effect.ends}), but Chinese vendors' share of Africa's "
        f"sensitive networks by {there.signed} ({there.ends}).",
    )
    return "\n".join(map(_item, points))


def _item(text: str) -> str:
    """An item of a list, in lines."""
    text = text.replace(" %", "\N{NO-BREAK SPACE}%")
    return textwrap.fill(f"- {text}", WIDTH, subsequent_indent="  ", break_on_hyphens=False)


def _had() -> str:
    """'Chinese vendors run 48 % of the networks abroad in 2010 instead of 10 %'."""
    said = (CHAIN / "answer.txt").read_text(encoding="utf-8")
    (lead,) = {*re.findall(r"^Whether.* (\w+ vendors)(?: had)? (run .*?), their", said, re.MULTILINE)}
    return " ".join(lead)


def _otherwise(year: int, *, corners: bool = True) -> str:
    """Between which ends mean effects on reach under other ways to build the model lie."""
    apart = {DECLARED, DRAWN} if corners else {DECLARED, DRAWN, *CORNERS}
    means = [_lead("reach", year, alternative=name)["effect"] for name in _followed() - apart]
    return span(min(means), max(means), 1)


def _followed() -> set[str]:
    """Ways to build the model that the chain was followed under."""
    return {*_chain("effects")["alternative"]}


# --- claims --------------------------------------------------------------------------------------------

#: Measures that the page of claims shows; the file has more.
MEASURES = (
    "retention", "persistence", "cn2035_horizon", "cn2035_sensitive_horizon",
    "dependence_sensitive_CHN_horizon",
)  # fmt: skip
PLACES = {
    "world": "world",
    "abroad": "outside China",
    "greenfield": "abroad, greenfield in 2010",
    "built_2010": "abroad, built by 2010",
}


def claims() -> str:
    """One table a measure: levels with everything on, and what changes with one mechanism off."""
    table = pd.read_csv(RESULTS / "claims" / "claims.csv").set_index(["measure", "switched_off", "group"])
    tables = []
    for measure in MEASURES:
        mine = table.loc[measure]
        switches = list(dict.fromkeys(mine.index.get_level_values("switched_off")))
        levels = (f"*{_per_cent(mine.loc[(switches[0], group), 'full'], '.1f')}*" for group in PLACES)
        lines = [("*level with everything on, %*", *levels)]
        for switch in switches:
            effects = (mine.loc[(switch, group), ["effect", "effect_low", "effect_high"]] for group in PLACES)
            told = ([_per_cent(value, "+.1f") for value in ends] for ends in effects)
            lines.append((switch, *(f"{mean} [{low}, {high}]" for mean, low, high in told)))
        meaning = mine["meaning"].iloc[0].replace("cn2035", "`cn2035`")
        tables.append(f"### {opening(meaning)}\n\n{grid(('switched off', *PLACES.values()), lines)}")
    return "\n\n".join(tables)


def _per_cent(value: float, form: str) -> str:
    """A share in per cent."""
    return f"{100 * value:{form}}".replace("-", "\N{MINUS SIGN}")


# --- the package that a search found robust ------------------------------------------------------------

#: Packages within so much of the best share of draws are as good; less effort than so many times is little.
AS_GOOD, LITTLE = 0.03, 1.5

EFFORT = "standards_effort[EU].effort"


class Searched(NamedTuple):
    """Packages of a search with their settings, and how they were searched."""

    packages: pd.DataFrame
    version: str
    tried: int
    draws: int

    @property
    def best(self) -> pd.DataFrame:
        """Those that reach all goals in about as many draws as the best one."""
        share = self.packages["satisfies"]
        return self.packages[share > share.max() - AS_GOOD]

    @property
    def national(self) -> pd.Series:
        """Whether each member decides for itself in a package."""
        return self.packages["restriction[EU].mode"] == "national"

    def reached(self, mine: pd.Series) -> str:
        """The largest share of draws in which any of some packages reaches all goals."""
        return percent(100 * self.packages.loc[mine, "satisfies"].max(), 0)


@cache
def searched() -> Searched:
    """What experiment 12 found."""
    tables = [pd.read_csv(SEARCH / f"{name}.csv").set_index("package") for name in ("fresh", "front")]
    packages = tables[0].join(tables[1])
    for column in (EFFORT, "export_finance[EU].envelope"):
        packages[column] = packages[column].str.extract(r"([\d.]+)", expand=False).astype(float)
    packages["support"] = packages.filter(like="state_support").iloc[:, 0].str.rstrip(" %").astype(float)
    said = re.search(
        r"^Packages: (\d+) looked at .* in (\d+) fresh", (SEARCH / "answer.md").read_text("utf-8")
    )
    version = json.loads((SEARCH / "manifest.json").read_text(encoding="utf-8"))["full"]["version"]
    assert said is not None
    return Searched(packages, version, int(said[1]), int(said[2]))


def _between(values: pd.Series, digits: int = 0) -> str:
    """'56 to 83'."""
    return span(values.min(), values.max(), digits)


def _reaches() -> str:
    """Which package reaches the goals, in how many draws, and at what price."""
    search, best = searched(), searched().best
    effort, money = best[EFFORT], best["export_finance[EU].envelope"]
    return (
        f"Of {search.tried} packages of EU policy searched by version {search.version}, the best meet four "
        "conditions at once (a point less of Chinese standards abroad and of the EU's dependence, no less "
        "coverage, at most 100 bn USD of public money, delegates' work not counted) in "
        f"{_between(100 * best['satisfies'])} % of draws that fit the record: all members restrict Chinese "
        f"vendors together, and the EU works {_between(effort, 1)} times as hard in standards bodies, lends "
        f"{_between(money)} bn USD a year for its vendors' equipment and pays {_between(best['support'])} % "
        f"of their costs. That costs all governments {_between(best['public_cost_effect'])} bn USD until "
        f"2050, and delegates' work {_between((effort - 1) * _price('eu_in_bodies'))} bn more; the best "
        f"package at no net cost succeeds in {search.reached(search.packages['public_cost_effect'] <= 0)} of "
        "draws."
    )


def package() -> str:
    """What the search found robust, what that depends on, and what would overturn it."""
    search = searched()
    little = search.reached(search.packages[EFFORT] < LITTLE)
    said = (
        f"**The package.** {_reaches()}",
        "**What it depends on.** On two assumptions that no draw varies: all members act together, and more "
        "proposals count for as much more in the bodies. Loans and support matter in few draws.",
        "**What would overturn it.** Where each member restricts for itself, no package reaches all goals "
        f"in more than {search.reached(search.national)} of draws; with less than {LITTLE:g} times the "
        f"effort in bodies, none does in more than {little}. `make run` evaluates the first of these "
        "packages as “Robust EU package” (`eu_robust`). How it was found: "
        "[experiment 12](../experiments/12_robust_packages/README.md).",
    )
    return "\n\n".join(map(_filled, said))


@cache
def _price(policy: str) -> float:
    """What a policy costs the EU with its own buyers until the last year, bn USD."""
    table = pd.read_csv(POLICIES / "public_cost.csv")
    mine = (table["scenario"] == policy) & (table["item"] == "total") & (table["payer"] == "actor")
    return float(table[mine & (table["year"] == table["year"].max())]["effect"].iloc[0])


# --- the headline: the answer, the doubt about it, and what would overturn it --------------------------

OUTCOME, BASELINE, LOANS = "cn2035_sensitive_excluding_CHN", "baseline", "no_dsr"

#: What is meant by it.
WHAT = (
    "the share of Chinese standards in mobile networks, submarine cables, clouds and smart cities outside "
    "China"
)

#: An effect is told where it is clear in so many futures at least, and unsure where it is in fewer than half.
CLEAR, UNSURE = 0.9, 0.5


class Told(NamedTuple):
    """One policy's effect over all futures, in percentage points.

    effect  mean, and the ends between which 95 % of single runs lie
    raises, lowers  parts of futures in which it clearly does
    split   parts of the variance, by origin; NaN without one
    fact, recorded, moved, left  the recorded figure that comes nearest to turning the sign if it is moved
            within its error, and the part of the effect that is left then; "" if none can be named
    """

    policy: str
    effect: Finding
    raises: float
    lowers: float
    split: dict[str, float]
    fact: str
    recorded: float
    moved: float
    left: float

    @property
    def title(self) -> str:
        """What the policy is called."""
        return scenario_title(self.policy)

    @property
    def named(self) -> str:
        """The same in quotes."""
        return quoted(self.title)

    @property
    def clear(self) -> float:
        """The part of futures in which it clearly moves the outcome, the one way or the other."""
        return max(self.raises, self.lowers)


@cache
def found() -> list[Told]:
    """All policies, the one with the largest mean effect first."""
    tables = {}
    for name in ("effects", "shares", "overturned", "split"):
        table = pd.read_csv(EVIDENCE / f"{name}.csv")
        tables[name] = table[table["outcome"] == OUTCOME].set_index("scenario")
    made = []
    for name, row in tables["effects"].drop(index=BASELINE).iterrows():
        effect = Finding(
            WHAT, *(100 * row[["expected", "expected_low", "expected_high"]].astype(float)), doubt=SINGLE
        )
        share, turned = tables["shares"].loc[name], tables["overturned"].loc[name]
        split = tables["split"].loc[name].set_index("origin")["variance_share"].to_dict()
        fact = "" if pd.isna(turned["fact"]) else turned["fact"]
        moved = turned[["recorded", "moved_to", "part_left"]].astype(float)
        made.append(Told(name, effect, share["share_raises"], share["share_lowers"], split, fact, *moved))
    return sorted(made, key=lambda told: -abs(told.effect.size))


@cache
def futures() -> tuple[int, str]:
    """The year of the effects, and over what futures they are taken."""
    said = (EVIDENCE / "headline.txt").read_text(encoding="utf-8")
    match = re.search(r"most in (\d{4}), over (.*):\n", said)
    if match is None:
        raise SystemExit("results of experiment 11 do not say over what: run `python -m experiments 11`")
    return int(match[1]), match[2]


def headline() -> str:
    """The answer on policies, with its doubt and what would overturn it."""
    sure = [told for told in found() if told.clear >= CLEAR]
    return "\n\n".join(
        (_filled(_answer(sure)), _table(sure), _filled(_doubt(sure)), _filled(_overturned(sure)))
    )


def _answer(sure: list[Told]) -> str:
    """The paragraph that answers."""
    first, second, *_ = found()
    loans = next(told for told in found() if told.policy == LOANS)
    return (
        f"**Answer.** Of {number(len(found()), 0)} policies {first.named} moves {WHAT} most: it "
        f"{'lowers' if first.effect.size < 0 else 'raises'} it by "
        f"{number(abs(first.effect.size), first.effect.digits)} percentage points in "
        f"{futures()[0]}. The next is {second.named} with {second.effect.signed}. Had China lent nothing "
        f"from 2015 on ({loans.named}), the share would change by {loans.effect.signed} (95 % of single "
        f"runs: {loans.effect.ends}). {opening(count(len(sure), 'effect'))} "
        f"{'is' if len(sure) == 1 else 'are'} clear in at least {percent(100 * CLEAR, 0)} of futures:"
    )


def _table(sure: list[Told]) -> str:
    """Effects that are clear, line by line."""
    heads = ("95 % of single runs", "clearly lower in", "higher in", "cost to the EU, bn USD")
    lines = [("policy", f"points in {futures()[0]}", *heads), ("---", *["---:"] * 5)]
    for told in sure:
        shares = (percent(100 * part, 0) for part in (told.lowers, told.raises))
        cost = f"{signed(_price(told.policy), 0)}" if round(_price(told.policy)) else "0"
        lines.append((told.title, told.effect.signed, told.effect.ends, *shares, cost))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _doubt(sure: list[Told]) -> str:
    """The paragraph on what is uncertain."""
    parts = []
    for origin, said in ORIGINS.items():
        shares = [100 * told.split[origin] for told in sure]
        parts.append(
            f"{said} {'make' if origin == 'parameters' else 'makes'} {span(min(shares), max(shares), 0)} %"
        )
    still = [told.named for told in found() if told.effect.low == told.effect.high == 0]
    unsure = [told.named for told in found() if told.clear < UNSURE and told.named not in still]
    worth = float(open_posterior().attrs["effective_draws"])
    said = [
        f"**Doubt.** These are means over {futures()[1]}; weighted draws; effective "
        f"sample size {worth:.0f}. Of the spread between single runs {listed(parts)}.",
        f"What {listed(unsure)} do is unclear: the sign is clear in fewer than half of the futures."
        if unsure else "",
        f"{listed(still)} {'has' if len(still) == 1 else 'have'} no effect on this share." if still else "",
    ]  # fmt: skip
    return " ".join(filter(None, said))


def _overturned(sure: list[Told]) -> str:
    """The paragraph on what would turn a sign."""
    near = min((told for told in sure if told.fact), key=lambda told: told.left)
    firm = "none reverses" if near.left >= 0 else "some reverse"
    titles = fact_titles()
    called = {told.policy: quoted(titles.get(told.fact, told.fact)) for told in found()}
    others = "".join(
        f" The effect of {told.named} would change its sign if {called[told.policy]} were {told.moved:.2g} "
        f"instead of {told.recorded:.2g}."
        for told in found()
        if told.left < 0
    )
    return (
        f"**What would overturn it.** Of {number(len(pd.read_csv(EVIDENCE / 'facts.csv')), 0)} recorded "
        f"figures, each moved within its publisher's error, {firm} a sign in this table. The closest is "
        f"{called[near.policy]}: at {near.moved:.2g} instead of {near.recorded:.2g}, "
        f"{percent(100 * near.left, 0)} of the effect of {near.named} would remain.{others} All policies, "
        "and what was expected before the run: "
        "[experiment 11](../experiments/11_what_the_evidence_says/README.md)."
    )


def picture() -> Figure:
    """Mean effects over all futures, and where 95 % of single runs lie."""
    rows = sorted(found(), key=lambda told: told.effect.size)
    (first, *_), (year, over) = found(), futures()
    labels = [told.title for told in rows]
    figure, axes = sheet(
        f"{first.named} moves the share of Chinese standards in sensitive infrastructure outside "
        f"China most: {first.effect.signed} points in {year}",
        f"Mean over {over}; lines hold 95 % of single runs. Filled: clearly lower, or clearly higher, in at "
        f"least {percent(100 * CLEAR, 0)} of futures.",
        width=9.0, body=0.34 * len(rows) + 0.25, left=room_for(labels), right=2.3, bottom=0.62, lead=0.4,
    )  # fmt: skip
    ax = axes[0, 0]
    rows_of(ax, labels)
    ax.axvline(0, color=INK, linewidth=0.8)
    for row, told in enumerate(rows):
        clear, effect = told.clear >= CLEAR, told.effect
        color = INK if clear else QUIET
        ax.plot([effect.low, effect.high], [row, row], color=color, linewidth=1.4, solid_capstyle="butt")
        face = color if clear else "white"
        ax.plot(effect.size, row, "o", markersize=6.0, color=color, markerfacecolor=face)
        ax.text(1.03, row, f"{effect.signed} [{effect.ends}]", transform=ax.get_yaxis_transform(),
                va="center", fontsize=SMALL, color=color)  # fmt: skip
    ax.margins(x=0.06)
    ax.set_xlabel("difference from the baseline, percentage points", fontsize=SMALL, color=QUIET)
    return figure


# --- levels of a comparison, evidence, the record, and figures -----------------------------------------

#: Figures of a comparison, and that of effects over draws.
IMAGES, EFFECTS = ("two_parts",), "effects_abroad"


def level(folder: Path) -> str:
    """What the effects of the headline come on top of, and a caution.  The folder is one of a comparison."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    year, table = manifest["years"][1], pd.read_csv(folder / "levels.csv")
    mine = (table["outcome"] == OUTCOME) & (table["year"] == year)
    base = table[mine & (table["scenario"] == manifest["baseline"])].iloc[0]
    drawn = "" if "posterior" in manifest else "--declared "
    made_by = f"lockin compare {drawn}--runs {manifest['runs']} --seed {manifest['seed']}"
    return _filled(
        f"In the baseline that share is {100 * base['mean']:.0f} % in {year}, at the declared values "
        f"(`{made_by}`). One caution: of Europe's mobile networks Chinese vendors have "
        f"{chinese_base_in_europe()}, and we added correction terms for Europe, Japan and Korea that we "
        "cannot explain."
    )


def record() -> str:
    """How often the model foresees the record better than a simple rival, and how many marks it reaches."""
    held = scores.measured()
    rivals = scores.rivals_of(scores.widest(held.scores))
    better, equal, worse = (
        sum(score.verdict == verdict for score in rivals) for verdict in (BETTER, EQUAL, WORSE)
    )
    reached = [aim for aim in aims(held.scores) if not math.isnan(aim.value)]
    return _item(
        "**It forecasts the record at least as well as simple rules.** Over draws that fit the record, the "
        f"model is better than a simple rule in {better} of {len(rivals)} comparisons and worse in {worse}; "
        f"in {equal} no difference is visible, and {len(rivals) - better - equal - worse} rest on too few "
        f"facts. It meets {sum(aim.holds for aim in reached)} of {len(reached)} targets set beforehand "
        "([which](docs/validation.md))."
    )


def copy_figures(folder: Path, images: Path) -> None:
    """The figures that documents show."""
    shutil.copyfile(CHAIN / "chain.png", images / "chain.png")
    save(picture(), images / f"{EFFECTS}.png")
    for name in IMAGES:
        shutil.copyfile(folder / "figures" / f"{name}.png", images / f"{name}.png")

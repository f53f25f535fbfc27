"""Write results/numbers.csv, the numbers that README and findings cite, from the outputs of commands.

    python tools/make_numbers.py            run the commands, write the table, figures and pages
    python tools/make_numbers.py --collect  the same from what they left in build/numbers

Every number has one key (about, outcome, place, year, draws), is written as pages print it, and names the
command that makes it.  Pages take numbers from this table only, see ``numbered_pages.py``.
"""

from __future__ import annotations

import argparse
import csv
import re
import shlex
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import make_odd
import numpy as np
import pandas as pd
import xarray as xr
from numbered_pages import (
    ABROAD,
    ASIDE,
    ASKED_ECONOMIES,
    ASKED_OPERATORS,
    COST,
    FIRST_PLACE,
    FITTED,
    GROUPS,
    HEADLINE,
    IN_EUROPE,
    LEAD,
    MEDIAN_OFF,
    NUMBERS,
    PARTS,
    RANKED,
    RECORD,
    REGULATED,
    SQUARED,
    STAYS_OF,
    TOSS,
    YEARS,
    Row,
    built,
)

import lockin_sim as ls
from lockin_sim.common.findings import CHANCE, FUTURES, Finding, get_range_name
from lockin_sim.common.formats import AT_MOST, MINUS, number
from lockin_sim.common.netcdf import read_dataset, write_dataset
from lockin_sim.comparisons.by_group import ACTOR
from lockin_sim.comparisons.effects_reader import read_estimate
from lockin_sim.comparisons.measured_places import outcomes
from lockin_sim.comparisons.variants import ALTERNATIVES, DEFAULT, REGULATORS, USUAL
from lockin_sim.evidence import scores, skill_words
from lockin_sim.evidence.borrowers import estimate_supplier_retention
from lockin_sim.evidence.skill import SkillScore
from lockin_sim.pages import plots
from lockin_sim.pages.lead_page import TEN, Lead, Stated, facts_of, loan_numbers
from lockin_sim.pages.report import Comparison
from lockin_sim.pages.structure_table import structure_range
from lockin_sim.studies.lead import AS_LENT, PROGRAMME

ROOT = Path(__file__).resolve().parent.parent
BUILT, IMAGES = ROOT / "build" / "numbers", ROOT / "docs" / "images"

#: Figures of a comparison that pages show, and that of the chain.
FIGURES, CHAIN = ("effects_headline", "two_parts"), "chain"

#: Parameters of the alternative in which states prescribe standards, as they are typed.
_RATE = " ".join(f"--parameter {name}={value}" for name, value in ALTERNATIVES[REGULATORS].settings.items())

#: The outcome that is shown for Europe.
_EUROPE = f"--outcomes '{IN_EUROPE}'"

#: Commands that are run, each into its folder of ``build/numbers``.
COMMANDS = {
    "compare": "lockin compare",
    "regulated": f"lockin compare {_RATE}",
    "europe": f"lockin compare baseline {_EUROPE}",
    "distrust": f"lockin compare baseline {_EUROPE} --parameter salience_fading=0",
    "unrestricted": f"lockin compare baseline {_EUROPE} --parameter restriction_rate=0",
    "chain": "ls.chain()",
    "structures": f"lockin lead --place {FIRST_PLACE} --runs 32 --structure all",
    "lead": "lockin lead",
    "lock_in": f"lockin lock-in {FIRST_PLACE} --runs 256",
}

#: Command whose results come with the package.
SCORED = "python tools/make_validation.py"

#: What reads how often operators stay from the record.
READ_BY = "lockin_sim.evidence.borrowers.read_staying()"


class Key(NamedTuple):
    """What a number is about, of which outcome, where and when, over which draws."""

    about: str
    outcome: str
    place: str = ""
    year: int | str = ""
    draws: str = ""


def row(key: Key, found: Finding, command: str, *, level: bool = False) -> Row:
    """A finding as pages print it."""

    def cell(value: float) -> str:
        """A number without typographic signs."""
        text = number(value, found.digits) if np.isfinite(value) else ""
        return text.replace(MINUS, "-").replace("\N{NARROW NO-BREAK SPACE}", "")

    span = get_range_name(found.doubt).replace("\N{NO-BREAK SPACE}", " ") if found.ranged else ""
    unit, verdict = (found.unit.level, "") if level else (found.unit.short, str(found.verdict.value))
    return Row(*map(str, key), unit, *map(cell, (found.size, found.low, found.high)), span, verdict, command)


def _count(key: Key, value: float, command: str, unit: str = "") -> Row:
    """A whole number without a range."""
    return Row(*map(str, key), unit, f"{value:.0f}", "", "", "", "", command)


# --- commands ------------------------------------------------------------------------------------------


def run(name: str) -> None:
    """Run a command in a new process, since the package may have a new table; the chain in this one.

    name: key of COMMANDS
    """
    if name == "chain":
        (BUILT / name).mkdir(parents=True, exist_ok=True)
        write_dataset(ls.chain(USUAL), BUILT / name / "chain.nc")
        return
    words = shlex.split(COMMANDS[name])[1:]
    options = ("--quiet", "--out", str(BUILT / name))
    subprocess.run([sys.executable, "-m", "lockin_sim", *words, *options], check=True, cwd=ROOT)


def policies() -> Iterator[Row]:
    """What each policy changes and costs, with states that prescribe no standards and with such that do."""
    for name, draws in (("compare", FITTED), ("regulated", REGULATED)):
        evidence, command = Comparison.open(BUILT / name).evidence, COMMANDS[name]
        assert evidence.headline == HEADLINE
        where = outcomes()[HEADLINE].place
        for policy in evidence.ranked(HEADLINE):
            key = Key(policy, HEADLINE, where, evidence.last, draws)
            yield row(key, evidence.finding(policy, HEADLINE), command)
            if draws == FITTED:
                bill = evidence.bill(evidence.studies["public_cost"], policy, ACTOR)
                yield row(key._replace(outcome=COST, place=evidence.actor), bill, command)
        for year in (evidence.present, evidence.last):
            key = Key("baseline", HEADLINE, where, str(year), draws)
            yield row(key, evidence.standing(HEADLINE, year), command, level=True)


def europe() -> Iterator[Row]:
    """Chinese vendors in Europe at the end: as fitted, if concern stays, and if no state restricts more."""
    for name in ("europe", "distrust", "unrestricted"):
        evidence = Comparison.open(BUILT / name).evidence
        key = Key("baseline" if name == "europe" else name, IN_EUROPE, "Europe", evidence.last, FITTED)
        yield _count(key, evidence.level("baseline", IN_EUROPE).mean, COMMANDS[name], "%")


# --- the chain -----------------------------------------------------------------------------------------


def links() -> Iterator[Row]:
    """What a lead changes along the chain, by year, place and way to build the model."""
    chain, command = read_dataset(BUILT / "chain" / "chain.nc"), COMMANDS["chain"]
    first = int(chain["year"].values[0])
    for alternative in map(str, chain["alternative"].values):
        draws = FITTED if alternative == DEFAULT else built(alternative)
        at: dict[str, Any] = {"alternative": alternative, "place": ABROAD}
        for year in (first, *YEARS) if alternative == DEFAULT else YEARS:
            for quantity in ("base", "reach"):
                key = Key("lead", quantity, ABROAD, year, draws)
                yield row(key, _left(chain, quantity, year=year, **at), command)
                level = 100 * float(chain["level"].sel(quantity=quantity, year=year, **at))
                yield _count(key._replace(about="baseline"), level, command, "%")
        for year in YEARS:
            key = Key("lead", "", ABROAD, year, draws)
            yield from _parts(chain, key, command, **at)
            if alternative == DEFAULT:
                for group in GROUPS:
                    found = _left(chain, "reach", year=year, **(at | {"place": group}))
                    yield row(key._replace(outcome="reach", place=group), found, command)


def _left(chain: xr.Dataset, quantity: str, **at: Any) -> Finding:
    """What a lead adds to a quantity, with the range of single runs."""
    at |= {"quantity": quantity, "change": "lead"}
    low, high = (100 * float(chain[f"effect_{end}"].sel(at)) for end in ("q05", "q95"))
    return Finding("", 100 * float(chain["effect"].sel(at)), low, high, doubt=FUTURES)


def _parts(chain: xr.Dataset, key: Key, command: str, **at: Any) -> Iterator[Row]:
    """What of a lead's reach passes through agendas, votes and regulators, and what without bodies."""
    at |= {"quantity": "reach", "year": int(key.year)}
    for part, outcome in PARTS.items():
        through = Finding.of(read_estimate(chain, 100.0, "through", part=part, **at), doubt=CHANCE)
        yield row(key._replace(outcome=outcome), through, command)


# --- the question of the first page -----------------------------------------------------------------------


def loans() -> Iterator[Row]:
    """A verdict, what loans win and what is left of it by place, what keeps it, and the standard."""
    lead = Lead(read_dataset(BUILT / "lead" / "lead.nc"))
    facts, command = facts_of(lead), COMMANDS["lead"]
    assert facts["judged"] == AS_LENT
    assert not facts[PROGRAMME]["why"]

    def row_of(outcome: str, stated: Stated, place: str = FIRST_PLACE) -> Row:
        """A number and its range."""
        value, ends = (text.replace(MINUS, "-").replace("+", "") for text in (stated.value, stated.ends))
        low, high = ends.removeprefix(AT_MOST).split(" to ") if ends else ("", "")
        span = f"{AT_MOST if ends.startswith(AT_MOST) else ''}{stated.span}" if ends else ""
        key = Key(LEAD, outcome, place, stated.year, FITTED)
        return Row(*map(str, key), stated.unit, value, low, high, span, "", command)

    judged = row_of("verdict", facts["numbers"][f"lent left {TEN}"])
    yield judged._replace(verdict=facts["verdict"])
    for name, stated in facts["numbers"].items():
        yield row_of(name, stated)
    for order, place in enumerate(lead.ds["place"].values.tolist()):
        for name, stated in loan_numbers(lead, place=place).items() if order else ():
            yield row_of(name, stated, place)
        record = str(lead.ds["place_record"].values[order, 0])
        many = _count(Key(LEAD, "economies", place, "", FITTED), lead.ds.sizes["place"], command)
        yield many._replace(value=re.findall(r"\d+", record)[1], verdict=record)


def structures() -> Iterator[Row]:
    """How many structures there are, and the least and most that is left under any of them."""
    found, command = structure_range(adopted_structures()), COMMANDS["structures"]
    key = Key(LEAD, "structures", FIRST_PLACE, "", FITTED)
    yield _count(key, found["many"], command)
    yield _count(key._replace(outcome="structures with too little"), found["little"], command)
    for after, ends in found["ends"].items():
        for name, (value, title) in zip(("least", "most"), ends, strict=True):
            row = _count(key._replace(outcome=f"{name} after {after}"), 0.0, command, "of 100")
            yield row._replace(value=value.replace(MINUS, "-"), verdict=title)


def adopted_structures() -> pd.DataFrame:
    """Numbers of structures, copied from the command's folder to those that come with the package."""
    made = BUILT / "structures" / "structures.csv"
    shutil.copyfile(made, ROOT / "lockin_sim" / "evidence" / made.name)
    return pd.read_csv(made)


def stays() -> Iterator[Row]:
    """How often operators stay with a Chinese main supplier, by whether their economy had borrowed."""
    for whose, found in zip(STAYS_OF, estimate_supplier_retention(), strict=True):
        key = Key(RECORD, f"stays, {whose}", "contracts that were read")
        cells = [f"{100 * value:.0f}" for value in (found.value, found.low, found.high)]
        yield Row(*map(str, key), "%", *cells, "exact 95 % interval", "", READ_BY)
        yield _count(key._replace(outcome=f"cases, {whose}"), found.n, READ_BY)


def toss() -> Iterator[Row]:
    """What is left of a coin's toss between two vendors, as the model is and without switching costs."""
    ds, command = read_dataset(BUILT / "lock_in" / "lock_in.nc"), COMMANDS["lock_in"]
    for name, without in {"left": "nothing", "free": "switching_cost"}.items():
        for after in (10, 25):
            at = ds.sel(without=without, place=FIRST_PLACE, after=after)
            cells = [f"{float(at[f'left{end}']):.0f}" for end in ("", "_low", "_high")]
            key = Key(TOSS, f"{name} after {after}", FIRST_PLACE, int(ds.attrs["year"]), FITTED)
            yield Row(*map(str, key), "of 100", *cells, "95 % interval of the mean", "", command)
    yield _count(Key(TOSS, "runs", FIRST_PLACE, int(ds.attrs["year"]), FITTED), ds.attrs["runs"], command)


# --- the record ----------------------------------------------------------------------------------------


def record() -> Iterator[Row]:
    """How forecasts compare with simple rules, on contracts left out of the record and on facts kept aside,
    and the fit on others; targets met."""
    for skill in skill_words.read_bundled_skills().skills:
        yield from _scored(skill)
    held = scores.read_bundled_scores()
    for place, counts in (
        (ASIDE, scores.count_verdicts(scores.select_kept_aside(held))),
        ("fitted facts", scores.count_verdicts(scores.select_fitted(held))),
    ):
        for verdict, many in counts.items():
            yield _count(Key(RECORD, verdict, place), many, SCORED)
        yield _count(Key(RECORD, "comparisons", place), sum(counts.values()), SCORED)
    aims = scores.evaluate_targets(held)
    met, asked = sum(aim.holds for aim in aims), len(aims)
    without = sum(np.isnan(aim.value) for aim in aims)
    for outcome, many in (("targets", asked), ("targets met", met), ("targets without facts", without)):
        yield _count(Key(RECORD, outcome, ASIDE), many, SCORED)


def _scored(skill: SkillScore) -> Iterator[Row]:
    """Scores of a forecast of what was left out; with low and high, of the model's score less a rival's."""
    squared, ranked = (skill.score, skill.low, skill.high), (skill.crps, skill.crps_low, skill.crps_high)
    for measure, (value, low, high) in {SQUARED: squared, RANKED: ranked}.items():
        key = Key(RECORD, f"{skill.forecast}: {measure}", f"without {skill.left}", skill.year)
        ends = ("", "") if np.isnan(low) else (f"{low:.3f}", f"{high:.3f}")
        verdict = skill.verdict if measure == SQUARED else skill.crps_verdict
        span = "95 % interval of the model's score less this" if ends[0] else ""
        yield Row(*map(str, key), "", f"{value:.3f}", *ends, span, verdict, SCORED)
    counts = {ASKED_OPERATORS: skill.operators, ASKED_ECONOMIES: skill.economies}
    for measure, value in {MEDIAN_OFF: skill.points, **counts}.items():
        key = Key(RECORD, f"{skill.forecast}: {measure}", f"without {skill.left}", skill.year)
        yield _count(key, value, SCORED, "points" if measure == MEDIAN_OFF else "")


# --- the table -----------------------------------------------------------------------------------------


def table() -> list[Row]:
    """All rows.  Raises ValueError for a key with two values."""
    rows = [*policies(), *europe(), *links(), *structures(), *loans(), *stays(), *toss(), *record()]
    if twice := [key for key, many in Counter(each.key for each in rows).items() if many > 1]:
        raise ValueError(f"numbers: found two values of {', '.join(twice[0])}")
    return rows


def write(rows: list[Row]) -> None:
    """Write the table, and the figures and the report that come with it."""
    with NUMBERS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Row._fields)
        writer.writerows(rows)
    compared = BUILT / "compare"
    (ROOT / "docs" / "sample_report.html").write_text(Comparison.open(compared).page(), "utf-8")
    for figure in FIGURES:
        shutil.copyfile(compared / "figures" / f"{figure}.png", IMAGES / f"{figure}.png")
    shutil.copyfile(BUILT / "lead" / "lead.png", IMAGES / "lead.png")
    chain = read_dataset(BUILT / "chain" / "chain.nc")
    plots.save(plots.chain(chain, year=YEARS[0]), IMAGES / f"{CHAIN}.png")


def main() -> int:
    """Run the commands, unless they have run, and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--collect", action="store_true", help="take what the commands left in build/numbers")
    if not parser.parse_args().collect:
        for name in COMMANDS:
            run(name)
            if name == "structures":
                adopted_structures()  # the page of the lead shows them
    write(table())
    return make_odd.main([])


if __name__ == "__main__":
    raise SystemExit(main())

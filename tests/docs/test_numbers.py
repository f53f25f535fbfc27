"""Numbers that head pages: each once, in one table, with the command that makes it; none is typed."""

import re
import shlex
from html import unescape
from pathlib import Path

import make_odd
import numbered_pages
import pytest
from make_numbers import COMMANDS, READ_BY, SCORED
from numbered_pages import COST, FITTED, HEADLINE, LOANS, REGULATED, rows

import lockin_sim as ls
from lockin_sim.common.formats import MINUS
from lockin_sim.common.prose import render_bundled_answer
from lockin_sim.evidence import scores
from lockin_sim.settings.policies import scenarios
from lockin_sim.settings.titles import scenario_title

ROOT = Path(__file__).parents[2]
SECTION = re.compile(r"<!-- generated: (\S+) -->\n(.*?)<!-- end -->", re.DOTALL)

#: Pages that say results, and their sections from the table.
PAGES = {
    "README.md": {"answer", "says", "record", "europe"},
    "docs/findings.md": {"headline", "level", "chain"},
}
TEXTS = {page: (ROOT / page).read_text(encoding="utf-8") for page in PAGES}


def plain(text):
    """Text with plain spaces and minus signs, in one line."""
    spaces = text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", "")
    return " ".join(spaces.replace(MINUS, "-").split())


def numbers(text):
    """All numbers of a text without their signs, but those in links and in code."""
    bare = re.sub(r"\]\([^)]*\)|`[^`]*`|version [\d.]+", " ", plain(text))
    return set(re.findall(r"\d+(?:\.\d+)?", bare))


# --- the table ---


def test_no_key_has_two_values():
    keys = [row.key for row in rows()]
    assert len(keys) > 100
    assert [key for key in set(keys) if keys.count(key) > 1] == []


def test_every_number_names_a_command_that_there_is():
    from typer.main import get_command

    from lockin_sim.cli import app

    known, commands = get_command(app).commands, {row.command for row in rows()}
    assert commands == {*COMMANDS.values(), SCORED, READ_BY}
    for command in commands - {READ_BY}:
        if called := re.fullmatch(r"ls\.(\w+)\(.*\)", command):
            assert called[1] in ls.__all__, command
            continue
        program, *words = shlex.split(command)
        if program == "lockin":
            assert words[0] in known, command
            options = {name for each in known[words[0]].params for name in each.opts}
            assert {word for word in words if word.startswith("--")} <= options
        else:
            assert program == "python"
            assert words[0] == "-m" or (ROOT / words[0]).is_file(), command


def test_what_heads_pages_rests_on_fitted_draws_and_none_is_averaged_over_regulators():
    """Each policy has one effect without states that prescribe standards, and another with them."""
    policies = {name for name in scenarios() if name != "baseline"}
    for draws in (FITTED, REGULATED):
        mine = {row.about for row in rows() if (row.outcome, row.draws) == (HEADLINE, draws)}
        assert mine == policies | {"baseline"}
    commands = {row.command for row in rows() if row.draws.startswith(FITTED)}
    assert not [command for command in commands if "--declared" in command or "prior" in command]
    with_, without = (
        next(row.command for row in rows() if (row.about, row.draws) == (LOANS, draws))
        for draws in (REGULATED, FITTED)
    )
    assert with_.startswith(without)
    assert "regulation_rate" in with_
    assert "regulation_rate" not in without


def test_a_price_is_of_public_money_and_buyers_with_delegates_work():
    """One definition, with its range: effort in bodies alone has a price."""
    bill = numbered_pages.one("eu_in_bodies", COST)
    assert float(bill.low) < float(bill.value) < float(bill.high)
    assert float(bill.value) > 0
    assert {row.place for row in rows() if row.outcome == COST} == {"EU"}


def test_counts_of_the_record_are_those_of_the_scores():
    held = scores.read_bundled_scores()
    aside = scores.count_verdicts(scores.select_kept_aside(held))
    assert aside == {row.outcome: int(row.value) for row in rows()
                     if row.place == "facts kept aside" and row.outcome in aside}  # fmt: skip
    aims = scores.evaluate_targets(held)
    assert int(numbered_pages.one("record", "targets", draws="").value) == len(aims)


# --- pages ---


@pytest.mark.parametrize(
    ("page", "name"), [(page, name) for page, names in PAGES.items() for name in sorted(names)]
)
def test_every_number_of_a_page_is_one_of_the_table(page, name):
    said = dict(SECTION.findall(TEXTS[page]))[name]
    cells = {cell.removeprefix("-") for row in rows() for cell in (row.value, row.low, row.high, row.year)}
    recorded = {part for row in rows() if row.outcome == "economies" for part in numbers(row.verdict)}
    count = {str(len(numbered_pages.policies()))}
    # no results: quantiles, experiments, years of a policy and of the record, and what is asked about loans
    others = {
        "90", "95", "11", "12", "2015", "2023", "3.5", "100", "20", "2011", "2030", "10", "25", *"12345"
    }  # fmt: skip
    assert numbers(said) - cells - recorded - count - others == set()


@pytest.mark.parametrize("page", PAGES)
def test_no_result_is_typed(page):
    by_hand = plain(SECTION.sub("", TEXTS[page]))
    assert re.findall(r"[-\d.]+ (?:%|points|percentage|bn USD|USD bn)|of 1[67]\b", by_hand) == []
    assert {name for name, _ in SECTION.findall(TEXTS[page])} == PAGES[page]


def test_a_number_that_changes_changes_on_every_page(monkeypatch):
    loans = numbered_pages.one(LOANS)
    other = [row._replace(value="-77.7") if row.key == loans.key else row for row in rows()]
    monkeypatch.setattr(numbered_pages, "rows", lambda: other)
    changed = {path.name for path, text in make_odd.stale().items() if "77.7" in text}
    assert changed == {"README.md", "findings.md"}


def test_the_sample_report_says_the_same_of_every_policy():
    report = (ROOT / "docs" / "sample_report.html").read_text(encoding="utf-8")
    text = plain(unescape(re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", report, flags=re.DOTALL)))
    every = numbered_pages.policies()
    assert f"Of {len(every)} policies compared" in text
    assert plain(render_bundled_answer()) in text
    for row in every:
        title, ends = re.escape(scenario_title(row.about)), rf"\+?{row.low} to \+?{row.high}"
        said = rf"{title}( \(thought experiment\))? {re.escape(plain(row.signed))} {ends} "
        assert re.search(said, text), row
    assert "83 bn USD" not in text  # the price that the search gave, without delegates' work

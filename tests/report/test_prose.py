"""What the pages say, word by word: a change of wording shows, whatever the numbers are.

Numbers are left out, and what stands in cells, beneath figures and in the description of the model.  Where a
change is meant, read the difference and mend the text: it is what a reader will meet.
"""

import re
from pathlib import Path

import pytest
from reader import read

import lockin_sim as ls
from lockin_sim.exits.page import exit_page
from lockin_sim.report import page
from tests.studies.test_exits import HOW

PROSE = Path(__file__).parent / "prose"
BLOCKS = ("p", "li", "h1", "h2", "h3", "caption", "th", "dt", "dd", "span")
LEFT_OUT = ("style", "script", "tbody", "figure", "form", "svg", "pre", "nav")
NUMBER = re.compile(r"[-+−]?\d[\d\N{NARROW NO-BREAK SPACE}.]*(?<!\.)")


def words(element):
    """Texts of headings, paragraphs, lists, captions and heads of tables, a line each, without numbers."""
    lines = []
    for child in element.children:
        if isinstance(child, str) or child.tag in LEFT_OUT or child.attributes.get("id") == "limits":
            continue
        inside = words(child)
        lines += inside or ([NUMBER.sub("#", child.text)] if child.tag in BLOCKS else [])
    return [line for line in lines if line]


@pytest.fixture(scope="module")
def pages(made):
    """Every page of the package that says what was found."""
    return {
        "report": page(made, {}),
        "report_of_effects_alone": page({"effects": made["effects"]}, {}),
        "exit_plan": exit_page(ls.exit_plan("C4", leaving="S1", year=2017, policies=[], **HOW)),
    }


@pytest.mark.parametrize("name", ["report", "report_of_effects_alone", "exit_plan"])
def test_pages_say_what_they_said(pages, name):
    said = words(read(pages[name]).one("body"))
    assert said == (PROSE / f"{name}.txt").read_text("utf-8").splitlines()
    assert not re.search(r"\bnan\b|\binf\b|None|\bTrue\b|\{\{|%\}", " ".join(said))

"""Does the page of known answers say what was measured?"""

import re

import make_theory
from theory.catalogue import CATALOGUE
from theory.mutants import MUTANTS


def test_the_page_is_what_its_sources_give():
    text = make_theory.PAGE.read_text(encoding="utf-8")
    assert make_theory.page(make_theory.measured()) == text, "run: python tools/make_theory.py"


def test_every_case_was_measured_and_passed_or_says_why_not():
    checks = make_theory.measured()
    assert all(c["passed"] for c in checks)
    expressed = {name for name, known in CATALOGUE.items() if not known.why_not}
    assert {c["case"] for c in checks} == expressed


def test_every_planted_mistake_was_caught():
    section = re.search(
        r"<!-- measured: mutants -->\n(.*?)<!--", make_theory.PAGE.read_text("utf-8"), re.DOTALL
    )
    assert section is not None
    rows = section[1].splitlines()[2:]
    assert len(rows) == len(MUTANTS)
    assert not [row for row in rows if row.split("|")[2].strip() == "**nobody**"]

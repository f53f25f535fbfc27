"""Does the page of known answers say what was measured?"""

import json

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
    records = json.loads((make_theory.RESULTS / "mutations.json").read_text(encoding="utf-8"))["mistakes"]
    assert len(records) == len(MUTANTS)
    assert [record["mistake"] for record in records if not record["caught"]] == []
    assert make_theory.mutants([]) == f"{len(MUTANTS)} of {len(MUTANTS)} mistakes were caught.\n"

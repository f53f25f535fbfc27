"""One of each kind, added to a copy of the package in the files that CONTRIBUTING.md names alone, works."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def add_row(table, row):
    table.write_text(table.read_text(encoding="utf-8").rstrip("\n") + f"\n{row}\n", encoding="utf-8")


def add_code(module, code):
    module.write_text(module.read_text(encoding="utf-8") + f"\n\n{code}", encoding="utf-8")


def put(module, before, code, *, within=""):
    """Insert code before the first line that starts so, behind the line that starts as ``within``."""
    text = module.read_text(encoding="utf-8")
    place = text.index(f"\n{before}", text.index(f"\n{within}")) + 1
    module.write_text(text[:place] + code + text[place:], encoding="utf-8")


# --- one addition each ---------------------------------------------------------------------------------


def vendor(package):
    add_row(package / "data/vendors.csv", "acme,Acme,KEN,,firm")
    add_row(package / "data/offers.csv", "acme,cloud,2011,0,0.9,0,1,0,0,0")
    add_row(package / "data/quality.csv", "cloud,acme,2011,0,settled")


def fact(package):
    """Read as a question with its answer, by whatever looks at the record."""
    row = "cloud,world,2018,FY,iaas,acme,0.0125,sales,gartner_2018,measured,fit,,,"
    add_row(package / "data/records/observations.csv", row)


def domain(package):
    table = package / "data/domains.csv"
    rows = table.read_text(encoding="utf-8").splitlines()
    like = next(row for row in rows if row.startswith("smart_city,"))
    add_row(table, re.sub("^smart_city,[^,]*,", "quantum_cloud,Quantum clouds,", like))
    add_row(package / "data/operator_rules.csv", "quantum_cloud,agency,gdp,0,1.2,5,0.78,")
    for name in ("acme", "huawei"):
        add_row(package / "data/offers.csv", f"{name},quantum_cloud,2010,0.5,1,1,1,0,0,0")
        add_row(package / "data/quality.csv", f"quantum_cloud,{name},2010,0,settled")
    for family in ("international", "cn2035", "open"):
        add_row(package / "data/usual_base.csv", f"quantum_cloud,{family},0")


def group(package):
    add_row(package / "data/groups.csv", "east_africa,East Africa,iso3,KEN;TZA;UGA,")


def procedure(package):
    code = """@_procedure
def acclamation(counted, quota, blocking):
    share = 0.0 * counted.heads.yes + 0.875
    return share, share > quota
"""
    add_code(package / "rules/voting.py", code)
    table = package / "data/bodies.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("weighted_firms", "acclamation"), "utf-8")


def parameter(package, name="unused"):
    code = f"""    {name}: float | Floats = parameter("title of {name}",
        0.5, unit="utility", valid=domains.PULL, range=(0, 1), symbol=r"\\zeta", source="assumed",
        doc="{name}.")
"""
    put(package / "settings/parameters.py", "    network_weight:", code)


def term(package):
    """Known to all buyers alike: both engines, compiled code and ``explain`` read the one table."""
    code = "def novelty_term(novelty, novelty_weight):\n    return novelty_weight * novelty\n"
    add_code(package / "rules/utility.py", code)
    parameter(package, "novelty_weight")
    offers = package / "model/decisions/offers.py"
    put(offers, "\n\ndef compute_weights", "    novelty: Numbers = 0.0\n", within="class Weights")
    put(offers, "    )\n\n", "        p.novelty_weight,\n", within="def compute_weights")
    put(offers, "\n\ndef make_field_replacer", "    novelty: Numbers = 0.0\n", within="class Offer")
    words = '    novelty: Annotated[Numbers, "the charm of the new"]\n'
    put(offers, "\n\n@cache", words, within="class UtilityTerms")
    line = "        novelty=utility.novelty_term(offer.novelty, weight.novelty),\n"
    put(offers, "    )\n", line, within="def compute_terms")
    seen = package / "model/seen.py"
    put(seen, "    keys: Keys", "    novelty: Floats\n", within="class MarketView")
    given = '        "novelty": 4.0 * np.indices(world.slot_vendor.shape)[1],\n'
    put(seen, '        "keys": world', given, within="def known_of")
    put(seen, "    keys: Keys", "    novelty: Floats\n", within="class Seen")
    read = "        novelty=row(market.novelty, vendors, d),\n"
    put(seen, "        keys=row", read, within="def seen_by_all")
    offered = "        novelty=seen.novelty,\n"
    put(package / "model/stages.py", "        sibling_fit=sibling_fit,", offered, within="def offered")


def variable(package):
    code = '''@variable("domain", "1")
def open_market(s: Snapshot) -> Floats:
    """Share of capacity that nobody has built."""
    return 1.0 - s.state.installed.sum(axis=-1).mean(axis=-1)
'''
    add_code(package / "model/measures/variables.py", code)


def outcome(package):
    code = '''@outcome("share", "deployed share of capacity")
def deployed(ds: xr.Dataset, world: World) -> Floats:
    """Share of the world's capacity that is deployed."""
    return _average_over_domains(ds, _read_by_run(ds, "coverage"))
'''
    add_code(package / "comparisons/outcomes.py", code)


def lever(package):
    code = '''_MORE = "multiplies the market; neutral 1"


@lever("domain")
def larger_market(
    at: Reach, *, factor: float = amount(1.0, "size of the market", "factor", 0.1, 10, _MORE)
) -> None:
    """What is spent in a domain."""
    at.conditions.market_size[at.cells()] *= factor
'''
    add_code(package / "settings/levers/catalogue.py", code)


def scenario(package):
    text = """name = "boom"
question = "What does a larger market change?"
source = "assumed"

[[levers]]
lever = "larger_market"
target = "cloud"
from = 2011
factor = 2.0
"""
    (package / "data/policies/boom.toml").write_text(text, encoding="utf-8")


def study(package):
    """Arms along an axis, run once on the same luck, subtracted by name, with an interval."""
    code = """def dear_switching(runs: int = RUNS.pool, **options: Unpack[Options]) -> xr.Dataset:
    \"\"\"What dearer switching changes in the share of the sponsor under study.\"\"\"
    how, base = build_setup(runs, **options), load_comparable_scenario("baseline")
    arms = {("declared",): Arm(base), ("dear",): Arm(base, {"switching_cost": 9.0})}
    measure = build_chain_measure(how, ["world"], how.world.domains)
    values = Trial(("cost",), arms, measure, how).run()["values"]
    return estimate_differences("share", effect=values.sel(cost="dear") - values.sel(cost="declared"))
"""
    add_code(package / "studies/chain.py", code)
    line = "from lockin_sim.studies.chain import dear_switching as dear_switching\n"
    put(package / "__init__.pyi", "from lockin_sim.comparisons.compare", line)


def figure(package):
    code = '''@figure(of="sweep", file="later")
def swept_again(sweep: xr.Dataset, *, title: str | None = None) -> Figure:
    """A sweep once more."""
    return fan(sweep, title=title)
'''
    add_code(package / "pages/plots/runs.py", code)


#: What is added, in this order, to one copy; by its name in the table of CONTRIBUTING.md.
ADDITIONS = {
    "a vendor": vendor,
    "a fact": fact,
    "a domain": domain,
    "a group of markets": group,
    "a voting procedure": procedure,
    "a parameter": parameter,
    "a term of an offer's worth": term,
    "a variable of a dataset": variable,
    "an outcome": outcome,
    "a lever": lever,
    "a scenario": scenario,
    "a study": study,
    "a figure": figure,
}

# --- what the copy then is -----------------------------------------------------------------------------

LOOK = """
import json
import numpy as np
import lockin_sim as ls
from lockin_sim.evidence.validate import list_facts
from lockin_sim.model import decisions
from lockin_sim.comparisons.measured_places import outcomes

world, how = ls.load_world(), {"runs": 1, "years": (2010, 2012)}
record = ["open_market", "group_vendor_share", "vote_share"]
ds, baseline = (ls.simulate(name, world=world, record=record, **how) for name in ("boom", "baseline"))
agents = ls.simulate("boom", world=world, engine="mesa", **how)
why = ls.explain("boom", country="KEN", domain="quantum_cloud", year=2012)
terms, shown = why.data, str(why) + why._repr_html_()
p, silent = ls.Parameters(), dict.fromkeys(decisions.Offer._fields, 0.0)
worth = [
    decisions.sum_terms(
        decisions.compute_terms(decisions.Offer(**silent | {"novelty": new}), weights), np.array([True])
    )
    for weights in [decisions.compute_weights(p, 0.0, 1.0)] for new in (0.0, 2.0)
]
dear = ls.dear_switching(2, world=world, years=how["years"], workers=1)
last, seen = ds.isel(run=0, year=-1), terms.terms.sel(term="novelty")
shares = [each.vendor_share.sel(vendor="acme").transpose("run", "year", "domain") for each in (ds, agents)]
size = [each.market_size.sel(domain="cloud", year=2012).item() for each in (ds, baseline)]
print(json.dumps({
    "file": ls.world.__file__,
    "a vendor": shares[0].sel(domain="cloud").values[0].tolist(),
    "a fact": [
        [each.subject, each.recorded, each.split]
        for each in list_facts(world) if each.question.members == ("acme",)
    ],
    "a domain": [last.vendor_share.sel(domain="quantum_cloud").sum().item(), *terms.vendor.values.tolist()],
    "a group of markets": last.group_vendor_share.sel(group="east_africa", domain="cloud").sum().item(),
    "a voting procedure": last.vote_share.sel(body="3GPP", domain="mobile_network").values.tolist(),
    "a parameter": [p.unused, p.novelty_weight],
    "a term of an offer's worth": [seen.max().item(), (worth[1] - worth[0]).item()],
    "its words": [shown.count("the charm of the new"), shown.count("novelty")],
    "a variable of a dataset": [last.open_market.attrs["long_name"], *last.open_market.values.tolist()],
    "an outcome": outcomes(world)["deployed"].of(ds, world)[0].tolist(),
    "a lever": size[0] / size[1],
    "a scenario": "boom" in ls.scenarios(),
    "a study": [of.isel(year=-1, quantity=0, place=0).item() for of in (dear.effect, dear.pairs_used)],
    "a figure": [ls.plots.swept_again.__doc__, list(ls.plots.saving("sweep", ds, None))],
    "engines": np.nanmax(np.abs(shares[0].values - shares[1].values)),
}))
"""


def contents(package):
    return {path.relative_to(package).as_posix(): path.read_bytes() for path in package.rglob("*.*")}


@pytest.fixture(scope="module")
def grown(tmp_path_factory):
    """Files that each addition touched, and what the copy then says of itself."""
    place = tmp_path_factory.mktemp("copy")
    package = place / "lockin_sim"
    shutil.copytree(ROOT / "lockin_sim", package, ignore=shutil.ignore_patterns("__pycache__"))
    touched, before = {}, contents(package)
    for name, add in ADDITIONS.items():
        add(package)
        after = contents(package)
        touched[name] = {path for path, content in after.items() if before.get(path) != content}
        before = after
    command, surroundings = [sys.executable, "-c", LOOK], os.environ | {"PYTHONPATH": str(place)}
    outcome = subprocess.run(
        command, cwd=place, env=surroundings, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stderr
    said = json.loads(outcome.stdout)
    assert Path(said["file"]).is_relative_to(package)
    return touched, said


def promised(addition):
    """Files and folders that the table names for an addition, as far as its first semicolon."""
    row = re.search(rf"^\| {addition} \| ([^;|]*)", CONTRIBUTING, re.MULTILINE)
    assert row is not None, f"no row for {addition}"
    return re.findall(r"`(?:lockin_sim/)?([\w/]+(?:\.\w+|/))`", row[1])


@pytest.mark.parametrize("addition", ADDITIONS)
def test_an_addition_touches_the_files_that_contributing_names(grown, addition):
    named = promised(addition)
    places = {
        path: [name for name in named if f"/{path}".endswith(f"/{name}") or path.startswith(name)]
        for path in grown[0][addition]
    }
    assert sorted(place for found in places.values() for place in found) == sorted(named)
    assert all(len(found) == 1 for found in places.values()), places


def test_what_was_added_is_there(grown):
    _, said = grown
    assert said["a vendor"][0] == 0.0
    assert all(0 < share < 1 for share in said["a vendor"][1:])
    assert said["a fact"] == [["sales of clouds", 0.0125, "fitted"]]
    assert said["a domain"][0] == pytest.approx(1.0)
    assert set(said["a domain"][1:]) == {"acme", "huawei"}
    assert said["a group of markets"] == pytest.approx(1.0)
    assert said["a voting procedure"] == [0.875] * 3
    assert said["a parameter"] == [0.5, 0.5]
    assert said["a term of an offer's worth"] == [2.0, 1.0]
    assert min(said["its words"]) >= 2, "in the sentence and in the table, as text and for notebooks"
    assert said["a variable of a dataset"][0] == "share of capacity that nobody has built"
    assert all(0 <= share <= 1 for share in said["a variable of a dataset"][1:])
    assert all(0 < share < 1 for share in said["an outcome"])
    assert said["a lever"] == pytest.approx(2.0)
    assert said["a scenario"] is True
    effect, pairs = said["a study"]
    assert abs(effect) < 1
    assert effect != 0
    assert pairs == 2
    assert said["a figure"] == ["A sweep once more.", ["phase_diagram", "later"]]
    assert said["engines"] < 1e-9

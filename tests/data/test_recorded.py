"""Is it counted, and said everywhere, of how many operators a contract is on record?"""

import csv
import dataclasses

import numpy as np
import pytest
import xarray as xr

import lockin_sim as ls
from lockin_sim.comparisons.by_group import breakdown
from lockin_sim.model.scripted_contracts import Takeovers, with_takeovers
from lockin_sim.pages.report import Comparison
from lockin_sim.runs.results import write_frame
from lockin_sim.studies.exit_results import ExitPlan
from lockin_sim.world.case import Case, CaseYears
from lockin_sim.world.contracts import Contracts
from lockin_sim.world.recorded import (
    COUNTRY_RECORD,
    NOT_RECORDED,
    PARTLY,
    RECORDED,
    country_labels,
    recorded_networks,
)
from lockin_sim.world.schema import DATA, read_table
from tests.worlds import FACTS_UNTIL, FIRST, LAST, history_on_record, rich_world

NONE = ls.Scenario.none()
DRAWS = xr.Dataset(
    {"parameter_value": (("parameter", "draw"), [[0.8, 1.2]]), "weight": ("draw", [1.0, 1.0])},
    coords={"parameter": ["noise_scale"]},
)
SMALL = {"runs": 3, "seed": 1, "years": (2010, 2013), "workers": 1, "progress": False}


def with_record(plain, records):
    """A world with contracts on record of the lots of operators: economy and operator to last year."""
    lots, held = plain.lots, []
    for (country, operator), last in records.items():
        mine = lots.country == plain.countries.index(country)
        mine &= np.array(lots.operators)[lots.operator] == operator
        mine &= lots.domain == plain.domains.index("radio")
        assert mine.any()
        held += [(year, lot, 0) for lot in np.flatnonzero(mine) for year in range(2010, last + 1)]
    known = Contracts(np.empty((0, 4), int), np.array(held), np.full(len(lots), -1))
    case = Case(years=CaseYears(FIRST, FACTS_UNTIL, FIRST + 8, FIRST + 10, LAST))
    return dataclasses.replace(plain, contracts=known, case=case)


def of_radio(world, country):
    """Operators of radio in an economy, and what part of capacity each has."""
    lots = world.lots
    mine = (lots.country == world.countries.index(country)) & (lots.domain == world.domains.index("radio"))
    part = {}
    for lot in np.flatnonzero(mine):
        name = lots.operators[lots.operator[lot]]
        part[name] = part.get(name, 0.0) + lots.weight[lot]
    return part


@pytest.fixture(scope="module")
def plain():
    return rich_world(3)


@pytest.fixture(scope="module")
def known(plain):
    """The first economy is recorded, the second partly, the others are not."""
    whole, some = (of_radio(plain, plain.countries[place]) for place in (0, 1))
    assert len(some) >= 2
    records = {(plain.countries[0], name): 2012 + place for place, name in enumerate(whole)}
    return with_record(plain, records | {(plain.countries[1], next(iter(some))): 2011})


def test_operators_are_counted_by_hand(plain, known):
    whole, some = (of_radio(plain, plain.countries[place]) for place in (0, 1))
    first, second, third, *_ = recorded_networks(known)
    assert (first.operators, first.of, first.until) == (len(whole), len(whole), 2011 + len(whole))
    assert first.part == pytest.approx(1.0)
    assert (second.operators, second.of, second.until) == (1, len(some), 2011)
    assert second.part == pytest.approx(next(iter(some.values())) / sum(some.values()))
    assert (third.operators, third.part, third.until) == (0, 0.0, None)
    assert [each.word for each in (first, second, third)] == [RECORDED, PARTLY, NOT_RECORDED]
    assert str(first) == f"recorded ({len(whole)} of {len(whole)} operators, to {2011 + len(whole)})"
    assert str(second) == f"partly recorded (1 of {len(some)} operators, to 2011)"
    assert str(third) == "not recorded"


def test_bundled_operators_are_those_of_the_table(real_world):
    with (DATA / "contracts.csv").open(encoding="utf-8") as file:
        economies = {row["iso3"] for row in csv.DictReader(file)}
    networks = dict(zip(real_world.countries, recorded_networks(real_world), strict=True))
    assert {code for code, of in networks.items() if of.operators} <= economies
    with (DATA / "operators.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert networks["UGA"].of == len([row for row in rows if row["iso3"] == "UGA"])
    assert networks["KEN"].word == RECORDED
    assert networks["UGA"].word == PARTLY
    assert networks["DEU"].word == RECORDED
    assert networks["POL"].word == NOT_RECORDED  # kept aside


def test_owners_of_operators_are_known_with_the_part_that_they_hold():
    columns = ("parent", "parent_share", "state_owned", "status", "confidence", "publisher")
    rows = list(read_table("operators").rows(*columns))
    assert len(rows) > 500
    for label, parent, part, state, status, confidence, publisher in rows:
        assert bool(parent) == bool(np.isfinite(part)), label
        assert parent or not state, label
        assert bool(publisher) == (status != "assumed"), label
        assert confidence in ("high", "medium", "low"), label


def test_a_world_without_contracts_says_nothing_of_a_record(plain):
    assert COUNTRY_RECORD not in country_labels(plain)
    assert COUNTRY_RECORD not in ls.simulate(NONE, world=plain, runs=1, years=(2010, 2011)).coords


def test_a_lot_that_is_taken_over_is_on_record_all_the_same(known):
    lot = int(known.contracts.held[0, 1])
    changed = with_takeovers(known, Takeovers.of([(2010, lot, 1)]))
    assert recorded_networks(changed) == recorded_networks(known)


def test_explanations_say_it(known):
    how = {"domain": "radio", "year": 2011, "world": known, "runs": 0}
    every = [ls.explain(NONE, country=code, **how) for code in known.countries[:3]]
    for why, of in zip(every, recorded_networks(known), strict=False):
        said = (
            str(of) if of.operators else "are not recorded: what happens in most runs says more than this one"
        )
        assert said in why.sentence
        assert said in str(why)
        assert said in why._repr_html_()
    assert "these runs do not use the record" in every[0].sentence
    other = next(d for d in known.domains if d != "radio" and known.buyer[known.domains.index(d)] == "users")
    assert "recorded" not in ls.explain(NONE, country=known.countries[0], **how | {"domain": other}).sentence


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place, policies = tmp_path_factory.mktemp("compared"), ["no_state_finance"]
    datasets = {"effects": ls.compare(policies, maps=True, **SMALL)}
    datasets["by_country"] = breakdown(policies, by="country", **SMALL)
    for name, table in Comparison(datasets).tables().items():
        write_frame(place / f"{name}.csv", table)
    return place, datasets["by_country"]


def test_tables_by_country_say_it_and_show_no_mean_of_what_is_not_recorded(real_world, folder):
    place, ds = folder
    said = dict(zip(real_world.countries, map(str, recorded_networks(real_world)), strict=True))
    for name in ("by_country", "countries"):
        with (place / f"{name}.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        networks = {row["country"]: row[COUNTRY_RECORD] for row in rows if row["domain"] == "mobile_network"}
        assert networks == said
    assert {row[COUNTRY_RECORD] for row in rows if row["domain"] == "cloud"} == {NOT_RECORDED}
    guessed = {(row["domain"], row["country"]) for row in rows if not row["dependence"]}
    aside = {code for code, record in said.items() if record == NOT_RECORDED}
    assert {code for domain, code in guessed if domain == "mobile_network"} >= aside
    assert len({code for domain, code in guessed if domain == "cloud"}) < len(aside)
    with (place / "by_country.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        assert row["domain"] == "mobile_network"
        level = ds["level"].sel({axis: row[axis] for axis in ("scenario", "measure", "domain", "country")})
        defined = bool(np.isfinite(level))
        assert bool(row["level"]) is (defined and row[COUNTRY_RECORD] != NOT_RECORDED)
        assert bool(row["level_q05"]) is bool(row["level_q95"]) is defined
        if row["level"]:
            assert float(row["level_q05"]) <= float(row["level"]) <= float(row["level_q95"])


def test_plans_ask_only_for_suppliers_that_are_not_on_record(known):
    operators = list(of_radio(known, known.countries[1]))
    for past, asked in (("prior", operators), (history_on_record(known, ls.Parameters(), 4), operators[1:])):
        ds = ls.exit_plan(
            known.countries[1], leaving=known.vendors[known.slot_vendor[known.domains.index("radio"), 0]],
            year=2012, policies=[], world=known, baseline=NONE, posterior=DRAWS, history=past, runs=4,
            workers=1, progress=False,
        )  # fmt: skip
        plan = ExitPlan(ds)
        assert plan.in_layer("radio").mean > 0
        assert {b.operator for b in plan.suppliers_asked if b.domain == "radio"} == set(asked)

"""Does a user's own fact change the lots of its operator alone, and stand on everything that rests on it?"""

import warnings

import numpy as np
import pandas as pd
import pytest

import lockin_sim as ls
from lockin_sim.pages.page_folder import of_runs
from lockin_sim.record.conditioned import ConditionedHistories
from lockin_sim.record.histories import build_histories, choose_history
from lockin_sim.record.tables import check_recorded_world
from lockin_sim.settings.ensemble import draw_run_parameters
from lockin_sim.world.held_out import fitted_records

HEAD = "operator,vendor,year,iso3,generation,part"


def operators(world, *, recorded):
    """Economy and name of operators with, or without, a lot in the present that is on record."""
    lots, known = world.lots, world.on_record.holder[-1] >= 0
    nameless = np.char.startswith(np.array(lots.operators)[lots.operator], "operator ")
    mobile = (lots.domain == world.domains.index("mobile_network")) & ~nameless
    some = np.unique(lots.operator[mobile & (known if recorded else ~known)])
    if not recorded:
        some = np.setdiff1d(some, lots.operator[world.contracts.held[:, 1]])
    return [(world.countries[lots.country[lots.operator == n][0]], lots.operators[n]) for n in some.tolist()]


@pytest.fixture(scope="module")
def free():
    """An operator of which nothing is on record, and a vendor's fact about it."""
    [(iso3, operator), *_] = operators(ls.load_world(), recorded=False)
    return iso3, operator, f"{operator}=zte:2019"


@pytest.fixture(scope="module")
def own(free):
    return ls.load_world(own_facts=[free[2]])


def lots_of(world, operator):
    """Lots of an operator."""
    return np.flatnonzero(np.array(world.lots.operators)[world.lots.operator] == operator)


# --- the record ---


def test_a_fact_changes_the_lots_of_its_operator_alone(own, free):
    bundled, mine = ls.load_world(), lots_of(own, free[1])
    for name, missing in (("holder", -1), ("signed", False)):
        before, after = (getattr(w.on_record, name) for w in (bundled, own))
        assert (np.delete(before, mine, axis=1) == np.delete(after, mine, axis=1)).all()
        assert (before[:, mine] == missing).all()
    d = own.domains.index("mobile_network")
    holder, slot = own.on_record.holder[:, mine], own.slot_vendor[d].tolist().index(own.vendors.index("zte"))
    assert (holder[2019 - 2010 :] == slot).all()  # to the present
    assert (holder[: 2019 - 2010] == -1).all()


def test_runs_of_every_draw_meet_the_fact_and_the_record(free):
    text = f"{free[1]}=nokia:2019"
    world, values = ls.load_world(own_facts=[text]), draw_run_parameters("bundled", 3, 0)
    assert choose_history(world, (2010, 2050)) == "conditioned"
    past = build_histories("conditioned", world=world, runs=np.arange(3), parameters=values)
    assert isinstance(past, ConditionedHistories)
    how = {"runs": 3, "years": (2010, 2025), "parameters": values, "history": "conditioned"}
    ds = ls.simulate(own_facts=[text], record=["incumbent"], **how)
    slots = world.on_record.holder[-1]
    known, vendor = slots >= 0, world.slot_vendor[world.lots.domain, slots]
    has = ds["incumbent"].sel(year=2025).values
    assert (has[:, lots_of(world, free[1])] == world.vendors.index("nokia")).all()
    assert (has == vendor)[:, known].mean() > 0.95  # orders of some runs come before a contract
    assert free[1] in ds.attrs["own_facts"]


def test_own_facts_stay_out_of_all_estimates(own, free, tmp_path):
    read = own.facts["contracts_read"]
    assert (read.held == ls.load_world().facts["contracts_read"].held).all()
    with pytest.raises(ls.InputError, match="own facts"):
        check_recorded_world(own)
    folder = own.to_folder(tmp_path / "mine")
    before, after = fitted_records("contracts"), fitted_records("contracts", folder)
    assert before.labels == after.labels
    with pytest.raises(ls.InputError, match="own facts"):
        ls.hindcast(world=own, runs=2)


def test_a_folder_keeps_whose_fact_it_is(own, tmp_path):
    again = ls.load_world(own.to_folder(tmp_path / "mine"))
    assert again.facts["own_facts"] == own.facts["own_facts"]
    assert choose_history(again, (2010, 2050)) == "conditioned"


@pytest.mark.parametrize("kind", ["text", "list", "frame", "file", "named"])
def test_all_ways_to_state_a_fact_are_the_same(kind, own, free, tmp_path):
    iso3, operator, text = free
    (tmp_path / "facts.csv").write_text(f"{HEAD}\n{operator},ZTE,2019,,,\n", encoding="utf-8")
    frame = pd.DataFrame({"operator": [operator], "vendor": ["zte"], "year": [2019.0], "part": [np.nan]})
    [fact] = own.facts["own_facts"]
    given = {
        "text": text, "list": [text], "frame": frame, "file": tmp_path / "facts.csv", "named": [str(fact)],
    }  # fmt: skip
    assert ls.load_world(own_facts=given[kind]).facts["own_facts"] == (fact,)
    assert fact.iso3 == iso3


def test_parts_divide_the_lots(free):
    _, operator, _ = free
    two = ls.load_world(own_facts=[f"{operator}=zte:2019:0.5", f"{operator}=nokia:2019:0.5"])
    assert len({row[2] for row in two.contracts.held.tolist()}) > 1 or len(lots_of(two, operator)) == 1
    assert [fact.part for fact in two.facts["own_facts"]] == [0.5, 0.5]


def test_without_facts_the_world_is_the_bundled_one():
    assert ls.load_world(own_facts=[]) is ls.load_world() is ls.load_world(own_facts=None)


# --- what rests on it ---


def test_a_country_page_says_whose_fact_it_is(free, tmp_path):
    iso3, operator, text = free
    page = ls.country(iso3, own_facts=[text], runs=2, policies=[], workers=1, progress=False)
    assert f"{operator} (ZTE since 2019, your fact)" in page.sentences[0]
    for ds in (page.data, page.plan, *([page.trial] if page.trial is not None else [])):
        assert ds.attrs["own_facts"].startswith(f"your fact: {operator}: ZTE since 2019")
    text = page.write(tmp_path / "page").read_text(encoding="utf-8")
    assert "This rests on facts that are not on record: your fact" in text
    assert "supplier" in of_runs(page.data.attrs)[0]


def test_an_explanation_says_whose_fact_it_is(free):
    iso3, operator, text = free
    why = ls.explain(country=iso3, domain="mobile_network", year=2027, own_facts=text, runs=0)
    assert f"Your fact: {operator}: ZTE since 2019" in why.sentence
    assert operator in why.data.attrs["own_facts"]


# --- what is refused ---


def refused(own_facts):
    """The one line in which facts are refused."""
    with pytest.raises(ls.InputError) as error:
        ls.load_world(own_facts=own_facts)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_fact_that_contradicts_the_record_is_refused_with_the_row():
    said = refused(["Airtel Kenya 4G=huawei:2019"])
    assert "KEN/Airtel Kenya/4G/2019/nokia/main" in said
    assert "general_knowledge" in said
    assert "contradict" in refused(["Airtel Kenya 4G=huawei:2020"])  # the same contract, a year later


def test_a_fact_on_record_changes_nothing_and_is_told():
    with pytest.warns(UserWarning, match="on record already.*KEN/Airtel Kenya/4G/2019"):
        world = ls.load_world(own_facts=["Airtel Kenya 4G=nokia:2019"])
    assert world is ls.load_world()


def test_a_later_supplier_follows_the_recorded_one():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        world = ls.load_world(own_facts=["Airtel Kenya=zte:2023"])
    d, mine = world.domains.index("mobile_network"), lots_of(world, "Airtel Kenya")
    vendors = [world.vendors[world.slot_vendor[d, s]] for s in world.on_record.holder[[-7, -1], mine[0]]]
    assert vendors == ["nokia", "zte"]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (["Safaricm=huawei:2019"], "Did you mean 'Safaricom'"),
        (["Safaricom=huawai:2023"], "Did you mean 'huawei'"),
        (["Safaricom=apple:2023"], "one of ericsson"),
        (["Safaricom=zte:2040"], "found 2040; allowed: a whole number from 1990 to 2025"),
        (["Safaricom=zte:late"], "found 'late'"),
        (["Safaricom 2G=zte:2005"], "one of 3G, 4G, 5G"),
        (["Safaricom 5G=zte:2012"], "since when there are contracts for 5G"),
        (["Safaricom 4G=zte:2023"], "no older generation after contracts.csv, KEN/Safaricom/5G/2021"),
        (["Safaricom"], "allowed: 'OPERATOR=VENDOR:YEAR'"),
        (["=zte:2023"], "allowed: 'OPERATOR=VENDOR:YEAR'"),
        ([f"{'a' * 400}=zte:2023"], "allowed: 'OPERATOR=VENDOR:YEAR'"),
        (["Airtel Kenya=zte:2023", "Airtel Kenya=huawei:2023"], "contradict one another"),
        (["Airtel Kenya=zte:2023", "Airtel Kenya=zte:2023"], "once"),
        (["Airtel Kenya=zte:2023:0.4"], "sum to 0.4"),
        (["Airtel Kenya=zte:2023:1.4"], "at most 1"),
        (["Airtel Kenya=zte:2023:0"], "above 0"),
        (["UGA: Safaricom=zte:2023"], "Safaricom"),
        (7, "a list of texts"),
        ({"Safaricom": "zte"}, "a list of texts"),
        (pd.DataFrame({"operator": ["Safaricom"], "vendr": ["zte"]}), "Did you mean 'vendor'"),
        (pd.DataFrame({"operator": ["Safaricom"], "vendor": ["zte"]}), "no column year"),
    ],
)  # fmt: skip
def test_a_fact_that_cannot_be_used_is_refused_in_one_line(facts, said):
    assert said in refused(facts)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("operator,vendr,year\nSafaricom,zte,2023\n", "line 1, column: found 'vendr'"),
        ("operator,vendor\nSafaricom,zte\n", "line 1: found no column year"),
        ("operator,vendor,year\nSafaricom,zte\n", "line 2: found 2 cells"),
        ("operator,vendor,year,year\nSafaricom,zte,2023,2023\n", "column year twice"),
        ("operator,vendor,year\nSafaricm,zte,2023\n", "line 2, operator"),
        ("", "no column operator"),
    ],
)
def test_a_file_with_defects_is_refused_in_one_line(text, said, tmp_path):
    (tmp_path / "facts.csv").write_text(text, encoding="utf-8")
    assert said in refused(str(tmp_path / "facts.csv"))


def test_a_history_that_meets_no_fact_is_refused(free):
    with pytest.raises(ls.InputError, match="history: found 'prior'"):
        ls.simulate(own_facts=[free[2]], runs=1, years=(2010, 2012))
    with pytest.raises(ls.InputError, match="as load_world"):
        ls.simulate(world=ls.toy_world(3), own_facts=[free[2]], runs=1)

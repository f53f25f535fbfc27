"""Are recorded contracts laid on the lots of their operators as the table says?"""

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.world.contracts import NO_GENERATION, Contracts
from lockin_sim.world.schema import DATA

HEAD = (
    "iso3,operator,generation,year,vendor,part,event,previous_vendor,"
    "source,status,confidence,publisher,note,rank"
)


def told(world, iso3, operator):
    """Tenders as (year, generation, vendor) and holders as (year, vendor) of each lot of an operator."""
    d, i, known = world.domains.index("mobile_network"), world.countries.index(iso3), world.contracts
    lots = world.lots
    named = np.array(lots.operators)[lots.operator] == operator
    vendor = [world.vendors[v] if v >= 0 else "" for v in world.slot_vendor[d]]
    for lot in np.flatnonzero((lots.domain == d) & (lots.country == i) & named):
        signed = known.tenders[known.tenders[:, 1] == lot]
        held = known.held[known.held[:, 1] == lot]
        yield (
            [(year, generation, vendor[slot]) for year, _, generation, slot in signed.tolist()],
            {year: vendor[slot] for year, _, slot in held.tolist()},
        )


def with_rows(tmp_path, *rows):
    """The bundled world with these contracts alone: economy to previous vendor."""
    folder = Path(shutil.copytree(DATA, tmp_path / "data"))
    lines = [HEAD, *(f"{row},suppliers_compilation,read,high,,," for row in rows)]
    (folder / "contracts.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ls.load_world(folder)


# --- the bundled ones ---


def test_every_operator_on_record_has_lots(real_world):
    with (DATA / "contracts.csv").open(encoding="utf-8") as file:
        named = {(row["iso3"], row["operator"]) for row in csv.DictReader(file)}
    with (DATA / "operators.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    joined = {(row["iso3"], row["joins"]) for row in rows} - {(row["iso3"], row["operator"]) for row in rows}
    assert {key for key in named - joined if not list(told(real_world, *key))} == set()


def test_operators_without_a_name_are_only_where_nothing_is_known(real_world):
    lots, d = real_world.lots, real_world.domains.index("mobile_network")
    nameless = {
        real_world.countries[i]
        for i, operator in zip(lots.country[lots.domain == d], lots.operator[lots.domain == d], strict=True)
        if lots.operators[operator].startswith("operator ")
    }
    with (DATA / "contracts.csv").open(encoding="utf-8") as file:
        assert nameless.isdisjoint(row["iso3"] for row in csv.DictReader(file))


def test_sunrise_left_nokia_at_4g_and_stayed_with_huawei(real_world):
    (one,) = told(real_world, "CHE", "Sunrise")
    assert one[0] == [(2012, 0, "huawei"), (2018, 1, "huawei")]
    assert (one[1][2011], one[1][2012], one[1][2025]) == ("nokia", "huawei", "huawei")


def test_a_merged_operator_has_the_contracts_of_its_successor_from_then_on(real_world):
    lots = list(told(real_world, "DEU", "E-Plus (O2 Germany)"))
    assert all(held[2010] == "zte" for _, held in lots)
    after = {lot[0][0][:2] for lot in lots}
    assert after == {(2019, 1)}


def test_tenders_and_holders_agree(real_world):
    known = real_world.contracts
    held = {(year, lot): slot for year, lot, slot in known.held.tolist()}
    assert len(held) == len(known.held)
    assert known.held[:, 0].min() == real_world.first_year
    assert len({(year, lot) for year, lot, *_ in known.tenders.tolist()}) == len(known.tenders)
    for year, lot, _, slot in known.tenders.tolist():
        assert real_world.first_year < year <= real_world.present
        assert held[year, lot] == slot
    assert known.held[:, 0].max() == real_world.present


# --- how rows are read, by hand ---

#: Rows of an operator with two lots, and who has them in some years.
BY_HAND = {
    "parts by largest remainder, and nothing of a firm that the model does not have": (
        ["4G,2012,ericsson,0.8,main,", "4G,2012,fujitsu,0.2,second,"],
        {2012: ["ericsson", "ericsson"], 2020: ["ericsson", "ericsson"], 2021: [None, None]},
    ),
    "half of it is nobody's": (
        ["4G,2012,ericsson,,main,", "4G,2012,other,,main,"],
        {2012: ["ericsson", None]},
    ),
    "a firm that another took over is that one": (
        ["3G,2005,alcatel_lucent,1,sole,", "5G,2020,nokia,1,sole,"],
        {2010: ["nokia", "nokia"], 2014: ["nokia", "nokia"], 2015: [None, None], 2020: ["nokia", "nokia"]},
    ),
    "a swap takes the place of whom it names": (
        ["4G,2012,ericsson,,main,", "4G,2012,huawei,,main,", "4G,2016,nokia,,swap_in,huawei"],
        {2015: ["ericsson", "huawei"], 2016: ["ericsson", "nokia"]},
    ),
    "a swap of a stated part leaves the rest": (
        ["4G,2012,ericsson,1,sole,", "4G,2016,nokia,0.5,swap_in,"],
        {2015: ["ericsson", "ericsson"], 2016: ["ericsson", "nokia"]},
    ),
    "a second supplier alone takes its part of what there is": (
        ["4G,2012,ericsson,1,sole,", "4G,2016,huawei,0.5,second,"],
        {2015: ["ericsson", "ericsson"], 2016: ["ericsson", "huawei"]},
    ),
    "of a second supplier alone the rest is nobody's": (
        ["4G,2012,huawei,0.5,second,"],
        {2012: [None, "huawei"]},
    ),
    "a vendor keeps its lot though its part is no longer the largest": (
        ["4G,2012,ericsson,0.6,main,", "4G,2012,huawei,0.4,second,",
         "5G,2019,huawei,0.6,main,", "5G,2019,ericsson,0.4,second,"],
        {2012: ["ericsson", "huawei"], 2019: ["ericsson", "huawei"]},
    ),
    "a late contract holds for five years": (
        ["3G,2015,huawei,1,sole,"],
        {2014: [None, None], 2015: ["huawei", "huawei"], 2019: ["huawei", "huawei"], 2020: [None, None]},
    ),
    "who lost a tender has nothing, and 3G after 4G changes nothing": (
        ["4G,2012,ericsson,1,sole,", "4G,2012,zte,,tender_lost,", "3G,2014,huawei,1,sole,"],
        {2012: ["ericsson", "ericsson"], 2014: ["ericsson", "ericsson"]},
    ),
    "of a network that loses a vendor the others stay": (
        ["4G,2012,ericsson,,main,", "4G,2012,huawei,,main,", "4G,2018,huawei,,swap_out,"],
        {2017: ["ericsson", "huawei"], 2018: ["ericsson", "ericsson"]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("words", BY_HAND)
def test_rows_are_read_as_meant(words, tmp_path):
    rows, expected = BY_HAND[words]
    world = with_rows(tmp_path, *(f"FRA,Orange,{row}" for row in rows))
    lots = [held for _, held in told(world, "FRA", "Orange")]
    assert {year: [held.get(year) for held in lots] for year in expected} == expected


def test_a_second_contract_of_a_generation_begins_none(tmp_path):
    world = with_rows(
        tmp_path, "FRA,Orange,4G,2010,ericsson,1,sole,", "FRA,Orange,4G,2016,nokia,1,swap_in,",
        "FRA,Orange,5G,2020,nokia,1,sole,",
    )  # fmt: skip
    signed = [tenders for tenders, _ in told(world, "FRA", "Orange")]
    assert signed == [[(2016, NO_GENERATION, "nokia"), (2020, 1, "nokia")]] * 2
    assert np.count_nonzero(world.contracts.generation == 0) == 2  # 4G in the first year


def test_a_world_without_the_table_has_none():
    toy = ls.toy_world(n_countries=2, n_vendors=2)
    assert len(toy.contracts.tenders) == len(toy.contracts.held) == 0
    assert Contracts.none(3).generation.tolist() == [NO_GENERATION] * 3

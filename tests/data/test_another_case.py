"""Does a case of somebody's own, other years, sponsors and families, run without a line of code?"""

import re
from pathlib import Path

import numpy as np
import pytest
from data.places import changed, linked

import lockin_sim as ls
from lockin_sim.cli import main
from lockin_sim.comparisons.by_group import build_group_measures
from lockin_sim.model.measures import VARIABLES
from lockin_sim.studies.lead_results import MEANINGS
from lockin_sim.world.cache import get_field_values, has_equal_content
from lockin_sim.world.schema import read_all, status_counts

FOLDER = Path(__file__).parents[2] / "experiments" / "gsm_and_cdma"
WORLD = FOLDER / "world"


@pytest.fixture(scope="module")
def world():
    return ls.load_world(WORLD)


def test_its_years_are_those_of_its_file(world):
    ds = ls.simulate("baseline", world=world, runs=1)
    assert (int(ds["year"][0]), int(ds["year"][-1])) == (1990, 2010)
    assert world.facts_until == 2010


def test_no_unit_names_a_year_of_the_bundled_case():
    """A world that begins in 2011 has no industry mean cost of 2010."""
    units = [variable.unit for variable in VARIABLES.values()]
    units += [
        each.unit for each in (*ls.outcomes().values(), *build_group_measures(ls.load_world()).values())
    ]
    units += [unit for unit, _ in MEANINGS.values()]
    assert [unit for unit in units if re.search(r"\b(19|20)[0-9]{2}\b", unit)] == []


@pytest.mark.parametrize("change", ["missing", "empty", "not declared"])
def test_a_folder_needs_no_exceptions(world, tmp_path, change):
    folder = linked(tmp_path, WORLD)
    file = folder / "exceptions.csv"
    header = file.read_text(encoding="utf-8").partition("\n")[0]
    file.unlink()
    if change == "empty":
        file.write_text(f"{header}\n", encoding="utf-8")
    elif change == "not declared":
        changed(folder, "columns.csv", re.compile(r"^exceptions,.*\n", re.MULTILINE), "", count=0)
    assert has_equal_content(
        get_field_values(ls.load_world(folder)) | {"name": ""}, get_field_values(world) | {"name": ""}
    )
    status_counts(read_all(folder))  # which has none to look for


def test_both_engines_agree_on_it(world):
    core, mesa = (
        ls.simulate("baseline", world=world, runs=1, seed=4, years=(1990, 1997), engine=engine)
        for engine in ("core", "mesa")
    )
    for name in ("standard_share", "vendor_share", "status"):
        np.testing.assert_allclose(core[name], mesa[name], rtol=0, atol=1e-9, err_msg=name)


def test_a_family_is_nowhere_before_its_year(world):
    share = ls.simulate("baseline", world=world, runs=8)["standard_share"].isel(domain=0)
    for standard, entry in zip(world.standards, world.standard_entry, strict=True):
        before = share.sel(standard=standard, year=slice(None, int(entry) - 1))
        assert standard == world.standards[0] or not (before > 0).any()
        assert float(share.sel(standard=standard, year=2010).min()) > 0.0


def test_a_barrier_of_its_tables_holds(world):
    base = ls.simulate("baseline", world=world, runs=8, record=["installed"])["installed"].isel(domain=0)
    barred = base.sel(vendor=["ericsson", "nokia", "siemens", "nec"], year=2010).sum("vendor")
    assert float(barred.sel(country="KOR").max()) == 0.0
    assert float(barred.sel(country="CHN").max()) > 0.0


@pytest.mark.parametrize(
    ("command", "asked", "shown"),
    [
        ("run", "baseline --workers 1", "gsm"),
        ("compare", f"{FOLDER / 'no_common_push.toml'} --out out --workers 1", "gsm"),
        ("exit", "BRA --out out --workers 1", "mobile networks in Brazil"),
        ("explain", "KOR mobile_network 1997", "Korea 1997, mobile networks"),
    ],
)
def test_the_commands_take_it(command, asked, shown, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    status = main([command, *asked.split(), "--world", str(WORLD), "--runs", "2"])
    said = capsys.readouterr()
    assert status == 0, said.err
    assert shown in said.out
    assert not re.search(r"cn2035|\bnan\b", said.out)

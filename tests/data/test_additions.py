"""Is a world with one more vendor, group or economy what its tables say, and the same read from a folder?"""

import dataclasses
import os
from functools import cache

import numpy as np
import pytest

import lockin_sim as ls
from lockin_sim.runs.provenance import compute_digest

OFFERS = {"mobile_network": {"entry": 2024, "quality": 0.5}, "cloud": {"entry": 2026}}


@cache
def longer():
    world = ls.load_world().with_group("neighbours", ["POL", "CZE", "SVK"], title="three neighbours")
    world = world.with_vendor("newco", sponsor="EU", home="EST", offers=OFFERS)
    return world.with_economy("KOS", name="Utopia, 'the' =1", like="HRV", size=0.5, income_group="low")


def content(world):
    """A digest of all but the name."""
    return compute_digest(dataclasses.replace(world, name=""))


def test_each_addition_is_in_its_place():
    world, bundled = longer(), ls.load_world()
    assert world.name == "bundled, with neighbours, with newco, with KOS"
    assert (len(world.countries), len(world.vendors)) == (
        len(bundled.countries) + 1,
        len(bundled.vendors) + 1,
    )
    assert {world.countries[i] for i in np.flatnonzero(world.groups["neighbours"].any(axis=0))} == {
        "POL", "CZE", "SVK",
    }  # fmt: skip
    d, new, like = world.domains.index("mobile_network"), world.countries.index("KOS"), "HRV"
    (slot,) = np.flatnonzero(world.slot_vendor[d] == world.vendors.index("newco"))
    assert world.slot_entry[d, slot] == 2024
    assert world.sponsors[world.slot_sponsor[d, slot]] == "EU"
    assert (world.conditions.quality_path[:, d, slot] == 0.5).all()
    gdp = world.conditions.gdp
    np.testing.assert_allclose(gdp[:, new], gdp[:, world.countries.index(like)] / 2)
    assert world.groups["income:low"][0, new]
    assert world.titles["country"]["Utopia, 'the' =1"] == "KOS"
    assert content(bundled) == content(ls.load_world())  # and the bundled one is as before


@pytest.mark.parametrize("make", [longer, ls.load_world], ids=["longer", "bundled"])
def test_a_folder_that_is_written_is_the_same_world(make, tmp_path):
    world = make()
    folder = world.to_folder(tmp_path / "mine")
    again = ls.load_world(folder)
    assert content(again) == content(world)
    assert sorted(os.listdir(tmp_path)) == ["mine"]
    assert content(again.with_group("a", ["KEN"])) == content(world.with_group("a", ["KEN"]))


def test_what_is_added_sells_is_shown_and_is_a_target():
    world = longer()
    policy = ls.Scenario.none().with_lever("restriction", "neighbours", from_=2020, mode="coordinated")
    ds = ls.simulate(
        policy, world=world, runs=2, years=(2010, 2028), record=["group_vendor_share", "restricted"]
    )
    share = ds["vendor_share"].sel(vendor="newco", domain="mobile_network").mean("run")
    assert (share.sel(year=slice(2010, 2023)) == 0).all()
    assert share.sel(year=2028) > 0
    assert "neighbours" in ds["group"]
    assert ds["restricted"].sel(country="CZE", sponsor="CHN", year=2028).all()
    assert np.isfinite(ds["coverage"]).all()


@pytest.mark.parametrize(
    ("method", "given", "said"),
    [
        ("with_vendor", {"vendor": "huawei", "offers": OFFERS}, "found 'huawei'; allowed: each key once"),
        ("with_vendor", {"vendor": "x", "offers": {}}, "what it offers, by domain"),
        ("with_vendor", {"vendor": "x", "offers": {"cloud": {"quality": 1}}}, "entry, its first year"),
        ("with_vendor", {"vendor": "x", "offers": {"clou": {"entry": 2020}}}, "Did you mean 'cloud'"),
        ("with_vendor", {"vendor": "x", "offers": {"cloud": {"entry": 1920}}}, "from 2010 to 2050"),
        ("with_vendor", {"vendor": "x", "offers": {"cloud": {"entry": 2020, "qualty": 1}}}, "'quality'"),
        ("with_vendor", {"vendor": "x", "offers": {"cloud": {"entry": 2020, "quality": "a,b"}}}, "a,b"),
        ("with_vendor", {"vendor": "x", "sponsor": "EUU", "offers": OFFERS}, "Did you mean 'EU'"),
        ("with_vendor", {"vendor": "a\nb", "offers": OFFERS}, "one line of text"),
        ("with_vendor", {"vendor": "x" * 10_000, "offers": OFFERS}, "one line of text"),
        ("with_group", {"group": "CHN", "economies": ["KEN"]}, "found 'CHN'; allowed: each key once"),
        ("with_group", {"group": "a", "economies": "KEN"}, r"codes of economies, as \['POL', 'CZE'\]"),
        ("with_group", {"group": "a", "economies": ["KEM"]}, "found 'KEM'"),
        ("with_group", {"group": "a", "economies": []}, "at least one"),
        ("with_group", {"group": "a", "economies": ["KEN"], "excluding": ["XXX"]}, "found 'XXX'"),
        ("with_economy", {"code": "KEN", "name": "a", "like": "UGA"}, "found 'KEN'; allowed: each key once"),
        ("with_economy", {"code": "../x", "name": "a", "like": "UGA"}, "three capital letters"),
        ("with_economy", {"code": "XYZ", "name": "a", "like": "UGX"}, "Did you mean 'UGA'"),
        ("with_economy", {"code": "XYZ", "name": "a", "like": "UGA", "size": 0}, "above 0"),
        ("with_economy", {"code": "XYZ", "name": "a", "like": "UGA", "regon": "Asia"}, "'region'"),
        ("with_economy", {"code": "XYZ", "name": "a", "like": "UGA", "income_group": "rich"}, "'rich'"),
    ],
)  # fmt: skip
def test_what_the_tables_do_not_allow_is_refused_in_one_line(method, given, said):
    with pytest.raises(ls.InputError, match=said) as caught:
        getattr(ls.load_world(), method)(**given)
    assert str(caught.value).startswith(method)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 700


def test_a_world_that_is_not_of_tables_is_refused(tmp_path):
    changed = dataclasses.replace(ls.load_world(), stack=np.zeros((10, 10)))
    for world in (ls.toy_world(3, 2), changed):
        with pytest.raises(ls.InputError, match=r"with_group: found <World .*as load_world\(\) reads it"):
            world.with_group("a", ["KEN"])
        with pytest.raises(ls.InputError, match="to_folder: found <World"):
            world.to_folder(tmp_path / "x")
    assert not list(tmp_path.iterdir())


def test_a_table_edited_after_loading_is_not_read_again(tmp_path):
    folder = ls.load_world().to_folder(tmp_path / "mine")
    world, table = ls.load_world(folder), folder / "vendors.csv"
    mine = world.with_group("a", ["KEN"])
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace(",Huawei,", ",Huawei (edited),"), encoding="utf-8")
    said = r": found tables that were edited after the world was read from .*mine"
    for each in (world, mine):
        for name, call in {
            "with_group": lambda w: w.with_group("b", ["UGA"]),
            "with_vendor": lambda w: w.with_vendor("new", offers=OFFERS),
            "with_economy": lambda w: w.with_economy("XYZ", name="Utopia", like="HRV"),
            "to_folder": lambda w: w.to_folder(tmp_path / "copy"),
        }.items():
            with pytest.raises(ls.InputError, match=f"^{name}{said}"):
                call(each)
    assert ls.load_world(folder).with_group("b", ["UGA"]).groups["b"].any()
    table.write_text(text, encoding="utf-8")  # as it was
    assert world.with_group("b", ["UGA"]).groups["b"].any()
    table.unlink()
    with pytest.raises(ls.InputError, match="with_group"):
        world.with_group("b", ["UGA"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]


def test_a_folder_in_use_is_left_alone(tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "empty").mkdir()
    for name in ("file", "full", "link", "file/below"):
        with pytest.raises(ls.InputError, match="to_folder: found"):
            ls.load_world().to_folder(tmp_path / name)
    for wrong in (None, 3, "a\0b"):
        with pytest.raises(ls.InputError, match="to_folder"):
            ls.load_world().to_folder(wrong)
    assert ls.load_world(ls.load_world().to_folder(tmp_path / "empty")).countries
    with pytest.raises(ls.InputError, match="tables of a world"):
        ls.load_world().to_folder(tmp_path / "empty" / "below")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "file", "full", "link"]

"""Names are written as people write them."""

from lockin_sim.plots.kit.facts import owner_of
from lockin_sim.plots.kit.style import sponsor_hatch, sponsor_marker
from lockin_sim.studies.outcomes import outcomes
from lockin_sim.studies.registry import GROUPS
from lockin_sim.world import load_world
from lockin_sim.world.names import adjective, name_of


def test_names_are_written_as_people_write_them():
    assert name_of("domain", "mobile_network") == "mobile networks"
    assert name_of("domain", "e_commerce") == "e-commerce platforms"
    assert name_of("country", "KEN") == "Kenya"
    assert name_of("sponsor", "USA") == "United States"
    assert name_of("body", "ITU") == "ITU"
    assert name_of("group", "income:lower_middle") == "lower-middle-income economies"
    assert name_of("group", "built_2010") == "partner markets built by 2010"
    assert (owner_of("huawei"), owner_of("new", {"new": ""})) == ("CHN", "")


def test_a_group_has_one_name_in_outcomes_and_figures():
    world = load_world()
    known, names = outcomes(world), [name_of("group", group) for group in world.group_names]
    assert len(set(names)) == len(names)
    assert not any(mark in name for name in names for mark in ":_")
    for group in GROUPS:
        assert known[f"cn2035_sensitive_{group}"].label.endswith(f", {name_of('group', group)}")


def test_every_sponsor_has_an_adjective_and_a_look_of_its_own():
    sponsors = load_world().sponsors
    for known in (adjective, sponsor_marker, lambda sponsor: sponsor_hatch(sponsor, "")):
        assert len({known(sponsor) for sponsor in sponsors}) == len(sponsors)
        assert "" not in {known(sponsor) for sponsor in sponsors}

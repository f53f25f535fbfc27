"""Words in figures: any name can be drawn, as people write it, and texts make room for each other."""

import numpy as np
import pytest
from matplotlib.text import Text

from lockin_sim import plots
from lockin_sim.plots.kit.style import (
    NAME,
    ROW,
    TEXT,
    brief,
    sponsor_hatch,
    sponsor_marker,
    spread,
    text_width,
)
from lockin_sim.settings.policies import scenarios
from lockin_sim.settings.titles import scenario_title
from lockin_sim.studies.outcomes import GROUPS
from lockin_sim.studies.places import outcomes
from lockin_sim.world import load_world
from lockin_sim.world.names import adjective, name_of

NAMES = ["baseline", "n" * 80, r"$\frac{$", "[/x]", "$x$ and $y$", "W" * 200]


@pytest.fixture
def named(results):
    """The results with other names and titles of scenarios."""
    names = NAMES[: results.sizes["scenario"]]
    return results.assign_coords(scenario=names, scenario_title=("scenario", names))


@pytest.mark.parametrize("draw", [plots.trajectories, plots.body_status])
def test_names_are_drawn_as_they_are_written(named, tmp_path, draw):
    figure = draw(named)
    assert plots.embedded(figure).uri.startswith("data:image/")
    for path in plots.save(figure, tmp_path / "figure.png", svg=True):
        assert path.stat().st_size > 1000
    texts = " ".join(text.get_text() for text in figure.findobj(Text))
    for name in (r"$\frac{$", "n…n") if draw is not plots.body_status else ():
        assert name.replace("n…n", brief("n" * 80)) in texts
    assert not any(text.get_parse_math() for text in figure.findobj(Text))


@pytest.mark.parametrize("room", [NAME, ROW])
@pytest.mark.parametrize("name", [*NAMES, "", "a\nb", "decoupled_internet"])
def test_a_name_takes_no_more_room_than_there_is(name, room):
    shown = brief(name, room)
    assert text_width(shown, TEXT) <= room
    assert shown.isprintable()
    if len(name) < 20:
        assert shown == name.replace("_", " ").replace("\n", " ")
    else:
        assert "…" in shown
        assert (shown[0], shown[-1]) == (name[0], name[-1])


@pytest.mark.parametrize("name", scenarios())
def test_titles_of_built_in_scenarios_are_whole(name):
    assert brief(scenario_title(name)) == scenario_title(name)


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


def test_labels_are_spread_without_changing_their_order():
    places = spread([1.0, 1.0, 0.95, 5.0], 0.5)
    assert np.all(np.diff(np.sort(places)) > 0.499)
    assert places[2] < places[0] < places[1] < places[3] == 5.0
    assert spread([3.0], 1.0) == [3.0]

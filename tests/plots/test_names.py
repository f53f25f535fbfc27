"""Any name of a scenario can be drawn, as it is written or without its middle."""

from __future__ import annotations

import pytest
from matplotlib.text import Text

from lockin_sim import plots
from lockin_sim.plots.kit.lettering import NAME, ROW, TEXT, brief, text_width
from lockin_sim.policies import scenarios
from lockin_sim.titles import scenario_title

NAMES = ["baseline", "n" * 80, r"$\frac{$", "[/x]", "$x$ and $y$", "W" * 200]


@pytest.fixture
def named(results):
    """The results with other names and titles of scenarios."""
    names = NAMES[: results.sizes["scenario"]]
    return results.assign_coords(scenario=names, scenario_title=("scenario", names))


@pytest.mark.parametrize("draw", [plots.trajectories, plots.effects, plots.two_parts, plots.body_status])
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

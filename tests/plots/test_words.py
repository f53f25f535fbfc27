"""Words in figures: any name can be drawn, as people write it, and texts make room for each other."""

import pytest
from matplotlib.text import Text

from lockin_sim.pages import plots
from lockin_sim.pages.plots.kit.style import shorten_name, sponsor_hatch, sponsor_marker
from lockin_sim.world import load_world
from lockin_sim.world.names import get_sponsor_adjective

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
        assert name.replace("n…n", shorten_name("n" * 80)) in texts
    assert not any(text.get_parse_math() for text in figure.findobj(Text))


def test_every_sponsor_has_an_adjective_and_a_look_of_its_own():
    sponsors = load_world().sponsors
    for known in (get_sponsor_adjective, sponsor_marker, lambda sponsor: sponsor_hatch(sponsor, "")):
        assert len({known(sponsor) for sponsor in sponsors}) == len(sponsors)
        assert "" not in {known(sponsor) for sponsor in sponsors}

"""Does the page of Mesa's visualisation step, reset and plot, rendered by the real package, no browser?"""

import ipyvuetify as v
import pytest
import solara
from ipywidgets import Image
from worlds import rich_world

import lockin_sim as ls
from lockin_sim.agents import page as module
from lockin_sim.agents.page import Page, plotted
from lockin_sim.parameters import declarations


class Shown:
    """The page of a small world, in the layout of an application."""

    def __init__(self, monkeypatch):
        models = []

        class Kept(ls.LockInModel):
            def __init__(self, **given):
                super().__init__(**given)
                models.append(self)

        monkeypatch.setattr(module, "LockInModel", Kept)
        world = rich_world(5)

        @solara.component
        def app() -> None:
            with solara.AppLayout(navigation=False):
                Page(world=world, years=(2010, 2012), sliders=("switching_cost",))

        self.models = models
        self.box, self.rc = solara.render(app(), handle_error=False)

    @property
    def model(self):
        """The model that the page has now."""
        return self.models[-1]

    def press(self, label):
        """Press a button."""
        self.rc.find(v.Btn, children=[label]).widget.click()

    def enabled(self, label):
        """Whether a button can be pressed."""
        return not self.rc.find(v.Btn, children=[label]).widget.disabled

    def figures(self):
        """The pictures as they are now."""
        return [bytes(found.widget.value) for found in self.rc.find(Image)]

    def set(self, label, value):
        """Move a slider."""
        self.rc.find(v.Slider, label=label).widget.v_model = value


@pytest.fixture
def shown(monkeypatch):
    made = Shown(monkeypatch)
    yield made
    made.rc.close()


def test_it_steps_and_plots_to_the_last_year(shown):
    before = shown.figures()
    assert len(before) == len(plotted(shown.model.world)) == 3
    assert all(picture.startswith(b"\x89PNG") for picture in before)
    shown.press("Step")
    assert shown.model.year == 2011
    assert all(old != new for old, new in zip(before, shown.figures(), strict=True))
    shown.press("Step")
    assert shown.model.year == 2012
    assert not shown.enabled("Step")


def test_a_reset_begins_anew_with_what_was_set(shown):
    default = declarations()["switching_cost"].default
    assert shown.model.parameters.switching_cost == default
    shown.press("Step")
    shown.set("Cost of switching vendors", 1.5)
    shown.set("Run", 3)
    shown.press("Reset")
    assert len(shown.models) == 2
    again = shown.model
    assert (again.year, again.run_number, again.parameters.switching_cost) == (2010, 3, 1.5)
    assert again.world is shown.models[0].world
    shown.press("Step")
    assert again.year == 2011


def test_the_family_under_study_is_plotted_where_there_is_one():
    model = ls.LockInModel(seed=1, years=(2010, 2011))
    names = [name for figure in plotted(model.world).values() for name in figure]
    frame = model.datacollector.get_model_vars_dataframe()
    assert "standard_share[mobile_network, cn2035]" in names
    assert frame[names].map(lambda value: isinstance(value, float)).all(axis=None)
    d, s = model.world.domains.index("mobile_network"), model.world.standards.index("cn2035")
    kept = frame["standard_share[mobile_network, cn2035]"].to_numpy()
    assert kept[0] == model.series()["standard_share"][0, d, s]


def test_a_slider_of_no_parameter_is_refused():
    asked = Page(world=rich_world(5), years=(2010, 2011), sliders=("switching_costs",))
    with pytest.raises(ls.InputError, match="Did you mean 'switching_cost'"):
        solara.render(asked, handle_error=False)

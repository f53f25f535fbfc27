"""Is the agent model at home in Mesa: seeds, batches, scenario objects, collected data, pickles?"""

import copy
import pickle

import ipyvuetify as v
import mesa
import numpy as np
import pytest
import solara
from ipywidgets import Image
from mesa.experimental.scenarios import Scenario as MesaScenario
from worlds import rich_world

import lockin_sim as ls
from lockin_sim.agents import Country, Operator
from lockin_sim.agents import page as module
from lockin_sim.agents.page import Page, list_plotted_numbers

NONE = ls.Scenario.none()


@pytest.fixture(scope="module")
def world():
    return rich_world(5)


def made(world, **given):
    return ls.LockInModel(NONE, world=world, years=(2010, 2013), **given)


def shares(model):
    model.run_to_end()
    return model.series()["vendor_share"]


# --- seeds -----------------------------------------------------------------------------------------


def test_an_integer_rng_is_a_seed(world):
    assert made(world, rng=7).seed == made(world, seed=7).seed == 7
    np.testing.assert_array_equal(shares(made(world, rng=7)), shares(made(world, seed=7)))


def test_a_model_without_a_seed_keeps_the_one_it_drew(world):
    one, other = made(world), made(world)
    assert one.seed != other.seed
    assert not np.array_equal(shares(one), shares(other))
    np.testing.assert_array_equal(shares(one), shares(made(world, seed=one.seed)))


@pytest.mark.parametrize("rng", [np.random.SeedSequence(4), [4, 5], np.random.default_rng(4)])
def test_other_forms_of_rng_give_the_same_seed_each_time(world, rng):
    assert made(world, rng=copy.deepcopy(rng)).seed == made(world, rng=rng).seed


@pytest.mark.parametrize("given", [{"seed": 1, "rng": 1}, {"rng": "x"}, {"rng": -1}, {"seed": 1.5}])
def test_a_seed_that_cannot_be_one_is_refused(world, given):
    with pytest.raises(ls.InputError):
        made(world, **given)


# --- Mesa's batches and scenarios ------------------------------------------------------------------


#: Mesa 4 has no batch_run; replications of a scenario take its place, and there are none in Mesa 3.
BATCHES = hasattr(mesa, "batch_run")
of_mesa_3 = pytest.mark.skipif(not BATCHES, reason="Mesa 4 has no batch_run")
of_mesa_4 = pytest.mark.skipif(BATCHES, reason="Mesa 3 has no replications of a scenario")


@of_mesa_3
def test_iterations_of_a_batch_are_different_runs(world):
    found = mesa.batch_run(
        ls.LockInModel,
        {"scenario": [NONE], "world": world, "years": [(2010, 2012)], "switching_cost": [1.0, 3.0]},
        rng=[None, None],
        display_progress=False,
    )
    by_run = {row["RunId"]: row["vendor_share"].tobytes() for row in found}  # Mesa has a row for each agent
    assert len(by_run) == len(set(by_run.values())) == 4
    assert {row["label"] for row in found} >= {"C0", "operator 1", "vendor_0", "body_0"}


def test_a_scenario_of_mesa_holds_parameters_a_seed_and_the_name_of_a_policy():
    given = MesaScenario(rng=8, policy="open_ran", switching_cost=2.5)
    twin = pickle.loads(pickle.dumps(given))
    policies = ls.LockInModel("open_ran", seed=8, years=(2010, 2011), switching_cost=2.5)
    model = ls.LockInModel(scenario=given, years=(2010, 2011))
    assert (model.policies, model.parameters) == (policies.policies, policies.parameters)
    assert model.scenario is given
    again = [ls.LockInModel(scenario=each, years=(2010, 2011)) for each in (given, twin)]
    assert {each.seed for each in again} == {model.seed}
    assert model.seed == 8 or not BATCHES  # Mesa 4 keeps no seed, but the generator that it began


@of_mesa_4
def test_replications_of_a_scenario_are_different_runs():
    given = MesaScenario(rng=8, policy="baseline").spawn_replications(2)
    models = [ls.LockInModel(scenario=s, years=(2010, 2011)) for s in given]
    assert models[0].seed != models[1].seed


class Levels(MesaScenario):
    """Values that stay when Mesa's visualisation resets."""

    policy: str = "open_ran"
    switching_cost: float = 2.5


@pytest.mark.parametrize(
    ("scenario", "given", "policy", "cost"),
    [
        (None, {"seed": 3, "scenario": "open_ran", "switching_cost": 2.0}, "open_ran", 2.0),
        pytest.param(MesaScenario(rng=4), {"switching_cost": 2.0}, "baseline", 2.0, marks=pytest.mark.slow),
        pytest.param(Levels(rng=4), {}, "open_ran", 2.5, marks=pytest.mark.slow),
        (Levels(rng=4), {"switching_cost": 3.0, "years": (2010, 2012)}, "open_ran", 3.0),
    ],
)
def test_reset_of_the_visualisation_makes_the_model_anew(scenario, given, policy, cost):
    """As the button does: its own function says what the next model is given."""
    viz = pytest.importorskip("mesa.visualization.solara_viz", reason="solara is not installed")
    short = {"years": (2010, 2011)} | given
    model = ls.LockInModel(**({} if scenario is None else {"scenario": scenario}), **short)
    viz._check_model_params(model, short)
    for _ in range(2):
        model.step()
        passed = viz._build_model_init_kwargs(
            model, short, add_scenario_when_empty=True, require_model_accepts_scenario=True
        )
        model = type(model)(**passed)
        assert (model.policies.name, model.parameters.switching_cost, model.year) == (policy, cost, 2010)
        assert not scenario or type(model.scenario) is type(scenario)


# --- agents and data -------------------------------------------------------------------------------


def test_the_model_holds_four_kinds_of_agents_by_name(world):
    model = made(world, seed=1)
    kinds = {kind.__name__: len(agents) for kind, agents in model.agents_by_type.items()}
    assert set(kinds) == {"Country", "Operator", "Vendor", "StandardsBody"}
    assert kinds["Country"] == 12
    assert sum(len(each.lots) for each in model.all_operators) == len(world.lots)
    country, (operator, *_) = model.country("C4"), model.operators("C4", "radio")
    assert repr(country) == "<Country C4>"
    assert repr(operator) == "<Operator operator 1, C4 radio>"
    assert repr(model.vendor("vendor_2")) == "<Vendor vendor_2>"
    assert repr(model.body("body_1")) == "<StandardsBody body_1>"
    assert repr(model) == "<LockInModel none, 2010, seed 1, run 0>"
    assert operator in country.operators
    assert model.operators("C4", "phones") == []
    for ask in (model.country, model.vendor, model.body):
        with pytest.raises(ls.InputError, match="allowed: one of"):
            ask("nobody")


def test_variables_numbers_and_agents_are_collected(world):
    model = made(world, seed=1)
    model.run_to_end()
    frame = model.datacollector.get_model_vars_dataframe()
    assert len(frame) == 4
    assert {"vendor_share", "switching_pull", "switching_pull[radio]", "total_debt[S1]"} <= set(frame.columns)
    coverage = model.series()["coverage"]
    np.testing.assert_array_equal(frame["coverage[shops]"], coverage[:, world.domains.index("shops")])
    for kind, agents in model.agents_by_type.items():
        kept = model.datacollector.get_agenttype_vars_dataframe(kind)
        assert len(kept) == 4 * len(agents)
        assert kept["label"].iloc[0] == next(iter(agents)).label


def test_a_model_can_be_pickled_in_mid_run(world):
    model = made(world, seed=1)
    model.step()
    twin = pickle.loads(pickle.dumps(model))
    assert repr(pickle.loads(pickle.dumps(model.country("C1")))) == "<Country C1>"
    np.testing.assert_array_equal(shares(twin), shares(model))


# --- the page of Mesa's visualisation ---


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


def test_it_steps_and_plots_to_the_last_year_and_a_reset_begins_anew_with_what_was_set(shown):
    before = shown.figures()
    assert len(before) == len(list_plotted_numbers(shown.model.world)) == 3
    assert all(picture.startswith(b"\x89PNG") for picture in before)
    shown.press("Step")
    assert all(old != new for old, new in zip(before, shown.figures(), strict=True))
    shown.press("Step")
    assert (shown.model.year, shown.enabled("Step")) == (2012, False)
    shown.set("Cost of switching vendors", 1.5)
    shown.set("Run", 3)
    shown.press("Reset")
    first, again = shown.models
    assert (again.year, again.run_number, again.parameters.switching_cost) == (2010, 3, 1.5)
    assert again.world is first.world
    shown.press("Step")
    assert again.year == 2011


def test_the_family_under_study_is_plotted_where_there_is_one():
    model = ls.LockInModel(seed=1, years=(2010, 2011))
    names = [name for figure in list_plotted_numbers(model.world).values() for name in figure]
    frame = model.datacollector.get_model_vars_dataframe()
    assert "standard_share[mobile_network, cn2035]" in names
    assert frame[names].map(lambda value: isinstance(value, float)).all(axis=None)
    d, s = model.world.domains.index("mobile_network"), model.world.standards.index("cn2035")
    kept = frame["standard_share[mobile_network, cn2035]"].to_numpy()
    assert kept[0] == model.series()["standard_share"][0, d, s]


# --- agents of one's own ------------------------------------------------------------------------------


class Open(Country):
    """A state that restricts nobody."""

    def apply_restrictions(self):
        """Nothing takes effect."""


class Loyal(Operator):
    """An operator that puts nothing up while it has a supplier."""

    def plan(self, removal):
        """Only what nobody supplies yet."""
        super().plan(removal)
        if (self.incumbent >= 0).all():
            self.tender = None


def test_a_subclass_decides_and_books_follow(world):
    given = {"seed": 1, "restriction_rate": 5.0, "record": ["restricted"]}
    usual, own = made(world, **given), made(world, **given, classes={Country: Open, Operator: Loyal})
    began = [each.incumbent.copy() for each in own.all_operators]
    for model in (usual, own):
        model.run_to_end()
    assert {type(each) for each in own.countries} == {Open}
    assert {type(each) for each in own.all_operators} == {Loyal}
    assert own.country(world.countries[0]) is own.countries[0]
    restricted = usual.series()["restricted"], own.series()["restricted"]
    assert restricted[0][-1].sum() > restricted[1][-1].sum() == restricted[1][0].sum()
    supplied = [(a, b) for a, b in zip(own.all_operators, began, strict=True) if (b >= 0).all()]
    assert supplied
    for each, before in supplied:
        np.testing.assert_array_equal(each.incumbent, before)
    assert (shares(own)[-1] != shares(usual)[-1]).any()


@pytest.mark.parametrize("classes", [{Country: Operator}, {Country: Country.__init__}, {str: Open}, [Open]])
def test_only_a_subclass_of_what_it_replaces_is_taken(classes):
    with pytest.raises(ls.InputError, match=r"classes: found .*Country: MyCountry"):
        ls.LockInModel(seed=1, classes=classes)

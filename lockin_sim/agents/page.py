"""Page of Mesa's visualisation, on which the model steps, resets and plots numbers in a browser.

``solara run lockin_sim.agents.page`` shows the page; ``pip install ".[mesa-page]"`` installs what it
needs.  In a file of your own, ``page = Page(world=..., years=(2010, 2030))`` is the page of another world.
"""

from __future__ import annotations

from typing import Any

from lockin_sim.agents.model import LockInModel
from lockin_sim.common.conventions import SEED
from lockin_sim.common.errors import check_whole_number, unknown_name
from lockin_sim.common.extras import import_optional
from lockin_sim.common.formats import opening, spoken
from lockin_sim.settings.parameters import collect_declarations
from lockin_sim.settings.policies import scenarios
from lockin_sim.world import World, resolve_world

__all__ = ["Page", "list_plotted_numbers"]

solara = import_optional("solara", __name__)
visualization = import_optional("mesa.visualization", __name__)

#: Parameters with a slider, unless others are named.
SLIDERS = ("switching_cost", "own_network_weight", "affinity_weight", "noise_scale")

#: Steps of a slider from one end of a parameter's range to the other.
STEPS = 40

#: Runs of one seed that can be chosen.
RUNS = 99


def list_plotted_numbers(world: World) -> dict[str, tuple[str, ...]]:
    """Return the collected numbers to plot, by the title of their figure.  Empty figures are left out."""
    family = world.case.family
    spread = tuple(f"standard_share[{domain}, {family}]" for domain in world.domains) if family else ()
    debts = tuple(f"total_debt[{sponsor}]" for sponsor in world.sponsors)
    restricting = tuple(f"restricting[{sponsor}]" for sponsor in world.sponsors)
    figures = {
        f"Share of {family} by domain": spread,
        "Pull of the switching cost, by domain": tuple(
            f"switching_pull[{domain}]" for domain in world.domains
        ),
        "Debt owed to each sponsor, USD bn": debts,
        "Share of world GDP that restricts a sponsor's vendors": restricting,
    }
    return {title: names for title, names in figures.items() if names}


@solara.component
def Page(
    world: World | None = None,
    years: tuple[int, int] | None = None,
    seed: int = SEED,
    sliders: tuple[str, ...] = SLIDERS,
) -> None:
    """Show the page of a model; changes of policy, run and sliders take effect with Reset.

    world, years, seed  as of :class:`~lockin_sim.agents.LockInModel`
    sliders             parameters that can be set, within the ranges that they declare
    Raises InputError for invalid arguments.
    """
    world = resolve_world(world)
    settings: Any = {"world": world, "years": world.horizon(years), "seed": check_whole_number("seed", seed)}
    model = solara.use_memo(lambda: LockInModel(**settings), [])
    figures = [_build_figure(title, names) for title, names in list_plotted_numbers(world).items()]
    visualization.SolaraViz(
        model,
        components=[RunStatus, *figures],
        model_params={**_build_model_inputs(sliders), **settings},
        name="Technology lock-in",
    )


@solara.component
def RunStatus(model: LockInModel) -> None:
    """Show the year, the last year, the policy and the run of the model."""
    ahead = "the last year: Reset starts again" if not model.running else f"until {model.last_year}"
    solara.Markdown(f"**{model.year}**, {ahead}. Policy {model.policies.name}, run {model.run_number}.")


def _build_model_inputs(sliders: tuple[str, ...]) -> dict[str, Any]:
    """Build the inputs that apply on a reset: policy, run, and sliders of some parameters.

    Raises InputError for an unknown parameter.
    """
    policy = {"type": "Select", "label": "Policy", "value": "baseline", "values": list(scenarios())}
    run = visualization.Slider("Run", value=0, min=0, max=RUNS, step=1)
    chosen: dict[str, Any] = {"scenario": policy, "run": run}
    known = collect_declarations()
    for name in sliders:
        if name not in known:
            raise unknown_name("sliders", found=name, known=known)
        low, high = known[name].range
        step = (high - low) / STEPS
        label, value = opening(known[name].title), known[name].default
        chosen[name] = visualization.Slider(label, value=value, min=low, max=high, step=step, dtype=float)
    return chosen


def _build_figure(title: str, names: tuple[str, ...]) -> Any:
    """Build a figure component that plots some numbers over the years of the run."""

    def titled(axes: Any) -> None:
        """Set the title and the legend of axes drawn by Mesa."""
        axes.set_title(title)
        labels = [spoken(name.partition("[")[2].rstrip("]").partition(",")[0]) for name in names]
        axes.legend(labels, fontsize="x-small", loc="upper left", bbox_to_anchor=(1.0, 1.0))

    return visualization.make_plot_component(list(names), post_process=titled)

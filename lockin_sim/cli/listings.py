"""What there is: the commands scenarios and describe."""

from __future__ import annotations

from typing import Annotated

import typer

from lockin_sim.cli.options import WorldFolder
from lockin_sim.cli.show import show
from lockin_sim.errors import unknown_name


def scenarios() -> None:
    """List the built-in scenarios with their titles, first years, questions and sources."""
    from rich.table import Table

    from lockin_sim.policies import scenarios as built_in
    from lockin_sim.scenario import load_scenario
    from lockin_sim.titles import OF_THOUGHT
    from lockin_sim.world.case import bundled_case

    table, present = Table(show_lines=True), bundled_case().years.present
    for head in ("name", "title", "begins", "question", "why these sizes"):
        table.add_column(head, no_wrap=head == "name")
    for scenario in map(load_scenario, built_in()):
        begins = "" if scenario.begins is None else str(scenario.begins)
        begins += f": {OF_THOUGHT}" * scenario.is_thought_experiment(present)
        source = " ".join(scenario.source.split())
        table.add_row(scenario.name, scenario.called, begins, scenario.question, source)
    show(table)


def describe(
    topic: Annotated[str, typer.Argument(help="parameters, levers, metrics or world.")],
    world: WorldFolder = None,
) -> None:
    """Describe what the model declares, with units, bounds and sources."""
    from lockin_sim.studies.describe import TOPICS

    if topic not in TOPICS:
        raise unknown_name("topic", found=topic, known=TOPICS)
    show(*TOPICS[topic](world))

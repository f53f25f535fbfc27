"""Why a project, a submarine cable, took its supplier."""

from __future__ import annotations

import numpy as np

from lockin_sim.agents import Country
from lockin_sim.agents.project import Project
from lockin_sim.draws import label_keys
from lockin_sim.explanation.told import Explanation, name_of, opening_of, told, vendor_of
from lockin_sim.model.decisions import terms_at
from lockin_sim.rules import choice
from lockin_sim.wording import listed, number


def explain_project(country: Country, d: int) -> Explanation:
    """The largest project that lands in a country this year, or one of the usual length as if planned."""
    arrivals = sorted(country.arrivals, key=lambda each: (-len(each.landings), -each.length))
    project = arrivals[0] if arrivals else _as_if(country)
    model = country.model
    offers, shock = project.offers[0], project.shock.reshape(-1)
    probability, _ = choice.logit(project.offers, noise_scale=model.parameters.noise_scale)
    return told(
        country,
        d,
        _sentence(country, d, project, arrivals),
        terms_at(project.terms, 0),
        {
            "utility": (offers, "utility"),
            "shock": (shock, "standard Gumbel"),
            "probability": (probability[0], "1"),
            "base": (country.outlook.installed[d, 0], "share of the landings in the country"),
            "price": (model.board.list_price[d], "1 (industry mean cost of the first year)"),
        },
        offers + model.parameters.noise_scale * shock,
        landings=[each.label for each in project.landings],
        length=project.length,
        up=int(bool(arrivals)),
    )


def _as_if(country: Country) -> Project:
    """A project of this year of the usual length, had it been planned."""
    routes, model = country.model.world.routes, country.model
    assert routes is not None
    key = model.stream("project") ^ label_keys([f"{country.label} as if"])
    project = Project([country], float(routes.usual_length[country.place]), 0.0, key)
    project.choose()
    return project


def _sentence(country: Country, d: int, project: Project, arrivals: list[Project]) -> str:
    """Where the cable lands, who builds it, and who may not."""
    length = f"{number(project.length, 0)} km"
    slot = int(project.winner.argmax())
    winner = vendor_of(country, d, slot) if project.winner.any() else None
    start = f"{opening_of(country, d)}: "
    if not arrivals:
        would = f"{winner} would have built it" if winner else "no supplier would have been let in"
        as_if = f"had one of the usual {length} been laid, {would}"
        return f"{start}no cable lands in this run and year; {as_if}."
    where = listed([name_of(each) for each in project.landings])
    text = f"{start}a cable of {length} lands in {where}; " + (
        f"{winner} builds it." if winner else "no supplier is let in by all of them."
    )
    vetoed = _vetoes(country, d, project)
    if vetoed:
        text += f" Kept out: {listed(vetoed)}."
    if len(arrivals) > 1:
        others = [
            vendor_of(country, d, int(each.winner.argmax())) if each.winner.any() else "nobody"
            for each in arrivals[1:]
        ]
        also = "Another cable there is" if len(others) == 1 else f"{len(others)} other cables there are"
        text += f" {also} built by {listed(others)}."
    return text


def _vetoes(country: Country, d: int, project: Project) -> list[str]:
    """Suppliers that landing states restrict, and which do: "hmn by United States"."""
    vetoed = []
    for slot in np.flatnonzero(country.model.world.slot_vendor[d] >= 0):
        by = [name_of(each) for each in project.landings if each.outlook.barred[d, 0, slot]]
        if by:
            vetoed.append(f"{vendor_of(country, d, int(slot))} by {listed(by)}")
    return vetoed

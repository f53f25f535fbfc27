"""An exit plan as one HTML page, in the look of the report: the answer first, then buyer by buyer."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from lockin_sim.report.chart import Bar
from lockin_sim.report.exit_answer import answer, title
from lockin_sim.report.exit_payers import lenders, loans
from lockin_sim.report.exit_record import on_record, recorded_loans
from lockin_sim.report.exit_tables import costs, due_table, policies, suppliers, years
from lockin_sim.report.limits import limits
from lockin_sim.report.page import environment
from lockin_sim.results.folder import new_folder
from lockin_sim.statistics import Estimate
from lockin_sim.studies.exits.plan import Plan
from lockin_sim.studies.exits.written import write_plan
from lockin_sim.world import BUNDLED
from lockin_sim.world.names import name_of

if TYPE_CHECKING:
    import xarray as xr

TEMPLATE, PAGE = "exit.html", "exit.html"


def exit_page(ds: xr.Dataset) -> str:
    """An exit plan as HTML: the same plan gives the same text, byte for byte.

    ds  as :func:`lockin_sim.exit_plan` returns it
    Raises InputError for another dataset.
    """
    plan = Plan(ds)
    recorded = on_record(ds.attrs["country"]) if ds.attrs["bundled"] else {}
    record = recorded_loans(ds.attrs["country"]) if ds.attrs["bundled"] else None
    content = {
        "plan": plan,
        "about": ds.attrs,
        "title": title(plan),
        "answer": answer(plan),
        "suppliers": suppliers(plan, recorded),
        "due": due_table(plan),
        "chart": chart(plan),
        "costs": costs(plan),
        "lenders": lenders(plan),
        "loans": [table for table in (loans(plan), record) if table],
        "policies": policies(plan),
        "limits": limits(),
        "command": command(plan),
    }
    return environment().get_template(TEMPLATE).render(content)


def write_exit_plan(ds: xr.Dataset, out: str | Path) -> Path:
    """Page, tables, dataset and manifest of an exit plan in a folder, complete or not there; its page.

    Raises InputError for another dataset, or a folder that cannot be written to.
    """
    text, place = exit_page(ds), Path(out)
    with new_folder(place) as folder:
        (folder / PAGE).write_text(text, encoding="utf-8")
        write_plan(ds, folder)
    return place / PAGE


def chart(plan: Plan) -> list[Bar]:
    """When each lot with something to leave is first up: places are per cent of the years followed."""
    first, last = plan.year, plan.last + 1
    bars = []
    for buyer in plan.at_stake:
        found = plan.due(buyer)
        if buyer.kind != "operator" or not found.known:
            continue
        low, middle, high = (round(100 * (year - first) / (last - first), 2) for year in _ordered(found))
        when, soonest, latest = (years(year, plan.last) for year in (found.mean, found.low, found.high))
        text = f"{plan.named(buyer)}, {name_of('domain', buyer.domain)}"
        bars.append(Bar(text, when, f"{soonest} to {latest}", False, 0.0, low, high, middle, 0.0))
    return bars


def _ordered(found: Estimate[float]) -> tuple[float, float, float]:
    """Low, middle and high."""
    return found.low, found.mean, found.high


def command(plan: Plan) -> str:
    """What makes the plan again."""
    about = plan.ds.attrs
    parts = [
        "lockin",
        "exit",
        "--country",
        about["country"],
        "--leaving",
        about["leaving"],
        "--year",
        plan.year,
    ]
    for option in ("supplier", "policy", "parameter"):
        given = str(about[{"policy": "policies"}.get(option, f"{option}s")]).split("; ")
        parts += [word for one in given if one for word in (f"--{option}", one)]
    for option, usual in (("history", "prior"), ("posterior", "bundled"), ("world", BUNDLED)):
        parts += [] if about[option] == usual else [f"--{option}", about[option]]
    parts += ["--draws", plan.draws, "--seed", about["seed"]]
    return " ".join(shlex.quote(str(part)) for part in parts)

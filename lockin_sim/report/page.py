"""The page: everything put into one HTML file that needs nothing from elsewhere."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING

from lockin_sim.policies import scenarios as built_in
from lockin_sim.report.answer import answer
from lockin_sim.report.assumptions import facts, parameters
from lockin_sim.report.chart import chart
from lockin_sim.report.europe import europe
from lockin_sim.report.evidence import MAIN, Evidence
from lockin_sim.report.explorer import economy_map, explorer
from lockin_sim.report.figures import figures as draw
from lockin_sim.report.goals import at_a_glance, choices, futures_told, goals
from lockin_sim.report.limits import limits
from lockin_sim.report.parts import Cell, Table
from lockin_sim.report.sections import Desk, sections
from lockin_sim.report.tables import scenarios_table
from lockin_sim.report.words import count
from lockin_sim.scenario import load_scenario
from lockin_sim.studies.otherwise import OTHERWISE
from lockin_sim.studies.pairing import unconditioned
from lockin_sim.studies.until import ended
from lockin_sim.titles import FILE, label_of
from lockin_sim.wording import listed, opening, quoted, spoken
from lockin_sim.world import BUNDLED, load_world
from lockin_sim.world.case import bundled_case
from lockin_sim.world.names import name_of
from lockin_sim.world.schema import read_table

if TYPE_CHECKING:
    import xarray as xr
    from jinja2 import Environment

    from lockin_sim.plots import Figure

TEMPLATE = "page.html"


def page(studies: Mapping[str, xr.Dataset], figures: Mapping[str, Figure] | None = None) -> str:
    """The report of a comparison as HTML: the same studies give the same text, byte for byte.

    studies  datasets by name as :func:`lockin_sim.open_results` returns them; ``effects`` alone, as
             :func:`lockin_sim.compare` returns it, is enough.  The page says what was not examined
    figures  those of :func:`lockin_sim.report.figures.figures` if they are drawn already
    Raises InputError where ``effects`` is missing or is not a comparison.
    """
    evidence = Evidence(studies)
    drawn = draw(evidence) if figures is None else figures
    made = sections(Desk(evidence, drawn))
    shown = [section for section in made if not section.absent and (section.pictures or section.tables)]
    aims = [(goal, choices(evidence, goal)) for goal in goals(evidence)]
    content = {
        "evidence": evidence,
        "about": evidence.effects.attrs,
        "ended": ended(evidence.effects),
        "title": title(evidence),
        "subject": evidence.label(evidence.headline),
        "answer": answer(evidence),
        "glance": at_a_glance(evidence, aims) if aims else None,
        "goals": aims,
        "futures_told": futures_told(evidence),
        "chart": chart(evidence),
        "europe": europe(evidence),
        "explorer": explorer(evidence),
        "map": economy_map(evidence),
        "sections": shown,
        "absent": [section for section in made if section.absent],
        "scenarios": scenarios_table(evidence),
        "assumptions": [facts(), parameters(evidence.parameters)],
        "limits": limits(),
        "standard": _standard(evidence),
        "sensitive": _sensitive(evidence),
        "facts_until": evidence.effects.attrs.get("facts_until", load_world().facts_until),
        "hashes": hashes(evidence),
        "command": command(evidence),
    }
    return environment().get_template(TEMPLATE).render(content)


def title(evidence: Evidence) -> str:
    """The question: the policy's own where there is one policy, else that of all of them."""
    asked = evidence.policies or evidence.scenarios
    if len(asked) == 1:
        return str(evidence.effects["scenario_question"].sel(scenario=asked[0]).item())
    many = count(len(asked), "policy", "policies")
    return f"Whose technology will the world run on, and what do {many} change?"


def _standard(evidence: Evidence) -> str:
    """What the family under study is; nothing where the report is about something else."""
    family = bundled_case().family
    if family not in evidence.headline:
        return ""
    standards = read_table("standards")
    row = standards.labels.index(family)
    since = int(standards["entry_year"][row])
    return (
        f"{standards['label'][row]} are technical standards of Chinese origin, as in the plan China "
        f"Standards 2035; in the model they exist from {since} on. They count as a share of installed "
        "capacity, whoever built it."
    )


def _sensitive(evidence: Evidence) -> str:
    """What counts as sensitive infrastructure; nothing in a world of one's own, of which no table is here."""
    if str(evidence.effects.attrs["world"]) != BUNDLED:
        return ""
    domains = read_table("domains")
    chosen = zip(domains.labels, domains["sensitive"], strict=True)
    return listed([name_of("domain", domain) for domain, sensitive in chosen if sensitive])


def command(evidence: Evidence) -> str:
    """What makes the comparison again; a comment beneath it for each scenario that nobody knows a file of."""
    *files, base = (_file(evidence, name) for name in (*evidence.policies, evidence.baseline))
    about = f"--runs {evidence.runs} --seed {evidence.effects.attrs['seed']}"
    world = str(evidence.effects.attrs["world"])
    about += "".join(f" --parameter {name}={value}" for name, value in evidence.parameters.items())
    span = f"--years {evidence.first}-{evidence.last}"
    span += "" if world == BUNDLED else f" --world {shlex.quote(world)}"
    other = [] if base == "baseline" else [f"--baseline {shlex.quote(base)}"]
    other += [f"--{study}" for study in ("chain", "channels", "window") if evidence.study(study) is not None]
    other += ["--otherwise"] if evidence.study(f"{OTHERWISE}{MAIN}") is not None else []
    other += ["--packages"] if evidence.packages else []
    other += ["--history prior"] if unconditioned(evidence.effects) else []
    futures = evidence.study("futures")
    other += [] if futures is None else [f"--futures {futures.sizes['future']}"]
    line = " ".join(
        ["lockin compare", *map(shlex.quote, files or [base]), about, span, *other, "--out results/compare"]
    )
    missing = [file for file in (*files, base) if file.startswith(_PLACEHOLDER)]
    why = "a scenario that came from no file: write one from what it sets, under Assumptions"
    return "\n".join([line, *(f"# {file}: {why}" for file in missing)])


#: Begins the name that stands for a file where none is known.
_PLACEHOLDER = "FILE_OF_"


def _file(evidence: Evidence, name: str) -> str:
    """What to call a scenario on the command line: its file as given, or the name of a built-in one."""
    given = label_of(evidence.effects, FILE, name)
    found = label_of(evidence.effects, "scenario_hash", name)
    if given or (name in built_in() and load_scenario(name).hash == found):
        return given or name
    return f"{_PLACEHOLDER}{re.sub(r'[^\w.-]+', '_', name)}.toml"


def hashes(evidence: Evidence) -> Table:
    """What identifies the scenarios."""
    values = map(str, evidence.effects["scenario_hash"].values)
    rows = [
        (evidence.title(name), [Cell(name), Cell(value)])
        for name, value in zip(evidence.scenarios, values, strict=True)
    ]
    heads = ("scenario", "name in files and code", "hash")
    return Table("Scenarios by the hash of their content", heads, rows, words=True)


def environment() -> Environment:
    """The templates, with everything escaped that is put into them."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("lockin_sim.report", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"spoken": spoken, "quoted": quoted, "opening": opening}
    folder = files("lockin_sim.report") / "template"
    made.globals["style"], made.globals["script"] = (
        (folder / name).read_text(encoding="utf-8") for name in ("style.css", "page.js")
    )
    return made

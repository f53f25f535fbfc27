"""Is what the project is about data, and no name in its code?"""

import ast
import re
from pathlib import Path

from lockin_sim.world import load_world

PACKAGE = Path(__file__).parents[2] / "lockin_sim"
MODULES = [str(path.relative_to(PACKAGE)) for path in sorted(PACKAGE.rglob("*.py"))]

#: Names that stand for something else than a sponsor there.
MEANT_OTHERWISE = {
    "app/panes.py": "a union's members as a group of markets",
    "pages/evidence.py": "a union's members as a group of markets; short names of who pays",
    "pages/figures.py": "the same among the groups that can be looked through",
    "studies/exit_plan.py": "whose built-in policies are tried, in worlds that know it",
    "record/": "scopes of recorded figures: economies and groups of markets",
    "world/states.py": "a word of the table of sponsors for members of a union; the hub of an alliance",
}

#: What reads records that are of named states: ballots on motions of theirs, firms, projects.
OF_RECORDS = (
    "evidence/ballots.py",
    "evidence/restrictions.py",
)


def texts(module):
    """Line and text of every string constant but those that stand alone, as docstrings do."""
    parsed = ast.parse((PACKAGE / module).read_text(encoding="utf-8"))
    alone = {id(node.value) for node in ast.walk(parsed) if isinstance(node, ast.Expr)}
    for node in ast.walk(parsed):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node.lineno, node.value


def test_no_module_names_the_family_or_a_sponsor():
    """The family and the sponsor under study not even as a part of a name, other sponsors not as a whole."""
    world = load_world()
    found = []
    for module in MODULES:
        studied = {world.case.family, world.case.sponsors[0]} if not module.startswith(OF_RECORDS) else set()
        others = set(world.sponsors) if not module.startswith((*MEANT_OTHERWISE, *OF_RECORDS)) else set()
        for line, text in texts(module):
            if studied & set(re.split(r"[^A-Za-z0-9]+", text)) or text in others:
                found.append(f"{module}, line {line}: {text!r}")
    assert not found, "\n".join(found)

"""Are the notebooks what a reader should find: run in order, by the public names alone, of no one machine?"""

import ast
import re
from itertools import zip_longest
from pathlib import Path

import make_notebooks
import make_phase
import nbformat
import pytest

import lockin_sim as ls

ROOT = Path(__file__).parents[2]
NOTEBOOKS = {
    path.name: nbformat.read(path, as_version=4) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))
}
LIBRARIES = {"lockin_sim", "numpy", "pandas", "xarray", "pathlib", "tempfile"}
LARGEST = 600_000  # bytes
OF_ONE_MACHINE = r"(?<![\w.~/:-])/(?:tmp|var|home|root|Users|opt|usr|private)/|site-packages|object at 0x"

every_notebook = pytest.mark.parametrize("name", NOTEBOOKS)


def code_cells(name):
    return [cell for cell in NOTEBOOKS[name].cells if cell.cell_type == "code"]


def words(name):
    """Everything in a notebook that is not a picture."""
    texts = [cell.source for cell in NOTEBOOKS[name].cells]
    for cell in code_cells(name):
        for output in cell.outputs:
            data = output.get("data", {})
            texts += [output.get("text", ""), *(str(data[kind]) for kind in data if kind != "image/png")]
    return "\n".join(texts)


def test_there_are_four_and_the_readme_names_them():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(NOTEBOOKS) == 4
    assert [name for name in NOTEBOOKS if f"notebooks/{name}" not in readme] == []


@every_notebook
def test_it_runs_with_few_runs_and_its_outputs_are_of_this_code(name):
    """With two runs, in this process; the outputs that readers see are made by `make notebooks`."""
    sources = [cell.source for cell in code_cells(name)]
    assert sources != [make_notebooks.with_few_runs(source) for source in sources]
    digests = make_notebooks.few_runs(NOTEBOOKS[name])
    kept = zip_longest(digests, NOTEBOOKS[name].metadata.get("few_runs", []))
    differ = [number for number, (now, then) in enumerate(kept, 1) if now != then]
    assert differ == [], f"cells show something else now; run: make notebooks ARGS={name[:2]}"


@every_notebook
def test_it_was_run_from_top_to_bottom_without_errors_or_warnings(name):
    cells = code_cells(name)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    kinds = [(output.output_type, output.get("name")) for cell in cells for output in cell.outputs]
    assert [kind for kind in kinds if kind[0] == "error" or kind[1] == "stderr"] == []


@every_notebook
def test_what_a_cell_returns_was_kept(name):
    ends = [(cell, ast.parse(cell.source).body[-1]) for cell in code_cells(name)]
    shows = [cell for cell, last in ends if isinstance(last, ast.Expr) and "set_options" not in cell.source]
    without = [cell.source for cell in shows if not cell.outputs and "cleanup" not in cell.source]
    assert without == []
    figures = [cell for cell in shows if ast.unparse(ast.parse(cell.source).body[-1]).startswith("plots.")]
    assert figures
    assert all("image/png" in cell.outputs[-1].data for cell in figures)


@every_notebook
def test_it_carries_nothing_of_the_machine_that_ran_it(name):
    assert re.findall(OF_ONE_MACHINE, words(name)) == []
    assert NOTEBOOKS[name].metadata.keys() == {*make_notebooks.METADATA, "few_runs"}
    assert make_notebooks.METADATA.items() <= NOTEBOOKS[name].metadata.items()
    assert [cell.metadata for cell in NOTEBOOKS[name].cells if cell.metadata] == []
    assert (ROOT / "notebooks" / name).stat().st_size < LARGEST


@every_notebook
def test_it_uses_public_names_alone(name):
    tree = ast.parse("\n".join(cell.source for cell in code_cells(name)))
    wrong = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            wrong += [alias.name for alias in node.names if alias.name not in LIBRARIES]
        elif isinstance(node, ast.ImportFrom):
            public = ls.__all__ if node.module == "lockin_sim" else [alias.name for alias in node.names]
            wrong += [alias.name for alias in node.names if alias.name not in public]
            wrong += [] if node.module in LIBRARIES else [str(node.module)]
        elif isinstance(node, ast.Attribute):
            of_package = isinstance(node.value, ast.Name) and node.value.id == "ls"
            private = node.attr.startswith("_") and node.attr != "__name__"
            if private or (of_package and node.attr not in ls.__all__):
                wrong.append(node.attr)
    assert wrong == []


def test_the_sweep_in_full_has_ten_thousand_runs_and_the_notebook_shows_its_pictures():
    cells, scope = make_phase.in_full(), {}
    for source in cells[:2]:
        exec(source, scope)
    assert len(scope["design"]) * scope["RUNS"] == 10_000
    ends = [ast.unparse(ast.parse(source).body[-1]) for source in cells]
    assert len([end for end in ends if end.startswith("plots.")]) == len(make_phase.PICTURES)
    shown = re.findall(r"\(\.\./docs/images/(\w+)\.png\)", words(make_phase.NOTEBOOK.name))
    assert tuple(shown) == make_phase.PICTURES

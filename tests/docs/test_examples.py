"""Does what the documents show work?"""

import re

import matplotlib as mpl
import numpy as np
import pytest
from data.places import changed, linked
from pages import PAGES, blocks, with_blocks

import lockin_sim as ls
from lockin_sim.common.fingerprint import DECLARED
from lockin_sim.comparisons.outcomes import _DECLARED
from lockin_sim.settings.levers import LEVERS
from lockin_sim.studies.printing import build_lever_tables


def shortened(code):
    """The code with fewer runs, on one process."""
    code = re.sub(r"runs=\d+", "runs=2", code)
    return re.sub(r"(ls\.compare\(.*)\)", r"\1, workers=1, maps=False, years=(2010, 2036))", code)


@pytest.fixture
def nothing_own():
    """Levers and outcomes that an example declares are forgotten."""
    before = [(each, each.copy()) for each in (LEVERS, DECLARED, _DECLARED)]
    yield
    for each, content in before:
        each.clear()
        each.update(content) if isinstance(each, dict) else each.extend(content)


@pytest.mark.usefixtures("nothing_own")
@pytest.mark.parametrize("page", with_blocks("python"))
def test_python_examples_run_in_order(page, capsys, monkeypatch):
    mpl.use("Agg")
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # workers take longer to start than to run
    for package in re.findall(r"^(?:import|from) (\w+)", "\n".join(blocks(page, "python")), re.MULTILINE):
        pytest.importorskip(package, reason=f"{package} is not installed: make install brings it")
    scope = {}
    for code in blocks(page, "python"):
        exec(compile(shortened(code), page, "exec"), scope)
    shown = re.findall(r"# (\(.*\)|\{b.*\})$", "\n".join(blocks(page, "python")), re.MULTILINE)
    printed = capsys.readouterr().out
    assert [text for text in shown if text not in printed] == []


@pytest.mark.parametrize("page", with_blocks("toml"))
def test_scenario_examples_change_what_the_world_is_given(page, real_world, tmp_path):
    years = (2010, 2050)
    plain = ls.load_scenario("baseline").conditions(real_world, years).arrays()
    for text in (each for each in blocks(page, "toml") if "[design]" not in each):  # no experiment
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        scenario = ls.load_scenario(path)
        scenario.configure(ls.Parameters())
        given = scenario.conditions(real_world, years)
        assert {f for f, values in plain.items() if not np.array_equal(values, getattr(given, f))}, text


def documented_settings():
    """Kind of target, and what is allowed, of every setting that ``lockin describe levers`` shows."""
    cells = [list(column.cells) for column in build_lever_tables(None)[0].columns]
    found, lever, target = {}, "", ""
    for name, _, kind, setting, _, allowed, _ in zip(*cells, strict=True):
        if name:
            lever, target = name, kind
        else:
            found[f"{lever}.{setting}"] = (target, setting, allowed)
    return found


def by_the_book(allowed):
    """A value in TOML that the table allows."""
    words = {
        "a sponsor": '"EU"', "a body": '"ITU"', "a standard family": '"cn2035"', "an economy": '"KEN"',
        "true or false": "true",
    }  # fmt: skip
    for allows, word in words.items():
        if allowed.startswith(allows):
            return word
    numbers = re.match(r"(-?[\d.]+) to (-?[\d.]+)", allowed)
    return numbers[2] if numbers else f'"{allowed.split(", ")[0]}"'


@pytest.mark.parametrize("name", documented_settings())
def test_a_file_written_by_the_table_works_the_first_time(name, real_world, tmp_path):
    kind, setting, allowed = documented_settings()[name]
    examples = re.search(
        rf"^\| an? {kind} \| .* \| (.*) \|$", PAGES["docs/write-a-scenario.md"], re.MULTILINE
    )
    assert examples is not None
    for target in re.findall(r"`(.*?)`", examples[1]):
        path = tmp_path / "mine.toml"
        path.write_text(
            'name = "mine"\nquestion = "?"\nsource = "assumed"\n'
            f'[[levers]]\nlever = "{name.partition(".")[0]}"\ntarget = {target}\nfrom = 2024\n'
            f"{setting} = {by_the_book(allowed)}\n",
            encoding="utf-8",
        )
        assert ls.load_scenario(path).conditions(real_world, (2010, 2030)).years[-1] == 2030


def test_the_table_names_every_setting():
    known = {f"{lever}.{setting}" for lever, found in LEVERS.items() for setting in found.settings}
    assert set(documented_settings()) == known


def test_a_defect_in_a_copied_table_is_reported_as_shown(tmp_path):
    (shown,) = re.findall(r"^(domains\.csv, line .*)$", PAGES["docs/data.md"], re.MULTILINE)
    with pytest.raises(ls.InputError, match=re.escape(shown)):
        ls.load_world(changed(linked(tmp_path), "domains.csv", ",-0.2,10,8,1,", ",-0.2,0,8,1,"))


def test_outcomes_named_for_readers_exist(real_world):
    from lockin_sim.comparisons.measured_places import outcomes

    members = {"sponsor": "CHN", "body": "ITU", "domain": "cloud", "group": "greenfield"}
    table = re.findall(r"^\| (`\w.*?) \|", PAGES["docs/outcomes.md"], re.MULTILINE)
    names = [n for cell in table for n in re.findall(r"`([\w<>]+)`", cell)]
    named = [re.sub(r"<(\w+)>", lambda m: members[m[1]], name) for name in names]
    assert len(named) > 10
    assert [name for name in named if name not in outcomes(real_world)] == []


def test_sizes_in_the_readme_are_those_of_the_world(real_world):
    (economies,) = re.findall(r"(\d+) economies, their operators", PAGES["README.md"])
    assert int(economies) == len(real_world.countries)

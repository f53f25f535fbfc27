"""Tables on a terminal of any width, and piped: nothing is cut, and names are folded last."""

from io import StringIO

import pytest
from rich.console import Console
from rich.table import Table

from lockin_sim import cli
from lockin_sim.cli.options import fit

NAME = "dependence_sensitive_CHN_excluding_CHN"
MEANING = "dependence on vendors of one country, in sensitive infrastructure, outside that country"


def shown(width, console_width):
    table = Table()
    table.add_column("outcome", no_wrap=True)
    table.add_column("meaning")
    table.add_column("2050", justify="right", no_wrap=True)
    table.add_row(NAME, MEANING, "15.5 [12.6, 18.5]")
    console = Console(file=StringIO(), width=console_width)
    fit(table, console, width)
    console.print(table)
    return console.file.getvalue()


def columns(text):
    """What stands in each column, rows joined without blanks."""
    rows = [line.replace("┃", "│").split("│")[1:-1] for line in text.splitlines() if "│" in line]
    return ["".join("".join(cells).split()) for cells in zip(*rows, strict=True)]


@pytest.mark.parametrize("width", [80, 90, 120, None])
def test_names_stay_whole_where_there_is_room(width):
    text = shown(width, width or 1000)
    assert NAME in text
    assert max(map(len, text.splitlines())) <= (width or 140)
    assert columns(text)[1] == "".join(MEANING.split())


@pytest.mark.parametrize("width", [30, 40, 60])
def test_nothing_is_cut_where_there_is_none(width):
    text = shown(width, width)
    assert max(map(len, text.splitlines())) <= width
    signs = "".join(text.split())
    assert "…" not in signs
    assert all(signs.count(sign) >= NAME.count(sign) for sign in set(NAME))


def test_piped_tables_have_every_name_whole(capsys):
    assert cli.main(["describe", "metrics"]) == 0
    text = capsys.readouterr().out
    assert "…" not in text
    assert cli.main(["run", "baseline", "--runs", "1", "--years", "2010-2036", "--workers", "1"]) == 0
    text = capsys.readouterr().out
    assert "…" not in text
    assert f" {NAME} " in text

"""Hostile input: files, folders and arguments that nobody should send, and some that are merely odd.

Values are put one by one into every place of a valid file; bytes of valid files are changed at random, from
a fixed seed; further ones are made by hand.
"""

import csv
import io
import itertools
import random
import zlib

from hostile.cases import (  # fmt: skip
    EXPERIMENT,
    SCENARIO,
    SHORT,
    WORLD,
    Hostile,
    design,
    experiment,
    experiment_file,
    of_world,
    scenario,
    scenario_file,
    store,
)
from hostile.values import CELLS, DIGITS, LINES, NO_FILES, PLACES, TEXTS, VALUES, changed_at_random

from lockin_sim.world.schema import read_table


def values():
    """Every value in every place of a scenario and of an experiment."""
    for key in SCENARIO:
        for name, value in VALUES.items():
            yield scenario(f"{key} is {name}", scenario_file({key: value}).encode())
    for key in EXPERIMENT:
        for name, value in VALUES.items():
            yield experiment(f"{key} is {name}", experiment_file({key: value}).encode())
    for name, value in VALUES.items():
        if value[0] == '"' and len(value) > 2:
            extra = experiment_file({}, f"design.columns.{value} = [1.0]")
            yield experiment(f"a column is called {name}", extra.encode(), refused=True)
            own = scenario_file({}).replace("switching_cost", value)
            yield scenario(f"a parameter is called {name}", own.encode(), refused=True)
            setting = scenario_file({}).replace("tied", value)
            yield scenario(f"a setting is called {name}", setting.encode(), refused=True)
    for inner in ("low", "high", "steps", "values", "lows"):
        for name, value in VALUES.items():
            given = {"low": "0.0", "high": "1.0", inner: value}
            text = "{ " + ", ".join(f"{k} = {v}" for k, v in given.items()) + " }"
            made = experiment_file({"design.columns.switching_cost": text}).encode()
            yield experiment(f"{inner} of a range is {name}", made)


def no_files():
    """Things that are no scenario, experiment, design, table or manifest, in the place of one."""
    for name, content in NO_FILES.items():
        yield scenario(name, content, refused=True)
        yield experiment(name, content, refused=True)
        yield design(name, content, refused=True)
        parent = {"mine.toml": scenario_file({"based_on": '"p.toml"'}).encode(), "p.toml": content}
        yield Hostile(f"parent: {name}", ["run", "mine.toml", *SHORT], parent, True)
        yield Hostile(f"comparison: {name}", ["report", "c"], {"c/manifest.json": content}, True)
        for table in ("case.toml", "columns.csv", "economy.csv", "sources.bib"):
            yield of_world(f"{table}: {name}", {table: content}, refused=True)


def designs():
    """Cells and addresses of a design."""
    valid = {"blank", "minus", "nan", "line", "1e308"}
    envelope = "export_finance[CHN].envelope@2010"
    for column in ("switching_cost", envelope, envelope.replace("envelope", "tied"), "scenario"):
        for name, cell in CELLS.items():
            yield design(f"{name} in {column}", f"{column}\n{cell}\n".encode(), refused=name not in valid)
    countries = ",".join(read_table("countries").labels[:90])
    addresses = {
        "years of 5,000 digits": f"export_finance[CHN].envelope@{DIGITS}",
        "no target": "export_finance[].envelope",
        "only commas": "export_finance[,,].envelope", "no year": "export_finance[CHN].envelope@",
        "a bracket": "[",
        "a hundred thousand signs": f"export_finance[{'x' * 100_000}].envelope", "a formula": "=cmd",
        "a dot": ".",
        "commas without end": f"restriction[{',' * 90_000}].mode", "twice": "switching_cost,switching_cost",
        "one missing": "switching_cost,", "years reversed": "export_finance[CHN].envelope@2011-2010",
    }  # fmt: skip
    for name, address in addresses.items():
        head = address if address.startswith("switching") else f'"{address}"'
        yield design(f"an address is {name}", f"{head}\n1,1\n".encode(), refused=True)
    many = f'"diversification[{countries}].share_cap@2010"\n0.5\n'
    yield design("ninety countries", many.encode())


def _table(name):
    """Head and rows of a table of the smaller world."""
    with (WORLD / name).open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    return head, rows


def _written(head, rows):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([head, *rows])
    return text.getvalue().encode()


def declarations():
    """columns.csv with columns zeroed, blank, or two of them swapped."""
    head, rows = _table("columns.csv")
    for c, column in enumerate(head):
        for name, cell in (("zeroed", "0"), ("blank", ""), ("one", "1")):
            changed = [[*row[:c], cell, *row[c + 1 :]] for row in rows]
            yield of_world(f"columns.csv: {column} {name}", {"columns.csv": _written(head, changed)})
        for d in range(c + 1, len(head)):
            changed = [[row[{c: d, d: c}.get(k, k)] for k in range(len(head))] for row in rows]
            name = f"columns.csv: {column}, {head[d]} swapped"
            yield of_world(name, {"columns.csv": _written(head, changed)})


def tables():
    """Tables with a hostile cell in each column, columns swapped, and rows twice or left out."""
    names = sorted(file.name for file in WORLD.glob("*.csv") if file.name != "columns.csv")
    picked = itertools.cycle(CELLS.items())
    for table in names:
        head, rows = _table(table)
        for c, column in enumerate(head):
            for name, cell in itertools.islice(picked, 3):
                changed = [list(row) for row in rows]
                changed[len(rows) // 2][c] = cell
                yield of_world(f"{table}: {name} in {column}", {table: _written(head, changed)})
            d = (c + 1) % len(head)
            changed = [[row[{c: d, d: c}.get(k, k)] for k in range(len(head))] for row in rows]
            yield of_world(f"{table}: {column}, {head[d]} swapped", {table: _written(head, changed)})
        yield of_world(f"{table}: a row twice", {table: _written(head, [*rows, rows[-1]])})
        yield of_world(f"{table}: one row left out", {table: _written(head, rows[:-1])})
        yield of_world(f"{table}: one row left", {table: _written(head, rows[:1])})
        yield of_world(f"{table}: upside down", {table: _written(head, rows[::-1])})


def mutations(each=60):
    """Bytes changed at random."""
    points = b"switching_cost,export_finance[CHN].envelope@2010\n1.0,2.0\n3.0,\n"
    makers = {
        "scenario": (scenario_file({}).encode(), scenario),
        "experiment": (experiment_file({}).encode(), experiment),
        "design": (points, design),
        **{
            table: ((WORLD / table).read_bytes(), lambda n, held, t=table: of_world(n, {t: held}))
            for table in ("case.toml", "columns.csv", "economy.csv", "offers.csv", "bodies.csv")
        },
    }  # fmt: skip
    for kind, (content, make) in makers.items():
        luck = random.Random(kind)
        for number in range(each):
            yield make(f"{kind} changed at random, {number}", changed_at_random(content, luck))


def arguments():
    """Options and arguments of the commands."""
    small = {"runs": "1", "years": "2010-2011", "workers": "1"}
    for option in ("runs", "seed", "years", "workers", "out", "world"):
        for text in PLACES if option == "out" else TEXTS:
            given = small | {option: text}
            command = ["run", "baseline", *(f"--{key}={value}" for key, value in given.items())]
            yield Hostile(f"run --{option}={text[:40]!r}", command, {}, False)
    for text in TEXTS:
        shown = repr(text[:40])
        for name, command in {
            "run": ["run", "--", text], "describe": ["describe", "--", text],
            "export": ["export", "--", text, "a.csv"], "report": ["report", "--", text],
            "sweep": ["sweep", "--out=s.zarr", "--", text],
            "compare --structure": ["compare", "no_dsr", f"--structure={text}", "--runs=0"],
            "compare --baseline": ["compare", "no_dsr", f"--baseline={text}", "--runs=1"],
        }.items():  # fmt: skip
            yield Hostile(f"{name} {shown}", command, {}, True)
    for text in PLACES:
        shown = repr(text[:40])
        valid = {"e.toml": experiment_file({}).encode()}
        command = ["sweep", "e.toml", f"--out={text}", "--workers=1"]
        yield Hostile(f"sweep --out={shown}", command, valid, False)
        for option in ("--out", "--store"):
            command = ["compare", "no_dsr", f"{option}={text}", "--runs=0"]
            yield Hostile(f"compare {option}={shown}", command, {}, True)


def stores():
    """A store of a sweep with one file changed, exported."""
    command = ["export", "s.zarr", "out.csv"]
    luck = random.Random("stores")
    for file, held in store().items():
        for name in ("empty", "noise", "a folder", "a pipe", "endless", "a circle", "a link to nothing"):
            changed = store() | {file: NO_FILES[name]}
            yield Hostile(f"store: {file} is {name}", command, changed, False)
        for number in range(4):
            changed = store() | {file: changed_at_random(held, luck)}
            yield Hostile(f"store: {file} changed at random, {number}", command, changed, False)
    for line in LINES:
        text = line.encode()
        made = b"%08x %s\n" % (zlib.crc32(text), text)
        file = "s.zarr/units.journal"
        changed = store() | {file: store()[file] + made}
        yield Hostile(f"store: {line[:60]!r} in {file}", command, changed, False)


def by_hand():
    """What no list of values gives."""
    own, sweep = scenario_file({}).encode(), {"e.toml": experiment_file({}).encode()}
    run, of_first = ["run", "mine.toml", *SHORT], ["run", "c0.toml", *SHORT]
    for place in ("mine.toml", "./a/../mine.toml"):
        yield Hostile(f"out is the scenario, as {place}", [*run, "--out", place], {"mine.toml": own}, True)
    world = of_world("out is a table of the world", {"note": b""}, refused=True)
    yield world._replace(command=[*world.command, "--out", "w/economy.csv"])
    for more in ([], ["--resume"]):
        command = ["sweep", "e.toml", "--out", "e.toml", *more]
        yield Hostile(f"out is the experiment {more}", command, sweep, True)
    yield scenario("a key twice", scenario_file({}, 'name = "again"').encode(), refused=True)
    itself = scenario_file({}).replace("switching_cost", "self").encode()
    yield scenario("a parameter called self", itself, refused=True)
    chain = {
        f"c{n}.toml": scenario_file({"name": f'"c{n}"', "based_on": f'"c{n + 1}.toml"'}).encode()
        for n in range(1500)
    }
    yield Hostile("a chain of 1,500 without end", of_first, chain, True)
    yield Hostile("a circle of 1,500", of_first, chain | {"c1499.toml": chain["c0.toml"]}, True)
    levels = {
        f"{side}{n}.toml": scenario_file(
            {"name": f'"{side}{n}"', "based_on": f'["l{n + 1}.toml", "r{n + 1}.toml"]'}
        ).encode()
        for n in range(25)
        for side in "lr"
    }
    ended, of_left = levels | {f"{side}25.toml": own for side in "lr"}, ["run", "l0.toml", *SHORT]
    yield Hostile("a diamond of 25 levels without end", of_left, levels, True)
    yield Hostile("a diamond of 25 levels", of_left, ended, False)
    parent = scenario_file({"based_on": r'"\u0000.toml"'}).encode()
    yield Hostile("a parent by a path of NUL", run, {"mine.toml": parent}, True)


KINDS = (values, no_files, designs, declarations, tables, mutations, arguments, stores, by_hand)

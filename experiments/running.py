"""Run studies: each leaves a folder that is complete or not there, with a manifest of how it was made."""

from __future__ import annotations

import csv
import hashlib
import importlib
import importlib.metadata
import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from lockin_sim.common.engines import has_compiler
from lockin_sim.common.errors import InputError, unknown_name
from lockin_sim.runs.context import running
from lockin_sim.runs.provenance import source_digest
from lockin_sim.runs.results import MANIFEST, listed, new_folder, write_manifest

HERE = Path(__file__).parent
RESULTS = HERE.parent / "results"

#: Significant digits of numbers in tables of results in full; the reduced form, which is compared, has all.
DIGITS = 5

#: Smaller numbers in tables are the rounding of sums that cancel.
LEAST = 1e-12

#: Where the tables of a study's reduced form lie in its results.
REDUCED = "reduced"

#: Whether a study stores a row of a table: the table's name, and the row's cells by column.
type Stored = Callable[[str, dict[str, str]], bool]


def names() -> list[str]:
    """Experiments that have a study, in order."""
    return sorted(path.parent.name for path in HERE.glob("[0-9]*_*/study.py"))


def chosen(asked: Iterable[str]) -> list[str]:
    """Experiments by number or name, in the order asked for; all if none is named.

    Raises InputError for an unknown one.
    """
    known = {key: name for name in names() for key in (name, name.partition("_")[0])}
    for key in asked:
        if key not in known:
            raise unknown_name("experiment", found=key, known=known)
    return [known[key] for key in asked] or names()


def run(
    name: str,
    *,
    only_reduced: bool = False,
    workers: int | None = None,
    out: Path = RESULTS,
    store: Path | None = None,
) -> Path:
    """Run an experiment's study, and its reduced form, into ``out/name``; the folder.

    only_reduced  leave the results in full as they are, and renew the tables of the reduced form
    workers       processes, None = one for each processor; the numbers do not depend on it
    store         folder in which runs of the form in full are kept as they are done; what is there is not run
                  again.  None = they are lost where the study is interrupted
    Of its tables a study stores all rows, or those that its function ``stored`` says pages need.
    In full the compiled engine runs it where there is one, which halves the time and changes last digits.
    Raises InputError for a place that cannot be used.
    """
    study = importlib.import_module(f"{__package__}.{name}.study")
    place, stored = out / name, getattr(study, "stored", None)
    with new_folder(place) as folder:
        made: dict[str, Any] = {}
        if not only_reduced:
            kept = None if store is None else store / name
            with running(store=kept, resume=kept is not None, engine="fast" if has_compiler() else "core"):
                study.study(folder, reduced=False, workers=workers)
            rewrite(folder, stored, digits=DIGITS)
            made["full"] = _made(name)
        elif place.exists():
            made |= _kept(place, folder)
        small = folder / REDUCED
        small.mkdir()
        study.study(small, reduced=True, workers=workers)
        rewrite(small, stored)
        for figure in small.glob("*.png"):
            figure.unlink()
        made[REDUCED] = _made(name)
        about = {"experiment": name, "seed": study.SEED, **made}
        write_manifest(folder, {**about, "files": dict(_files(folder))})
    return place


def rewrite(folder: Path, stored: Stored | None = None, *, digits: int | None = None) -> None:
    """Write tables of a folder with the rows that are stored and so many digits, None = all of them.

    What is smaller than ``LEAST`` is rounding, of another size on another processor, and becomes 0.  A column
    of labels beside the names that it spells out goes.
    """
    for path in sorted(folder.rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
        if stored is not None:
            table = path.relative_to(folder).as_posix()
            rows = [row for row in rows if stored(table, dict(zip(head, row, strict=True)))]
        columns = [k for k, name in enumerate(head) if name.removesuffix("_label") not in head[:k]]
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(head[k] for k in columns)
            writer.writerows([_rewritten(row[k], digits) for k in columns] for row in rows)


def _rewritten(cell: str, digits: int | None) -> str:
    """A cell of a table; words and whole numbers stay as they are."""
    try:
        value = float(cell) if "." in cell or "e" in cell else None
    except ValueError:
        value = None
    if value is not None and 0 < abs(value) < LEAST:
        value, cell = 0.0, "0.0"
    return cell if value is None or digits is None else f"{value:.{digits}g}"


def is_current(name: str, out: Path = RESULTS) -> bool:
    """Whether an experiment's results are whole, and their numbers were made by this very code and data.

    Code that only draws or words them is not compared.
    """
    try:
        content = manifest(out / name)
    except InputError:
        return False
    there = dict(_files(out / name))
    files = {file: there.get(file) for file in content.get("files", ())}  # others may keep theirs beside them
    made = _made(name)
    return content.get("full") == made == content.get(REDUCED) and content.get("files") == files


def manifest(folder: Path) -> dict[str, Any]:
    """The manifest of results.  Raises InputError where it cannot be read."""
    try:
        content: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{folder / MANIFEST}: {error}") from error
    return content


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _made(name: str) -> dict[str, str]:
    """By which version, by what code and data of the package (scenarios included), and by which study."""
    study = hashlib.sha256()
    for path in sorted((HERE / name).iterdir()):
        if path.suffix in (".py", ".toml"):
            study.update(path.name.encode() + path.read_bytes())
    version = importlib.metadata.version("lockin-sim")
    return {"version": version, "source": source_digest(), "study": study.hexdigest()[:12]}


def _kept(place: Path, folder: Path) -> dict[str, Any]:
    """Carry the results in full over; what their manifest says of them."""
    before = manifest(place)
    for file in listed(place):
        if file != MANIFEST and not file.startswith(f"{REDUCED}/"):
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(place / file, folder / file)
    return {"full": before["full"]} if "full" in before else {}


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    """Name and digest of every file."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), digest(path)

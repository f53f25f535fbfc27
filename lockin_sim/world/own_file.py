"""A record table from a file of one's own, with the columns of a bundled one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lockin_sim.errors import unusable
from lockin_sim.files import rows_of
from lockin_sim.world.tables import Folder, Table


def records_of(path: str | Path, names: Sequence[str]) -> Table:
    """A file of one's own with the columns of a bundled record table, checked like that table.

    Columns that may be blank, and flags, may be missing.  A source need not be one that the project knows.

    path   the file, in CSV
    names  the record tables of which it may be one; which it is, its header says

    Raises :class:`~lockin_sim.errors.InputError` naming file, row and column of the first defect.
    """
    files = _OwnFile(Path(path))
    return files.table(files.found_among(names))


class _OwnFile(Folder):
    """The bundled folder, with one record table read from another file."""

    def __init__(self, path: Path) -> None:
        self.own, self.own_name = path.absolute(), ""  # other names are of files in the bundled folder
        super().__init__(None)

    def found_among(self, names: Sequence[str]) -> str:
        """Which of the record tables the file is, by its header; the rules of its columns are made fit.

        Raises InputError for a header that fits none, naming what the nearest lacks or has too much.
        """
        _, header = next(rows_of(self.path / self.own, str(self.own)), (0, []))
        needed = {
            n: {r.column for r in self.rules[n] if r.required == "1" and r.type != "flag"} for n in names
        }
        apart = {n: len(needed[n] - set(header)) + len(set(header) - {*self._columns(n)}) for n in names}
        nearest = min(names, key=apart.__getitem__)
        for column in sorted(needed[nearest] - set(header)):
            wanted = f"the columns of one of {', '.join(names)}, which docs/data.md lists"
            raise unusable(f"{self.own}, line 1", found=f"no column {column} of {nearest}", allowed=wanted)
        rules = [r for r in self.rules[nearest] if r.column in header or r.column in needed[nearest]]
        self.undeclared[nearest] = [r for r in self.rules[nearest] if r not in rules]
        self.rules[nearest] = [r._replace(refers_to="") if "sources.key" in r.refers_to else r for r in rules]
        self.own_name = nearest
        return nearest

    def file(self, name: str) -> str:
        """The file of one's own for the table that it replaces."""
        return str(self.own) if name == self.own_name else super().file(name)

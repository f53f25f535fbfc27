"""Which code this is: the commit it was taken from, and a digest of what decides the numbers of studies."""

from __future__ import annotations

import functools
import hashlib
import subprocess
from pathlib import Path

_PACKAGE = Path(__file__).parents[1]

#: Files and folders that can change a number neither of a sweep nor of an experiment's tables, though perhaps
#: words and figures about them; whatever is not named here can.
OUTSIDE = (
    "cli.py",
    "cli_compare.py",
    "cli_options.py",
    "cli_show.py",
    "cli_sweep.py",
    "explanation/",
    "plots/",
    "progress.py",
    "report/",
    "store/",
    "studies/describe.py",
    "studies/sweep_arguments.py",
    "studies/sweep_dask.py",
    "studies/sweep_fit.py",
    "studies/sweep_layout.py",
    "studies/sweep_means.py",
    "studies/sweep_progress.py",
    "studies/sweep_provenance.py",
    "studies/sweep_source.py",
    "studies/sweep_workers.py",
    "studies/tables.py",
    "world/status.py",
)


def commit() -> str:
    """The commit of the checkout that the package lies in, "+" added if files were changed; "" if none."""
    root = _PACKAGE.parent
    if not (root / ".git").exists():
        return ""

    def git(*arguments: str) -> str:
        command = ["git", "-C", str(root), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--", str(_PACKAGE)) else "")
    except (OSError, subprocess.SubprocessError):
        return ""


@functools.cache
def source_digest() -> str:
    """Twelve hex digits over the code and data that decide numbers, as they were when first asked for."""
    content = hashlib.sha256()
    for name in deciding_files():
        content.update(name.encode() + (_PACKAGE / name).read_bytes())
    return content.hexdigest()[:12]


def deciding_files() -> list[str]:
    """Files of the package that decide numbers: all code and data but what is listed as outside."""
    paths = (p for p in sorted(_PACKAGE.rglob("*")) if p.suffix in (".py", ".csv", ".toml"))
    names = (path.relative_to(_PACKAGE).as_posix() for path in paths)
    return [name for name in names if not name.startswith(OUTSIDE)]

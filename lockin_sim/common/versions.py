"""Record the version of the package and a digest of its rules with each result, and compare them.

Results of another minor version may lack variables, and those of other rules may have other numbers: opening
them warns, and pages and figures refuse those of another minor version.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import re
import warnings
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from lockin_sim.common.errors import InputError
from lockin_sim.common.files import read_json
from lockin_sim.common.replaced import find_replaced_code

_PACKAGE = Path(__file__).parents[1]

#: Modules and folders whose code turns tables and parameters into what happens in a run.
RULES = ("common/draws.py", "engine", "model", "record", "rules", "settings/levers")

#: Docstrings, and comments on lines of their own: they decide nothing.
_WORDS = re.compile(r'^[ \t]*(?:r?"""(?:[^"\\]|\\.|"(?!""))*"""|#.*)[ \t]*\n', re.MULTILINE)

#: Attributes with the version and the rules.
VERSION, DIGEST = "version", "rules"

#: File in a folder of results with what computed them.
MANIFEST = "manifest.json"


def stamp() -> dict[str, str]:
    """Return version and digest of the rules of this process, with "+" if a rule was replaced in memory."""
    return {
        VERSION: importlib.metadata.version("lockin-sim"),
        DIGEST: rules_digest() + "+" * bool(find_replaced_code()),
    }


@functools.cache
def rules_digest() -> str:
    """Compute twelve hexadecimal digits of the code of :data:`RULES`, without docstrings and comments."""
    content = hashlib.sha256()
    for path in _files():
        content.update(f"{path.relative_to(_PACKAGE).as_posix()}\n".encode())
        content.update(_WORDS.sub("", path.read_text(encoding="utf-8")).encode())
    return content.hexdigest()[:12]


def _files() -> list[Path]:
    """List the files of the rules, in order."""
    places = (_PACKAGE / name for name in RULES)
    return [path for place in places for path in (sorted(place.rglob("*.py")) if place.is_dir() else [place])]


def read_versions(folder: Path) -> dict[str, Any]:
    """Read version and digest from the manifest of a folder of results or of its study; {} without one."""
    try:
        content = read_json(folder / MANIFEST)
    except InputError:
        return {}
    parts = [content, *content.values()] if isinstance(content, dict) else []
    found = next((part for part in parts if isinstance(part, dict) and VERSION in part), {})
    return {key: found[key] for key in (VERSION, DIGEST) if key in found}


def describe_difference(about: Mapping[str, Any]) -> str:
    """Describe another minor version or other rules that computed results; "" for this one.

    about  attributes of a dataset, or a manifest; without a version or a digest they are not compared
    """
    here, version, rules = stamp(), about.get(VERSION), about.get(DIGEST)
    if version is not None and _minor(version) != _minor(here[VERSION]):
        return f"made by lockin_sim {version}, this is {here[VERSION]}"
    if rules is not None and rules != here[DIGEST]:
        return f"made by other rules of lockin_sim ({rules}, these are {here[DIGEST]})"
    return ""


def _minor(version: object) -> list[str]:
    """Return the first two numbers of a version."""
    return str(version).split(".")[:2]


def warn_of_difference(where: object, about: Mapping[str, Any]) -> None:
    """Warn in one line about results of another minor version or other rules."""
    if other := describe_difference(about):
        warnings.warn(f"{where}: {other}; its numbers may differ from new ones", stacklevel=3)


def check_version(where: object, about: Mapping[str, Any]) -> None:
    """Refuse results of another minor version, whose variables may differ."""
    version = about.get(VERSION)
    if version is not None and _minor(version) != _minor(stamp()[VERSION]):
        raise InputError(f"{where}: found results {describe_difference(about)}; allowed: {_remedy(version)}.")


def check_variables(
    where: object, about: Mapping[str, Any], there: Collection[str], needed: Iterable[str]
) -> None:
    """Refuse results that lack a variable which is about to be read.

    about   attributes of the results
    there   names of the variables present
    needed  names of the variables required
    """
    if absent := [name for name in needed if name not in there]:
        version = about.get(VERSION, "of an unknown version")
        origin = describe_difference(about) or f"made by lockin_sim {version}"
        text = f"found no {', '.join(absent)} in results {origin}"
        raise InputError(f"{where}: {text}; allowed: {_remedy(version)}.")


def _remedy(version: object) -> str:
    """Describe which results this version can show, and which version shows others."""
    return f"those of this version: compute them again, or read them with lockin-sim {version}"

"""Write .zenodo.json and codemeta.json from CITATION.cff and pyproject.toml.

    python tools/make_metadata.py

Archives and catalogues of software read a format each; who wrote the package, its version and its licence are
said in CITATION.cff and pyproject.toml alone.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]


def build_metadata() -> dict[str, dict[str, Any]]:
    """Return the content of each file of metadata by its name."""
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    authors = [author["name"] for author in citation["authors"]]
    described = {"keywords": citation["keywords"], "version": citation["version"]}
    return {
        ".zenodo.json": {
            "title": citation["title"],
            "description": citation["abstract"],
            "upload_type": "software",
            "license": citation["license"],
            "creators": [{"name": name} for name in authors],
            **described,
        },
        "codemeta.json": {
            "@context": "https://w3id.org/codemeta/3.0",
            "@type": "SoftwareSourceCode",
            "name": project["name"],
            "description": project["description"],
            "license": f"https://spdx.org/licenses/{citation['license']}",
            "author": [{"@type": "Organization", "name": name} for name in authors],
            "datePublished": str(citation["date-released"]),
            "programmingLanguage": f"Python {project['requires-python']}",
            "softwareRequirements": project["dependencies"],
            **described,
        },
    }


def write_metadata() -> None:
    """Write each file of metadata into the root of the checkout."""
    for name, content in build_metadata().items():
        (ROOT / name).write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_metadata()

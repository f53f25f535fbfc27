"""A comparison as one page: the answer first, then the evidence.

``page`` makes the HTML and ``write_report`` the file.  Sentences are computed from the datasets, so that they
hold for any comparison; figures are those of :mod:`lockin_sim.plots`, embedded.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lockin_sim.errors import unusable
from lockin_sim.files import check_target, whole_file
from lockin_sim.report.evidence import Evidence
from lockin_sim.report.figures import attempted, figures
from lockin_sim.report.page import page

if TYPE_CHECKING:
    import xarray as xr

    from lockin_sim.plots import Figure

__all__ = ["Evidence", "attempted", "figures", "page", "write_report"]


def write_report(
    studies: Mapping[str, xr.Dataset], path: str | Path, figures: Mapping[str, Figure] | None = None
) -> Path:
    """Write the report of a comparison as one HTML file, atomically, and return its path.

    path  the file; missing folders are created;  studies, figures  as for :func:`page`
    Raises InputError for studies that are not a comparison, or a file that cannot be written.
    """
    target = Path(path)
    if target.suffix not in (".html", ".htm"):  # a dataset or the manifest could be meant
        raise unusable("report", found=str(target), allowed="the name of a file that ends in .html")
    check_target(target, "report")
    text = page(studies, figures)
    with whole_file(target, "report") as unfinished:
        unfinished.write_text(text, encoding="utf-8")
    return target

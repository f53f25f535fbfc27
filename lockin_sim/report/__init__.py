"""A comparison as one page: the question, the answer, and the doubt; and an annex with all the rest.

``page`` makes the HTML of the report, ``annex`` that of the annex, and ``write_report`` both files.
Sentences are computed from the datasets, so that they hold for any comparison; figures are those of
:mod:`lockin_sim.plots`, embedded.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lockin_sim.common.errors import unusable
from lockin_sim.common.files import check_target, whole_file
from lockin_sim.report.annex import annex
from lockin_sim.report.evidence import Evidence
from lockin_sim.report.figures import attempted, figures
from lockin_sim.report.page import page

if TYPE_CHECKING:
    import xarray as xr

    from lockin_sim.plots import Figure

__all__ = ["Evidence", "annex", "annex_of", "attempted", "figures", "page", "write_report"]


def annex_of(report: Path) -> Path:
    """Where the annex of a report stands: ``annex.html`` beside ``report.html``."""
    return report.with_name(f"{report.stem}_annex".removeprefix("report_") + report.suffix)


def write_report(
    studies: Mapping[str, xr.Dataset], path: str | Path, figures: Mapping[str, Figure] | None = None
) -> Path:
    """Write the report of a comparison and its annex, each as one HTML file, and return the report's path.

    path  of the report; missing folders are created, and the annex stands beside it, see :func:`annex_of`
    studies, figures  as for :func:`page`
    Raises InputError for studies that are not a comparison, or a file that cannot be written.
    """
    target = Path(path)
    if target.suffix not in (".html", ".htm"):  # a dataset or the manifest could be meant
        raise unusable("report", found=str(target), allowed="the name of a file that ends in .html")
    beside = annex_of(target)
    for file in (target, beside):
        check_target(file, "report")
    texts = {
        beside: annex(studies, figures, report=target.name),
        target: page(studies, figures, annex=beside.name),
    }
    for file, text in texts.items():
        with whole_file(file, "report") as unfinished:
            unfinished.write_text(text, encoding="utf-8")
    return target

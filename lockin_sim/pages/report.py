"""Write a comparison as one page with question, answer and doubt, and an annex with the rest.

:class:`Comparison` runs the studies of ``lockin compare`` or opens those of a folder, and has their tables,
figures and pages.  Sentences are computed from the datasets, so that they hold for any comparison; figures
are those of :mod:`lockin_sim.pages.plots`, embedded.
"""

from lockin_sim.pages.comparison_folder import Comparison
from lockin_sim.pages.evidence import Evidence

__all__ = ["Comparison", "Evidence"]

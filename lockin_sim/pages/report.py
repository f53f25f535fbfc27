"""A comparison as one page: the question, the answer, and the doubt; and an annex with all the rest.

:class:`Comparison` makes the studies of ``lockin compare`` or opens those of a folder, and has their tables,
figures and pages.  Sentences are computed from the datasets, so that they hold for any comparison; figures
are those of :mod:`lockin_sim.pages.plots`, embedded.
"""

from lockin_sim.pages.comparison_folder import Comparison
from lockin_sim.pages.evidence import Evidence

__all__ = ["Comparison", "Evidence"]

"""Whether a figure can be read: what holds of the texts of every one."""

import itertools
import re

from matplotlib.axes import Axes
from matplotlib.text import Text


def shown_texts(figure):
    """All texts but those of hidden axes and of ticks outside the view."""
    hidden = set()
    for ax in figure.findobj(Axes):  # insets, too
        hidden |= set() if ax.get_visible() else set(ax.findobj(Text))
        hidden |= set() if ax.axison else set(ax.findobj(Text)) - set(ax.texts)
        for labels, limits, at in (
            (ax.get_xticklabels(), ax.get_xlim(), 0),
            (ax.get_yticklabels(), ax.get_ylim(), 1),
        ):
            low, high = sorted(limits)
            hidden |= {label for label in labels if not low <= label.get_position()[at] <= high}
    shown = [each for each in figure.findobj(Text) if each.get_visible() and each.get_text().strip()]
    return [each for each in shown if each not in hidden]


def assert_readable(figure):
    """No text is cut off, lies on another, says that a number is missing or has a range in square brackets;
    rows and columns differ."""
    figure.canvas.draw()
    width, height = figure.bbox.size
    boxes = {text: text.get_window_extent() for text in shown_texts(figure)}
    for text, box in boxes.items():
        assert -1 <= box.x0 <= box.x1 <= width + 1, text.get_text()
        assert -1 <= box.y0 <= box.y1 <= height + 1, text.get_text()
        assert not re.search(r"\b(nan|inf|None)\b(?! of)|\[[^]]+\]", text.get_text()), text.get_text()
    for (one, box), (other, of_other) in itertools.combinations(boxes.items(), 2):
        wide = min(box.x1, of_other.x1) - max(box.x0, of_other.x0)
        high = min(box.y1, of_other.y1) - max(box.y0, of_other.y0)
        assert min(wide, high) < 2, (one.get_text(), other.get_text())
    for ax in figure.axes:
        if ax.get_ylabel() == "per cent":  # of levels: no share is more than all
            assert max(tick for tick in ax.get_yticks() if tick <= max(ax.get_ylim())) <= 100
        for labels in (ax.get_xticklabels(), ax.get_yticklabels()):
            names = [label.get_text() for label in labels if label in boxes]
            assert len(set(names)) == len(names)

"""Provide what all figures use: style, labels, axes, lines, map backgrounds and saving."""

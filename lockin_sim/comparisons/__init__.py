"""Paired comparisons: arms, trials, outcomes, places, uncertainty, and the reader of their results."""

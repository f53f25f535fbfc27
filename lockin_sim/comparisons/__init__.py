"""Compare scenarios in pairs: arms, trials, outcomes, places, uncertainty and the reader of results."""

"""Write pages and draw figures: comparisons, economies, exit plans, leads, trials of lock-in."""

"""Pages and figures: reports of comparisons, pages of countries, exit plans and leads, plots."""

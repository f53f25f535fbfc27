"""Evidence from the record about runs, forecasts, parameters, and which fact would overturn a conclusion."""

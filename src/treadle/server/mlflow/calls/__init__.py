"""MLflow's calls, one module for each kind of thing: runs, experiments, models and so on."""

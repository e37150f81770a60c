"""Transfer of artifacts for MLflow's clients: whole, in parts, and files of no run."""

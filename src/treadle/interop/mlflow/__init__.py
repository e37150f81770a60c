"""Readers of MLflow's stores and projects, and the import into a Treadle store."""

"""The provenance of a run besides its configuration: code, uncommitted changes, environment."""

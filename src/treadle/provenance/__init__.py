"""The provenance of a run beside its configuration: code, uncommitted changes, environment."""

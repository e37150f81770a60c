"""Artifact storage: its interface, a local folder, and any URL."""

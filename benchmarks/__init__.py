"""Benchmarks against the peers; see run.py."""

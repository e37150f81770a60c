"""Runs a recorded run again, of what it was made of, and compares the results.

`prepare` rebuilds the code (`treadle.project.trees`), the configuration and the data, and finds or builds an
environment; it says what cannot be rebuilt before anything runs. `reproduce` runs that, in a process of its own and
by the command line that a user would type, and judges every output and metric.
"""

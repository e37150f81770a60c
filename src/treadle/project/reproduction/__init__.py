"""Reproduction of a recorded run, and comparison of the results.

`prepare` rebuilds the code (`treadle.provenance.trees`), the configuration and the data, and finds
or builds an environment; it first reports what cannot be rebuilt. `reproduce` runs that in a
separate process, by the command line that a user would type, and judges each output and metric.

    reproduce                         prepares a reproduction, starts it, and finds its run
    rebuilt, pipeline                 the rebuilt code, and what a pipeline needs to run there
    configuration, data, interpreter  what it runs with: configuration, inputs, Python environment
    judgement, closeness              compare its results with those of the original run
"""

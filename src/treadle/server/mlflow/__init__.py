"""MLflow's REST protocol, as its clients of versions 2 and 3 use it.

A call is a function with a message above it; the reference has its docstring.

    routes, protocol, call                    a request: its route, its message, its context
    calls/                                    one module for each kind of object
    files/                                    artifacts
    entities, run_messages, prompts, sources  messages, and their conversion
    checks, errors                            validation and errors in MLflow's words
    vocabularies, translation, listing        searches
    attempts                                  requests that a client repeats
    run_names                                 random names of runs
"""

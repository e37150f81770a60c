"""Stores in SQL databases.

One SQL text serves both databases wherever possible.

    store                                  the store, composed of the parts below
    database, sqlite, postgresql/          databases, and how they differ
    sqlite_file, sqlite_errors, read_only  opening of a SQLite file, and its errors
    schema, statements                     tables with their upgrades, and the longer statements
    apply, entry_rows                      writing of the entries of journals
    locked_runs, run_states                what a transaction locks, and starts and ends of runs
    runs, run_log, run_inputs              runs that clients change by single calls
    run_changes, experiments               changes by users, and experiments
    read, search/, series/                 reading of runs, pages of them, and metrics
    tables/                                tables of runs, as pages show them
    logged_models                          models of runs
    registry, registry_records             registered models
    named_values, in_lists                 tables of tags and the like, and long lists of values
    artifact_index, uploads                artifacts
    log_lines, views, activity             lines that runs printed, saved views, what goes on
    accounts, webhooks, imports            users, webhooks, imports
    removal                                permanent deletion
"""

from treadle.store.sql.run_log import SqlRunLog
from treadle.store.sql.store import SqlStore

__all__ = ["SqlRunLog", "SqlStore"]

"""Stores in SQL databases.

One SQL text serves both databases wherever possible.

    store                                     the store, composed of the parts below
    database, sqlite, read_only, postgresql/  databases, and how they differ
    schema                                    tables, and their migrations
    apply, run_log, runs, experiments         writing of runs: from journals, and by single calls
    read, search/, series/                    reading of runs, pages of them, and metrics
    logged_models, registry                   models
    artifact_index, uploads                   artifacts
    accounts, webhooks, imports               users, webhooks, imports
    removal                                   permanent deletion
"""

from treadle.store.sql.run_log import SqlRunLog
from treadle.store.sql.store import SqlStore

__all__ = ["SqlRunLog", "SqlStore"]

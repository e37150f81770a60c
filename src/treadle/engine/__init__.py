"""Planning and running pipelines.

It knows nodes and datasets, but not that runs are recorded: it calls hooks.

    plan, completion, new_partitions    what is to run, with which inputs, and whether it can
    execute, schedule, events, seeding  the scheduling loop, its order, hooks and seeds
    step_data, memory_values            loads and saves data; values that are only in memory
    executors/                          where tasks run
    claims, confirm                     outputs that no other run may write; checkpoints
    incremental, preview, decisions     what runs, what is reused, before and during a run
    basis, purity, reasons              what that is based on, and the reasons
    key, dependencies, identities       what a node depends on, and the digest of that
    parameter_text, data_code, modules  parts of a key: parameters, code that loads data, packages
    fingerprint/                        digests of code and values
    observed/                           files, folders and variables that a node reads
    ledger, ledger_file, ledger_lookup  what nodes made, by key
    output_cache, results, logged       cached outputs, and what their nodes logged
    suggest                             guesses what a misspelled input means
"""

from treadle.engine.claims import claim
from treadle.engine.decisions import Decision
from treadle.engine.execute import Outputs, Timing, execute
from treadle.engine.executors import Executor, InlineExecutor
from treadle.engine.incremental import Incremental
from treadle.engine.ledger import Ledger
from treadle.engine.plan import Plan, Step, create_plan

__all__ = [
    "Decision",
    "Executor",
    "Incremental",
    "InlineExecutor",
    "Ledger",
    "Outputs",
    "Plan",
    "Step",
    "Timing",
    "claim",
    "create_plan",
    "execute",
]

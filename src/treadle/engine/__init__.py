"""Planning and running pipelines."""

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

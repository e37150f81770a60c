"""Runs projects, each in a fork of a process that has loaded Treadle but nothing of theirs.

Reads one JSON object a line: the folder of a project, and what to run it with. Answers which nodes
ran, which were reused, and why. Starting Python for each of dozens of runs would take most of the
time.
"""

import json
import os
import sys
import traceback
from pathlib import Path

from treadle.engine.fingerprint import digest_value
from treadle.hooks import hook
from treadle.project.prepare import prepare
from treadle.project.run_options import RunOptions
from treadle.project.settings import find_project
from treadle.provenance.request import PipelineRequest


class Collector:
    """Notes what happens to each node."""

    def __init__(self, *, digests):
        self._is_digesting = digests
        self.ran = {}
        self.reused = {}
        self.digests = {}

    @hook
    def after_node_run(self, node, timing, outputs):
        self.ran[node.name] = timing.reason
        if self._is_digesting:
            self.digests[node.name] = [digest_value(one) for one in outputs.values()]

    @hook
    def after_node_reused(self, node, reason):
        self.reused[node.name] = reason


def serve(ask):
    os.chdir(ask["folder"])
    os.environ.update(ask.get("environment", {}))
    sys.path.insert(0, str(Path(ask["folder"]) / "src"))
    collector = Collector(digests=ask.get("digests", False))
    project = find_project()
    if project is None:
        raise ValueError(ask["folder"])
    prepared = prepare(project, PipelineRequest(params=tuple(ask.get("params", ()))), name="test")
    options = RunOptions(fresh=ask.get("fresh", False), seed=ask.get("seed", 0))
    repeated = prepared.repeat(options)
    prepared.workspace.hooks.register(collector)
    session = prepared.load()
    plan, decisions, incremental = session.preview(options)
    names = [step.node.name for step in plan.steps]
    answer = {
        "repeated": repeated is not None,
        "planned": {
            name: [one.action, one.reason] for name, one in zip(names, decisions, strict=True)
        },
        "outside": sorted(
            {hint.what for step in plan.steps for hint in incremental.code(step).outside}
        ),
        "widened": sorted(
            {hint.where for step in plan.steps for hint in incremental.code(step).widened}
        ),
        "pieces": {step.node.name: incremental.code(step).pieces for step in plan.steps},
    }
    if not ask.get("only_plan"):
        answer["run"] = session.run(options).id
    return {
        **answer,
        "ran": collector.ran,
        "reused": collector.reused,
        "digests": collector.digests,
    }


def main():
    for line in sys.stdin:
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            os.close(reading)
            try:
                answer = serve(json.loads(line))
            except BaseException:
                answer = {"error": traceback.format_exc()}
            with os.fdopen(writing, "w") as stream:
                stream.write(json.dumps(answer))
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as stream:
            answer = stream.read()
        os.waitpid(child, 0)
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

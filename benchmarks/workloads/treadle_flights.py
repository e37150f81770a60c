"""The flights project under Treadle, recorded."""

import json
import os
import time
from pathlib import Path

from treadle.project import RunOptions, Session, require_project
from treadle.project.create import create_project
from treadle.project.pipeline_modules import load_pipeline
from treadle.project.prepare import prepare
from treadle.provenance.request import PipelineRequest


def main():
    os.chdir(create_project("bench", Path.cwd(), "flights"))
    project = require_project()
    pipeline = load_pipeline(
        project
    )  # imports pandas, scikit-learn and matplotlib, as the others do
    began = time.perf_counter()
    workspace = prepare(project, PipelineRequest(), name="bench").workspace
    Session(workspace=workspace, pipeline=pipeline).run(RunOptions())
    print(json.dumps({"seconds": time.perf_counter() - began}))


main()

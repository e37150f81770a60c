"""The flights project under Treadle, recorded."""

import json
import os
import time
from pathlib import Path

from treadle.project import RunOptions, prepare, require_project
from treadle.project.create import create_project
from treadle.project.pipeline_modules import load_pipeline


def main():
    os.chdir(create_project("bench", Path.cwd(), "flights"))
    project = require_project()
    pipeline = load_pipeline(
        project
    )  # imports pandas, scikit-learn and matplotlib, as the others do
    began = time.perf_counter()
    prepare(project, pipeline, name="bench").run(RunOptions())
    print(json.dumps({"seconds": time.perf_counter() - began}))


main()

"""Goes on with what `made_by_mlflow.py` has stored, and changes it."""

import sys
import warnings

from mlflow import MlflowClient
from mlflow.entities import Metric

warnings.simplefilter("ignore")
client = MlflowClient()
run = sys.argv[1]
client.log_batch(
    run,
    metrics=[Metric("train/m", 7.5, 1_000_000_000_000, 9)],
)  # by a clock that is wrong
client.set_tag(run, "k", "another")
client.set_tag(run, "new", "1")
client.log_text(run, "later", "late.txt")
client.update_registered_model("twice", "described")
client.set_registered_model_alias("twice", "newest", "2")
client.set_model_version_tag("twice", "2", "checked", "no")
client.transition_model_version_stage("twice", "2", "Production")

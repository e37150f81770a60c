"""A large file in parts, as MLflow's own client sends it."""

import hashlib
import os
import random
import tempfile
from pathlib import Path

import mlflow

os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = "true"
os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = str(1 << 20)
os.environ["MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE"] = str(1 << 20)

content = random.Random(0).randbytes((7 << 20) + 12_345)
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder, "weights.bin")
    path.write_bytes(content)
    with mlflow.start_run() as run:
        mlflow.log_artifact(str(path), "deep/er")
        mlflow.log_artifact(str(path))
    for name in ("deep/er/weights.bin", "weights.bin"):
        found = Path(
            mlflow.artifacts.download_artifacts(run_id=run.info.run_id, artifact_path=name)
        ).read_bytes()
        assert hashlib.sha256(found).digest() == hashlib.sha256(content).digest()
print("all of it holds")

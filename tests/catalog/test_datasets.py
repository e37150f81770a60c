"""The contract of datasets, on entries of the catalog that are not one file of a format."""

import pandas as pd
import pytest

from treadle.testing import DatasetCase, DatasetSuite

FRAME = pd.DataFrame({"a": [1, 2], "b": ["x", "ü"]})


def rows(frame):
    return frame.to_dict("list")


class TestSqlTable(DatasetSuite):
    @pytest.fixture
    def case(self, tmp_path):
        entry = {
            "type": "sql_table",
            "table_name": "t",
            "credentials": {"con": f"sqlite:///{tmp_path}/data.db"},
            "save_args": {"if_exists": "replace"},
        }
        return DatasetCase(entry=entry, values=[FRAME, FRAME.head(1)], plain=rows)


class TestPartitions(DatasetSuite):
    @pytest.fixture
    def case(self):
        entry = {"type": "partitioned", "path": "parts", "dataset": "json", "overwrite": True}
        return DatasetCase(entry=entry, values=[{"a": 1, "b": [2]}, {"c": 3}], plain=loaded)


def loaded(parts):
    return {name: part() if callable(part) else part for name, part in parts.items()}


class TestDatasetsOfKedro(DatasetSuite):
    @pytest.fixture(params=["json.JSONDataset", "pickle.PickleDataset"])
    def case(self, request):
        entry = {"type": f"kedro_datasets.{request.param}", "filepath": "deep/data.bin"}
        return DatasetCase(entry=entry, values=[{"a": [1]}, [2]])


class TestRemoteFiles(DatasetSuite):
    @pytest.fixture
    def case(self, bucket):
        entry = {"type": "csv", "filepath": f"{bucket}/data.csv"}
        return DatasetCase(entry=entry, values=[FRAME, FRAME.head(1)], plain=rows)

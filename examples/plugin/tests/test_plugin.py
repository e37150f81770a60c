import shutil
from pathlib import Path

import pytest

import treadle
from treadle import node, pipeline
from treadle.testing import DatasetCase, DatasetSuite, FormatSuite


class TestMsgpackFormat(FormatSuite):
    @pytest.fixture
    def case(self):
        return DatasetCase(entry={"type": "msgpack"}, values=[{"a": [1, None, "ü"]}, [0.5]])


class TestSqliteRows(DatasetSuite):
    packages = ["treadle_example"]

    @pytest.fixture
    def case(self):
        entry = {"type": "treadle_example.sqlite_rows.SqliteRows"}
        return DatasetCase(
            entry={**entry, "database": "data.db", "table": "rows"},
            values=[[{"a": 1, "b": "x"}, {"a": 2, "b": "ü"}], [{"c": None}]],
        )


def test_an_empty_output_is_rejected(treadle_folder):
    letters = pipeline([node(list, "text", "letters")])
    catalog = {"letters": "letters.json"}
    treadle.run(letters, inputs={"text": "ab"}, catalog=catalog)
    with pytest.raises(treadle.TreadleError, match="letters is empty"):
        treadle.run(letters, inputs={"text": ""}, catalog=catalog)
    assert treadle.get_run("latest").run.status == "failed"


def test_a_flow_runs_with_the_plugin(treadle_folder, treadle_command):
    shutil.copy(Path(__file__).parent.parent / "flow.py", treadle_folder)
    done = treadle_command("run", "flow.py")
    assert done.code == 0, done
    assert Path("greeting.msgpack").read_bytes() == b"\x81\xa5hello\xa5world"

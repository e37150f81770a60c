"""Single files of nodes: they have what projects have."""

from tests.projects import write

FLOW = """
from treadle import node, param

catalog = {"table": {"filepath": "table.json", "versioned": True}, "raw": "raw.json",
    "loud": "out.shout"}
parameters = {"model": {"depth": 3}, "labels": {0: "cat"}}

@node
def table(raw, depth: int = param("model.depth")): return [raw, depth]

@node(outputs="copy")
def copied(table, labels=param("labels")): return [*table, labels]
"""


def test_versions_and_parameters_of_a_single_file(treadle, tmp_path):
    write(tmp_path, {"flow.py": FLOW, "raw.json": "1"})
    assert treadle("run", "flow.py").code == 0
    assert treadle("run", "flow.py", "--params", "model.depth=4").code == 0
    old, new = sorted(path.name for path in (tmp_path / "table.json").iterdir())
    for text in (f"table={old}", f"table:{old}"):
        done = treadle("run", "flow.py", "--nodes", "copied", "--load-versions", text)
        assert done.code == 0, done
        (used,) = [
            one
            for one in treadle("runs", "show", "latest", "--json").json["datasets"]
            if one["role"] == "read"
        ]
        assert used["version"] == old != new
    unknown = treadle("run", "flow.py", "--load-versions", "tabel=x")
    assert (unknown.code, 'Did you mean "table"?' in unknown.err) == (5, True)


def test_a_parameter_that_no_node_of_a_file_reads_is_said(treadle, tmp_path):
    write(tmp_path, {"flow.py": FLOW, "raw.json": "1"})
    for command in ("run", "plan"):
        done = treadle(command, "flow.py", "--params", "model.dept=4,labels.0=dog")
        assert done.code == 0, done
        assert done.err.count("WARNING") == 1
        assert 'No node reads the parameter "model.dept"' in done.err
        assert 'Did you mean "model.depth"?' in done.err
    assert treadle("run", "flow.py", "--nodes", "copied", "--params", "model.depth=4").err == ""


PLUGIN = """
from pathlib import Path
from treadle import hook
from treadle.catalog import EngineFormat

class ShoutFormat(EngineFormat):
    name = "shout"
    def load(self, path: Path, options): return path.read_text()
    def save(self, data, path: Path, options): path.write_text(str(data).upper())

class Plugin:
    @hook
    def register_formats(self): return {"shout": "shouting:ShoutFormat"}
    @hook
    def register_resolvers(self): return {"word": lambda: "hello"}

plugin = Plugin()
"""


def test_formats_and_resolvers_of_installed_plugins_work_in_single_files(treadle, tmp_path):
    site = tmp_path / "site"
    write(
        tmp_path,
        {
            "site/shouting.py": PLUGIN,
            "site/shouting-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: shouting\n"
            "Version: 1.0\n",
            "site/shouting-1.0.dist-info/entry_points.txt": "[treadle]\n"
            "shouting = shouting:plugin\n",
            "flow.py": "from treadle import node, param\n"
            'catalog = {"out": {"type": "shout", "filepath": "out.txt"}}\n'
            '@node(outputs="out")\n'
            'def said(word: str = param("word")): return word\n',
            "conf/base/parameters.yml": 'word: "${word:}"\n',
        },
    )
    done = treadle("run", "flow.py", environment={"PYTHONPATH": str(site)})
    assert done.code == 0, done
    assert (tmp_path / "out.txt").read_text() == "HELLO"

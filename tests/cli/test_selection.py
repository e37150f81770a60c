"""The options of ``run``, ``plan`` and ``why``: which of them are the request."""

import click
import msgspec

from treadle.cli.selection import REQUESTED, selection_options
from treadle.provenance.request import PipelineRequest


def test_an_option_is_part_of_the_request_on_purpose():
    assert {"target", *REQUESTED} == set(PipelineRequest.__struct_fields__)


def test_a_command_gets_one_request_and_its_other_options(tmp_path):
    got = {}

    @click.command()
    @click.argument("target", required=False)
    @selection_options
    @click.option("--name", default="")
    def command(**options):
        got.update(options)

    (tmp_path / "flow.py").touch()
    command.main(
        [
            "flow.py",
            "--nodes",
            "a,b",
            "-p",
            "x=1",
            "-lv",
            "t:2",
            "--conf-source",
            "c",
            "--seed",
            "7",
        ],
        standalone_mode=False,
    )
    request = got.pop("request")
    assert msgspec.structs.asdict(request) == {
        **msgspec.structs.asdict(PipelineRequest()),
        "target": str(tmp_path / "flow.py"),
        "conf_source": str(tmp_path / "c"),
        "params": ("x=1",),
        "nodes": ("a", "b"),
        "load_versions": {"t": "2"},
    }
    assert got == {"target": "flow.py", "name": "", "fresh": False, "seed": 7, "store": ""}
    command.main([], standalone_mode=False)
    assert got["request"] == PipelineRequest()

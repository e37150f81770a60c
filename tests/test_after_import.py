"""A function is called when a module has been imported, by whichever loader."""

import sys

import pytest

from treadle.after_import import AfterImport


@pytest.fixture
def module(tmp_path, monkeypatch):
    (tmp_path / "late_module.py").write_text("VALUE = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield "late_module"
    sys.modules.pop("late_module", None)


def test_it_is_called_once_the_code_has_run_and_leaves_no_trace(module):
    values = []
    hook = AfterImport({module}, lambda loaded: values.append(loaded.VALUE))
    hook.install()
    hook.install()
    try:
        assert sys.meta_path.count(hook) == 1
        loaded = __import__(module)
    finally:
        hook.remove()
        hook.remove()
    assert values == [1]
    assert hook not in sys.meta_path
    assert loaded.__loader__ is loaded.__spec__.loader
    assert type(loaded.__loader__).__name__ == "SourceFileLoader"


def test_other_attributes_of_the_loader_stay_available(module):
    hook = AfterImport({module}, lambda _: None)
    assert hook.find_spec("another_module") is None
    assert hook.find_spec("json") is None
    spec = hook.find_spec(module)
    assert b"VALUE" in spec.loader.get_data(spec.origin)

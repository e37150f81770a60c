"""What plugins see, what they may replace, and how wrong ones are refused."""

import re

import pytest

import treadle
from treadle import hook, node, pipeline
from treadle.errors import ProjectError
from treadle.hooks import create_hooks, find_replacing_plugin


def double(numbers, times):
    return [times * number for number in numbers]


CHAIN = pipeline(
    [node(double, ["numbers", "params:times"], "doubled"), node(sum, "doubled", "total")]
)


def run(*plugins, catalog=None, **options):
    catalog = {"numbers": [1, 2], "total": "total.json", **(catalog or {})}
    return treadle.run(CHAIN, catalog=catalog, params={"times": 2}, hooks=plugins, **options)


def test_hooks_see_inputs_outputs_the_catalog_and_what_was_asked_for():
    seen: dict[str, object] = {}

    class Watch:
        @hook
        def before_pipeline_run(self, run_params, catalog, plan):
            seen["begin"] = (run_params["seed"], catalog.load("numbers"), plan.parameters)

        @hook
        def after_pipeline_run(self, run_params, catalog, outputs):
            seen["end"] = (run_params["seed"], catalog.load("total"), dict(outputs))

        @hook
        def before_node_run(self, node, inputs, catalog):
            seen[f"before {node.name}"] = (dict(inputs), "total" in catalog)

        @hook
        def after_node_run(self, node, inputs, outputs):
            seen[f"after {node.name}"] = (dict(inputs), dict(outputs))

    run(Watch(), seed=7)
    assert seen == {
        "begin": (7, [1, 2], {"times": 2}),
        "end": (7, 6, {"total": 6}),
        "before double": ({"numbers": [1, 2], "params:times": 2}, True),
        "after double": ({"numbers": [1, 2], "params:times": 2}, {"doubled": [2, 4]}),
        "before sum": ({"doubled": [2, 4]}, True),
        "after sum": ({"doubled": [2, 4]}, {"total": 6}),
    }


def test_hooks_see_the_inputs_of_a_node_that_fails():
    seen: list[object] = []

    class Watch:
        @hook
        def on_node_error(self, node, inputs, error, catalog):
            seen.append((node.name, dict(inputs), "numbers" in catalog))

        @hook
        def on_pipeline_error(self, run_params, catalog, error):
            seen.append((run_params["fresh"], "numbers" in catalog))

    with pytest.raises(treadle.TreadleError):
        run(Watch(), catalog={"numbers": [1, None]})
    assert seen == [("double", {"numbers": [1, None], "params:times": 2}, True), (False, True)]


class Replace:
    def __init__(self, value=10):
        self.value = value

    @hook
    def before_node_run(self, node, inputs):
        if node.name == "double":
            return {"numbers": [self.value]}
        return None


class Watch:
    @hook
    def before_node_run(self, node):
        def inner():
            return 3

        self.seen = inner()
        return  # noqa: PLR1711


def test_a_dict_that_is_returned_replaces_inputs():
    assert run(Replace()).outputs["total"] == 20
    assert run(Replace(1), Replace(5)).outputs["total"] == 10  # the last registered wins


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1], 'before_node_run of a plugin returned list for node "double"'),
        (
            {"nubmers": 1},
            '"nubmers", which is not an input of node "double".\nDid you mean "numbers"?',
        ),
    ],
)
def test_what_replaces_no_input_is_refused(value, message):
    class Wrong:
        @hook
        def before_node_run(self, node):
            return value

    with pytest.raises(ProjectError, match=re.escape(message)):
        run(Wrong())


def statuses(store):
    return {one.node: (one.status, one.reason) for one in store.get_run("latest").nodes}


def test_nothing_is_reused_wrongly_where_a_plugin_may_replace_inputs(store):
    catalog = {"doubled": "doubled.json"}
    for value in (1, 2, 2):
        run(Replace(value), catalog=catalog)
        assert treadle.DataCatalog({"total": "total.json"}).load("total") == 2 * value
    reason = "the plugin Replace may replace its inputs (cache=True says it does not)"
    assert statuses(store)["double"] == ("finished", reason)
    run(catalog=catalog)  # without it, nothing of what it made counts
    assert treadle.DataCatalog({"total": "total.json"}).load("total") == 6
    run(Watch(), catalog=catalog)  # it may change inputs in place: its code counts
    assert {status for status, _ in statuses(store).values()} == {"finished"}
    run(Watch(), catalog=catalog)
    assert {status for status, _ in statuses(store).values()} == {"reused"}
    run(Replace(1), catalog=catalog)
    assert treadle.DataCatalog({"total": "total.json"}).load("total") == 2


@pytest.mark.parametrize(("plugin", "name"), [(Replace(), "Replace"), (Watch(), "")])
def test_which_plugins_may_replace_inputs(plugin, name):
    assert find_replacing_plugin(create_hooks([plugin])) == name


class Kedro:
    def before_node_run(self, node):
        """Marked below as Kedro's hook_impl marks."""

    before_node_run.__dict__["kedro_impl"] = {"specname": None}


class Unmarked:
    def after_node_run(self, node):
        """Do nothing."""


class Empty:
    """Has nothing."""


def with_hook(name, function):
    return type("Plugin", (), {name: hook(function)})()


@pytest.mark.parametrize(
    ("plugin", "message", "hint"),
    [
        (
            Kedro(),
            "The plugin Kedro has only hooks of Kedro: before_node_run.",
            "from treadle import hook, and @hook above",
        ),
        (
            Unmarked(),
            "no function that is marked with @hook: after_node_run",
            "node, run_id, timing, inputs, outputs, catalog",
        ),
        (Empty(), "The plugin Empty has no hooks.", "from treadle import hook"),
        (
            with_hook("after_dataset_loaded", lambda self, dataset_name: None),
            'the hook after_dataset_loaded has no argument "dataset_name"',
            (
                'Kedro\'s "dataset_name" is "name" here. Its arguments are: name, dataset, node, '
                "data, run_id."
            ),
        ),
        (
            with_hook("after_pipeline_run", lambda self, run_result: None),
            'no argument "run_result"',
            'Kedro\'s "run_result" is "outputs" here.',
        ),
        (
            with_hook("before_node_run", lambda self, is_async: None),
            'no argument "is_async"',
            "Its arguments are: node, run_id, started, inputs, catalog.",
        ),
        (
            with_hook("after_context_created", lambda self, context: None),
            "there is no hook after_context_created",
            "after_catalog_created",
        ),
        (
            with_hook("before_node_runs", lambda self: None),
            "there is no hook before_node_runs",
            'Did you mean "before_node_run"?',
        ),
    ],
)
def test_a_plugin_of_which_nothing_would_be_called_is_refused_with_the_line_to_write(
    plugin, message, hint
):
    with pytest.raises(ProjectError) as raised:
        create_hooks([plugin])
    assert message in raised.value.message
    assert hint in raised.value.hint


def test_a_plugin_that_raises_is_named_with_its_line():
    class Broken:
        @hook
        def after_node_run(self, node):
            raise KeyError("what")

    with pytest.raises(
        ProjectError,
        match=r"(?s)The hook after_node_run of a plugin failed: KeyError: "
        r"'what'.*test_hooks.py:\d+: raise KeyError",
    ):
        run(Broken())

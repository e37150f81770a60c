"""What is said of inputs that are not what they were."""

import msgspec
import pytest

from treadle.engine.key import NodeParts, explain_difference

PARTS = NodeParts(code={}, packages={}, inputs={}, params={}, entries={}, form="", seed=0)


@pytest.mark.parametrize(
    ("before", "now", "said"),
    [
        ("blake3:11111111a", "blake3:22222222a", 'input "x" changed (11111111 → 22222222)'),
        ("blake3:11111111 a", "blake3:22222222 b", 'input "x" changed (11111111 → 22222222)'),
        (
            "blake3:11111111 a",
            "blake3:11111111 b",
            'input "x" is the same, but the code of its objects changed',
        ),
        ("declared:1", "declared:2", 'input "x" changed'),
    ],
)
def test_an_input_is_told_by_its_content_and_by_the_code_of_objects(before, now, said):
    old, new = (msgspec.structs.replace(PARTS, inputs={"x": one}) for one in (before, now))
    assert explain_difference(old, new) == said

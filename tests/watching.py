"""A plugin that notes what a run does."""

from treadle.hooks import hook


class Watch:
    """Notes which nodes ran, in order, and which were reused, each with the reason."""

    def __init__(self):
        self.ran, self.reused = [], {}

    @hook
    def after_node_run(self, node):
        self.ran.append(node.name)

    @hook
    def after_node_reused(self, node, reason):
        self.reused[node.name] = reason

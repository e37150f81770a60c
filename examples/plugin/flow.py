"""Uses the plugin: treadle run flow.py."""

from treadle import node

catalog = {"greeting": {"type": "msgpack", "filepath": "greeting.msgpack"}}


@node(outputs="greeting")
def greet():
    return {"hello": "world"}

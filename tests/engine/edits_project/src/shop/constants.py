RATE = 2
UNUSED = 7
TABLE = {"x": {"y": [1, 2]}}
NAMES = {"b", "a", "c"}

pytest_plugins = ["treadle.testing.fixtures"]

"""What every test may use: the real servers (see tests/servers/fixtures.py)."""

pytest_plugins = ["tests.servers.fixtures", "tests.logging_state"]

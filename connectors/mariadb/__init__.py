"""The MariaDB connector. `create` and `configure` import what they need: naming the connector costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdc.config import Config
    from connectors.mariadb.config import MariaDbConfig
    from connectors.mysql.source import BinlogSource

ALIASES = ("io.debezium.connector.mariadb.MariaDbConnector", "MariaDbConnector")
PLUGIN = "mariadb"  # the plugin label of Debezium's metrics


def configure(raw: dict[str, object], *, strict: bool = True) -> MariaDbConfig:
    """Read and check the properties of a connector file. Raises ConfigError with every problem, if `strict`."""
    from connectors.mariadb.config import MariaDbConfig

    return MariaDbConfig(raw, strict=strict)


def create(config: Config, wait: Callable[[float], bool] | None = None) -> BinlogSource:
    """The source; `wait` waits some seconds and says whether a stop was asked for meanwhile."""
    from connectors.mariadb.config import MariaDbConfig
    from connectors.mysql.source import BinlogSource

    if not isinstance(config, MariaDbConfig):
        raise TypeError(f"not a MariaDB configuration: {type(config).__name__}")
    return BinlogSource(config, wait)

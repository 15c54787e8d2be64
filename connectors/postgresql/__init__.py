"""The PostgreSQL connector. `create` and `configure` import what they need: naming the connector costs nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cdc.config import Config
    from connectors.postgresql.config import PostgresConfig
    from connectors.postgresql.source import PostgresSource

ALIASES = ("io.debezium.connector.postgresql.PostgresConnector", "PostgresConnector")
PLUGIN = "postgres"  # the plugin label of Debezium's metrics


def configure(raw: dict[str, object], *, strict: bool = True) -> PostgresConfig:
    """Read and check the properties of a connector file. Raises ConfigError with every problem, if `strict`."""
    from connectors.postgresql.config import PostgresConfig

    return PostgresConfig(raw, strict=strict)


def create(config: Config, wait: Callable[[float], bool] | None = None) -> PostgresSource:
    """The source; `wait` waits some seconds and says whether a stop was asked for meanwhile."""
    from connectors.postgresql.config import PostgresConfig
    from connectors.postgresql.source import PostgresSource

    if not isinstance(config, PostgresConfig):
        raise TypeError(f"not a PostgreSQL configuration: {type(config).__name__}")
    return PostgresSource(config, wait)


def upgraded(config: Config, offset: dict[str, object]) -> dict[str, object]:
    """The offset that goes on from a stored one on the cluster that pg_upgrade made. Raises CdcError."""
    from connectors.postgresql.config import PostgresConfig
    from connectors.postgresql.upgrade import upgraded as found

    if not isinstance(config, PostgresConfig):
        raise TypeError(f"not a PostgreSQL configuration: {type(config).__name__}")
    return found(config, offset)

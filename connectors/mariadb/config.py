"""Properties of the MariaDB connector, where they differ from MySQL's. Source: Debezium 3.6, connector properties."""

from __future__ import annotations

from typing import Final

from cdc.options import ENUM, but, option
from connectors.mysql.config import BinlogConfig, tls_settings

_TLS: Final = {
    "disable": "disabled",
    "preferred": "preferred",
    "trust": "required",
    "verify-ca": "verify_ca",
    "verify-full": "verify_identity",
}


class MariaDbConfig(BinlogConfig):
    """Values of the properties of one MariaDB connector."""

    PLUGIN = "mariadb"
    CONNECTOR = "mariadb"
    ALIASES = ("io.debezium.connector.mariadb.MariaDbConnector",)

    OLD_SETTINGS = tls_settings("trust", "verify-ca")
    OLD_VALUES = {
        **BinlogConfig.OLD_VALUES,
        **{("database.ssl.mode", mysql): mode for mode, mysql in _TLS.items() if mode != mysql},
    }
    database_ssl_mode: str = option(
        "database.ssl.mode",
        ENUM,
        "disable",
        "TLS: none, any certificate, with the server's certificate checked, and its name too. MySQL's values are"
        " understood; `preferred` encrypts where the server can.",
        ("disable", "preferred", "trust", "verify-ca", "verify-full"),
        section="Connection",
    )
    sourceinfo_struct_maker: str = but(
        BinlogConfig.sourceinfo_struct_maker, default="io.debezium.connector.mariadb.MariaDbSourceInfoStructMaker"
    )

    @property
    def schema_comments(self) -> bool:
        """In Debezium's MariaDB connector include.schema.changes, which is on by default, says so."""
        return self.include_schema_changes or self.include_schema_comments

    @property
    def tls(self) -> str:
        """TLS in MySQL's words."""
        return _TLS[self.database_ssl_mode]

"""A Kafka broker: one node, KRaft, the released 4.3.0 jars in a Java process of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from tests.servers import cache, docker
from tests.servers.cache import Unavailable
from tests.servers.process import ServerProcess, free_port
from tests.servers.server import Server

VARIABLE = "HEADWATER_TEST_KAFKA"
VERSION = "4.3.0"
CLUSTER = "aGVhZHdhdGVyLXRlc3RzMA"
LOG4J = """\
status = error
appender.file.type = Console
appender.file.name = out
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d %-5p %c - %m%n%xEx{12}
rootLogger.level = ${sys:root.level:-warn}
rootLogger.appenderRef.out.ref = out
"""


def libraries() -> Path:
    """The folder with the jars of the broker, Kafka Connect and their tools. Raises Unavailable."""
    return cache.maven(
        f"kafka-{VERSION}-2",
        [
            f"org.apache.kafka:kafka_2.13:{VERSION}",
            f"org.apache.kafka:connect-runtime:{VERSION}",
            f"org.apache.kafka:connect-json:{VERSION}",
            f"org.apache.kafka:connect-transforms:{VERSION}",
            "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4",
        ],
    )


def java_command(
    main: str, *arguments: str | Path, heap: str, home: Path, level: str = "warn", optimised: bool = True
) -> list[str | Path]:
    """The command line of a Java program among Kafka's jars; its log goes to standard output.

    Not `optimised`, the JVM compiles quickly rather than well, which suits a life of minutes.
    """
    log4j = home / "log4j2.properties"
    log4j.write_text(LOG4J)
    return [
        cache.java(),
        f"-Xmx{heap}",
        "-XX:+UseSerialGC",
        *(() if optimised else ("-XX:TieredStopAtLevel=1",)),
        "-XX:+ExitOnOutOfMemoryError",
        f"-Dlog4j2.configurationFile={log4j}",
        f"-Droot.level={level}",
        "-cp",
        f"{libraries()}/*",
        main,
        *arguments,
    ]


class KafkaBroker(Server):
    """A broker of the tests' own, or the one that a variable names. Topics are made by those who use them.

    `settings` are broker properties. `listeners` are further listeners by security protocol (SASL_PLAINTEXT, SSL,
    SASL_SSL), whose addresses are in `addresses`; their other properties belong into `settings`.
    """

    called = "Kafka broker"
    orderly = False

    def __init__(self) -> None:
        super().__init__()
        self.bootstrap = ""
        self.addresses: dict[str, str] = {}
        self.version = VERSION
        self._heap = "512m"
        self._optimised = False

    @classmethod
    def start(
        cls,
        settings: Mapping[str, str] | None = None,
        listeners: Sequence[str] = (),
        *,
        format_arguments: Sequence[str] = (),
        heap: str = "512m",
    ) -> KafkaBroker:
        """Start a broker; with settings or listeners always a private one. Raises Unavailable."""
        plain = not settings and not listeners and not format_arguments
        broker = cls()
        named = os.environ.get(VARIABLE)
        if plain and named:
            broker.origin, broker.bootstrap, broker.version = "variable", named, "?"
            if not broker._answers():
                raise Unavailable(f"{VARIABLE}={named}: no answer")
            return broker
        if plain and docker.answers():
            broker._contain()
            return broker
        return cls.private(settings, listeners, format_arguments=format_arguments, heap=heap)

    @classmethod
    def private(
        cls,
        settings: Mapping[str, str] | None = None,
        listeners: Sequence[str] = (),
        *,
        format_arguments: Sequence[str] = (),
        heap: str = "512m",
        optimised: bool = False,
    ) -> KafkaBroker:
        """Start a broker that may be stopped and killed, whatever the variables say. Raises Unavailable.

        `optimised` is for one whose speed counts.
        """
        broker = cls()
        broker._heap = heap
        broker._optimised = optimised
        broker._prepare(settings or {}, listeners, format_arguments)
        broker._run()
        return broker

    def _contain(self) -> None:
        self.origin = "container"
        port = free_port()
        self.bootstrap = f"127.0.0.1:{port}"
        environment = {
            "KAFKA_NODE_ID": "1",
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
            "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{self.bootstrap}",
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        }
        for name, value in ONE_NODE.items():
            environment["KAFKA_" + name.upper().replace(".", "_")] = value
        self._container = docker.Container(f"apache/kafka:{VERSION}", 9092, environment=environment, port=port)
        self._container.ready(self._answers)

    def _prepare(self, settings: Mapping[str, str], listeners: Sequence[str], format_arguments: Sequence[str]) -> None:
        self._home = Path(tempfile.mkdtemp(prefix="headwater-kafka-"))
        ports = {name: free_port() for name in ("PLAINTEXT", "CONTROLLER", *listeners)}
        self.addresses = {name: f"127.0.0.1:{port}" for name, port in ports.items() if name != "CONTROLLER"}
        self.bootstrap = self.addresses["PLAINTEXT"]
        properties = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{ports['CONTROLLER']}",
            "controller.listener.names": "CONTROLLER",
            "listeners": ",".join(f"{name}://127.0.0.1:{port}" for name, port in ports.items()),
            "advertised.listeners": ",".join(f"{name}://{address}" for name, address in self.addresses.items()),
            "listener.security.protocol.map": ",".join(
                f"{name}:{'PLAINTEXT' if name == 'CONTROLLER' else name}" for name in ports
            ),
            "log.dirs": str(self._home / "data"),
            **ONE_NODE,
            **settings,
        }
        file = self._home / "server.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in properties.items()))
        cache.command(
            java_command(
                "kafka.tools.StorageTool",
                *("format", "-t", CLUSTER, "-c", file, *format_arguments),
                heap="256m",
                home=self._home,
                optimised=False,
            ),
            seconds=60,
        )

    def _run(self) -> None:
        assert self._home is not None
        self._process = ServerProcess(
            java_command(
                "kafka.Kafka",
                self._home / "server.properties",
                heap=self._heap,
                home=self._home,
                optimised=self._optimised,
            ),
            self._home / "log",
        )
        self._process.ready(self._answers, "Kafka")

    def admin(self) -> AdminClient:
        """A client for topics and groups."""
        return AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0, "socket.timeout.ms": 10000})

    def _answers(self) -> bool:
        try:
            return bool(self.admin().list_topics(timeout=2).brokers)
        except KafkaException:
            return False


ONE_NODE = {
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "5",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "5",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "group.initial.rebalance.delay.ms": "0",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.cleaner.enable": "false",
    "broker.session.timeout.ms": "2000",  # after a kill the controller waits as long for the broker of before
    "broker.heartbeat.interval.ms": "500",
}

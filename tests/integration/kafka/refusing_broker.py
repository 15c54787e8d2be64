"""A broker that refuses on demand: librdkafka's mock cluster, which the Python client does not let one talk to."""

from __future__ import annotations

import ctypes
from pathlib import Path

import confluent_kafka

PRODUCE = 0  # api keys and errors of the Kafka protocol
NOT_LEADER = confluent_kafka.KafkaError.NOT_LEADER_FOR_PARTITION
ROUND_TRIP_MS = 100  # long enough for two batches to be under way at the same time


def library() -> Path | None:
    """librdkafka as the client's wheel carries it, None where the client was built against the system's."""
    home = Path(confluent_kafka.__file__).parent
    found = [*home.parent.glob("confluent_kafka.libs/librdkafka*"), *home.glob(".dylibs/librdkafka*")]
    return found[0] if found else None


class RefusingBroker:
    """One broker with a round trip of ROUND_TRIP_MS. Like a real one it takes any first sequence number."""

    def __init__(self, path: Path) -> None:
        self._lib = lib = ctypes.CDLL(str(path))
        pointer = ctypes.c_void_p
        lib.rd_kafka_conf_new.restype = pointer
        lib.rd_kafka_new.restype = pointer
        lib.rd_kafka_new.argtypes = [ctypes.c_int, pointer, ctypes.c_char_p, ctypes.c_size_t]
        lib.rd_kafka_mock_cluster_new.restype = pointer
        lib.rd_kafka_mock_cluster_new.argtypes = [pointer, ctypes.c_int]
        lib.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
        lib.rd_kafka_mock_cluster_bootstraps.argtypes = [pointer]
        lib.rd_kafka_mock_broker_set_rtt.argtypes = [pointer, ctypes.c_int32, ctypes.c_int]
        lib.rd_kafka_mock_topic_create.argtypes = [pointer, ctypes.c_char_p, ctypes.c_int, ctypes.c_int]
        lib.rd_kafka_mock_push_request_errors_array.argtypes = [
            pointer,
            ctypes.c_int16,
            ctypes.c_size_t,
            ctypes.POINTER(ctypes.c_int),
        ]
        lib.rd_kafka_mock_cluster_destroy.argtypes = [pointer]
        lib.rd_kafka_destroy.argtypes = [pointer]
        self._client = lib.rd_kafka_new(0, lib.rd_kafka_conf_new(), ctypes.create_string_buffer(256), 256)
        self._cluster = lib.rd_kafka_mock_cluster_new(self._client, 1)
        self.bootstrap: str = lib.rd_kafka_mock_cluster_bootstraps(self._cluster).decode()
        lib.rd_kafka_mock_broker_set_rtt(self._cluster, 1, ROUND_TRIP_MS)

    def create(self, topic: str) -> None:
        """Make a topic of one partition."""
        assert self._lib.rd_kafka_mock_topic_create(self._cluster, topic.encode(), 1, 1) == 0

    def refuse(self, *errors: int) -> None:
        """Answer the next Produce requests with these errors, one each."""
        self._lib.rd_kafka_mock_push_request_errors_array(
            self._cluster, PRODUCE, len(errors), (ctypes.c_int * len(errors))(*errors)
        )

    def close(self) -> None:
        """End it."""
        self._lib.rd_kafka_mock_cluster_destroy(self._cluster)
        self._lib.rd_kafka_destroy(self._client)

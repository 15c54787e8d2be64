"""ExtractNewRecordState with all of its options."""

from tests.golden.scenario import Config, Scenario

SETUP = """
CREATE TABLE f (id int PRIMARY KEY, a text, b int NOT NULL DEFAULT 3, "order" numeric(8,2), at timestamptz);
CREATE TABLE w (id int PRIMARY KEY, target text, v text, target2 text);
ALTER TABLE w REPLICA IDENTITY FULL;
CREATE TABLE keyless (a text, b int);
ALTER TABLE keyless REPLICA IDENTITY FULL;
INSERT INTO f VALUES (1, 'a', 1, 1.5, '2020-01-01Z'), (2, NULL, 2, NULL, NULL);
INSERT INTO w VALUES (1, 'g_flattening_routed.x', 'v', 'g_flattening_routedrewrite.x'), (2, NULL, NULL, NULL);
INSERT INTO keyless VALUES ('k', 1);
"""
STREAM = (
    "INSERT INTO f VALUES (3, 'c', 3, 3, '2021-01-01Z')",
    "UPDATE f SET a = 'cc' WHERE id = 3",
    "UPDATE f SET id = 4 WHERE id = 3",
    "DELETE FROM f WHERE id = 4",
    "INSERT INTO w VALUES (3, 'g_flattening_routed.z', 'v', 'g_flattening_routedrewrite.z'); UPDATE w SET v = 'vv' WHERE id = 1",
    "UPDATE w SET v = v WHERE id = 1",
    "UPDATE w SET id = 5 WHERE id = 3; DELETE FROM w WHERE id = 5",
    "INSERT INTO keyless VALUES ('l', 2); UPDATE keyless SET b = 3 WHERE a = 'l'; DELETE FROM keyless WHERE a = 'l'",
    "SELECT pg_logical_emit_message(true, 'p', 'message')",
    "TRUNCATE keyless",
)
MASKS = {
    "__ts_ms": "now",
    "__ts_us": "now",
    "__ts_ns": "now",
    "__source_ts_ms": "time_ms",
    "__source_ts_us": "time_us",
    "__source_lsn": "lsn",
    "__source_txId": "txid",
    "__lsn": "lsn",
    "__txId": "txid",
    "__version": "version",
    "__source_version": "version",
    "__sequence": "sequence",
    "__transaction_id": "txkey",
    "__tid": "txkey",
    "cdc_lsn": "lsn",
    "h_source_lsn": "lsn",
    "h_lsn": "lsn",
}


TOPIC = "org.apache.kafka.connect.transforms.predicates.TopicNameMatches"


def flat(name: str, **options: str) -> Config:
    """A configuration with the transform and its options (dots written as double underscores)."""
    settings = {f"transforms.u.{option.replace('__', '.')}": value for option, value in options.items()}
    return Config(
        name,
        {
            "transforms": "u",
            "transforms.u.type": "io.debezium.transforms.ExtractNewRecordState",
            "provide.transaction.metadata": "true" if "transaction" in str(options) else "false",
            **settings,
            **(
                {"predicates.onlyw.type": TOPIC, "predicates.onlyw.pattern": r".*\.public\.w", "predicates": "onlyw"}
                if "predicate" in options
                else {}
            ),
        },
        masks=MASKS,
    )


ONLY_W = {"predicate": "onlyw"}
MODE = "delete__tombstone__handling__mode"
SCENARIOS = [
    Scenario(
        "flattening",
        SETUP,
        STREAM,
        (
            flat("plain"),
            flat("drop", **{MODE: "drop"}),
            flat("tombstone", **{MODE: "tombstone"}),
            flat("rewrite", **{MODE: "rewrite"}),
            flat("rewritetombstone", **{MODE: "rewrite-with-tombstone"}),
            flat("deletetotombstone", **{MODE: "delete-to-tombstone"}),
            flat("fields", add__fields="op,table,lsn,source.ts_ms,db,schema,txId"),
            flat("fieldsrewrite", **{MODE: "rewrite", "add__fields": "op,ts_ms,source.version,sequence"}),
            flat("renamed", add__fields="op:OP,lsn:cdc_lsn,source.table:tbl", add__fields__prefix=""),
            flat(
                "prefixed",
                add__fields="op,source.lsn",
                add__headers="op,lsn,source.lsn",
                add__fields__prefix="__",
                add__headers__prefix="h_",
            ),
            flat("headers", add__headers="op,table,db", **{MODE: "rewrite"}),
            flat("headerstombstone", add__headers="op,source.table,source.connector"),
            flat("transaction", add__fields="transaction.id:tid,transaction.total_order"),
            flat("routed", route__by__field="target", **ONLY_W),
            flat("routedrewrite", route__by__field="target2", **{MODE: "rewrite"}, **ONLY_W),
            flat("dropfields", drop__fields__header__name="dropme"),
            flat("nodefault", replace__null__with__default="false", **{MODE: "rewrite"}),
            flat(
                "everything",
                **{
                    MODE: "rewrite-with-tombstone",
                    "add__fields": "op,table,source.snapshot",
                    "add__headers": "db",
                },
            ),
            Config(
                "notombstones",
                {
                    "transforms": "u",
                    "transforms.u.type": "io.debezium.transforms.ExtractNewRecordState",
                    "tombstones.on.delete": "false",
                },
            ),
            Config(
                "predicated",
                {
                    "transforms": "u",
                    "transforms.u.type": "io.debezium.transforms.ExtractNewRecordState",
                    "transforms.u.predicate": "onlyw",
                    "predicates": "onlyw",
                    "predicates.onlyw.type": "org.apache.kafka.connect.transforms.predicates.TopicNameMatches",
                    "predicates.onlyw.pattern": r".*\.public\.w",
                },
            ),
            Config(
                "schemaless",
                {
                    "transforms": "u",
                    "transforms.u.type": "io.debezium.transforms.ExtractNewRecordState",
                    "transforms.u.delete.tombstone.handling.mode": "rewrite",
                    "transforms.u.add.fields": "op,table",
                    "key.converter.schemas.enable": "false",
                    "value.converter.schemas.enable": "false",
                },
            ),
            Config(
                "avro",
                {
                    "transforms": "u",
                    "transforms.u.type": "io.debezium.transforms.ExtractNewRecordState",
                    "transforms.u.add.fields": "op,table,lsn",
                },
                masks=MASKS,
                avro=True,
            ),
        ),
        share=2,
    )
]

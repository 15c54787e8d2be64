"""ByLogicalTableRouter, RegexRouter, Filter and predicates, alone and in chains."""

from tests.golden.scenario import Config, Scenario

SETUP = """
CREATE TABLE shard_1 (id int PRIMARY KEY, v text, n int);
CREATE TABLE shard_2 (id int PRIMARY KEY, v text, n int);
CREATE TABLE lone (id int PRIMARY KEY, v text);
CREATE TABLE keyless (v text);
ALTER TABLE keyless REPLICA IDENTITY FULL;
INSERT INTO shard_1 VALUES (1, 's1', 1), (2, NULL, NULL);
INSERT INTO shard_2 VALUES (1, 's2', 10);
INSERT INTO lone VALUES (1, 'l');
INSERT INTO keyless VALUES ('k');
"""
STREAM = (
    "INSERT INTO shard_1 VALUES (3, 'x', 3); INSERT INTO shard_2 VALUES (3, 'y', 30)",
    "UPDATE shard_1 SET v = 'xx' WHERE id = 3",
    "UPDATE shard_2 SET id = 4 WHERE id = 3",
    "DELETE FROM shard_1 WHERE id = 3",
    "DELETE FROM shard_2 WHERE id = 4",
    "INSERT INTO lone VALUES (2, 'm')",
    "DELETE FROM lone WHERE id = 2",
    "INSERT INTO keyless VALUES ('k2')",
    "DELETE FROM keyless WHERE v = 'k2'",
    "SELECT pg_logical_emit_message(true, 'p', 'message')",
    "ALTER TABLE shard_1 ADD COLUMN extra int; INSERT INTO shard_1 VALUES (5, 'z', 5, 55)",
)
BY = {"transforms.r.type": "io.debezium.transforms.ByLogicalTableRouter"}
REGEX = {"transforms.x.type": "org.apache.kafka.connect.transforms.RegexRouter"}
FLAT = {"transforms.u.type": "io.debezium.transforms.ExtractNewRecordState"}
FILTER = {"transforms.f.type": "io.debezium.transforms.Filter", "transforms.f.language": "jsr223.groovy"}
MATCH = {"transforms.r.topic.regex": r"(.*)\.public\.shard_(.*)", "transforms.r.topic.replacement": "$1.public.shards"}
PREDICATE = "org.apache.kafka.connect.transforms.predicates."


def chain(
    name: str, transforms: str, *parts: dict[str, str], end: tuple[str, int] = ("golden-end", 2), refused: str = ""
) -> Config:
    """A configuration with a chain of transforms."""
    options = {"transforms": transforms}
    for part in parts:
        options |= part
    return Config(name, options, end=end, refused=refused)


SCENARIOS = [
    Scenario(
        "routing",
        SETUP,
        STREAM,
        (
            chain("merged", "r", BY, MATCH),
            chain("mergednokey", "r", BY, MATCH, {"transforms.r.key.enforce.uniqueness": "false"}),
            chain("mergedfield", "r", BY, MATCH, {"transforms.r.key.field.name": "shard"}),
            chain(
                "mergedpart",
                "r",
                BY,
                MATCH,
                {
                    "transforms.r.key.field.name": "shard",
                    "transforms.r.key.field.regex": r"(.*)\.public\.shard_(.*)",
                    "transforms.r.key.field.replacement": "$2",
                },
            ),
            chain(
                "mergedall",
                "r",
                BY,
                {
                    "transforms.r.topic.regex": r"(.*)\.public\.(.*)",
                    "transforms.r.topic.replacement": "$1.every",
                },
            ),
            chain("mergedavro", "r", BY, MATCH, {"transforms.r.schema.name.adjustment.mode": "avro"}),
            chain("mergedflat", "r,u", BY, MATCH, FLAT),
            chain("flatmerged", "u,r", FLAT, BY, MATCH),
            chain(
                "regex",
                "x",
                REGEX,
                {
                    "transforms.x.regex": r"([^.]+)\.([^.]+)\.([^.]+)",
                    "transforms.x.replacement": "$1-$3",
                },
            ),
            chain("regexnone", "x", REGEX, {"transforms.x.regex": "nothing", "transforms.x.replacement": "x"}),
            chain(
                "flatregex",
                "u,x",
                FLAT,
                REGEX,
                {
                    "transforms.x.regex": r"(.*)\.public\.(.*)",
                    "transforms.x.replacement": "$1.$2",
                },
            ),
            chain(
                "predicate",
                "x",
                REGEX,
                {
                    "transforms.x.regex": "(.*)",
                    "transforms.x.replacement": "$1.tomb",
                    "transforms.x.predicate": "t",
                    "predicates": "t",
                    "predicates.t.type": PREDICATE + "RecordIsTombstone",
                },
            ),
            chain(
                "negated",
                "x",
                REGEX,
                {
                    "transforms.x.regex": "(.*)",
                    "transforms.x.replacement": "$1.full",
                    "transforms.x.predicate": "t",
                    "transforms.x.negate": "true",
                    "predicates": "t",
                    "predicates.t.type": PREDICATE + "RecordIsTombstone",
                },
            ),
            chain(
                "headered",
                "x",
                REGEX,
                {
                    "transforms.x.regex": "(.*)",
                    "transforms.x.replacement": "$1.moved",
                    "transforms.x.predicate": "h",
                    "predicates": "h",
                    "predicates.h.type": PREDICATE + "HasHeaderKey",
                    "predicates.h.name": "__debezium.newkey",
                },
            ),
            chain(
                "dropped",
                "d",
                {
                    "transforms.d.type": "org.apache.kafka.connect.transforms.Filter",
                    "transforms.d.predicate": "s",
                    "predicates": "s",
                    "predicates.s.type": PREDICATE + "TopicNameMatches",
                    "predicates.s.pattern": r".*\.public\.shard_.*",
                },
                refused="org.apache.kafka.connect.transforms.Filter",
            ),
            chain(
                "droppedtombstones",
                "d",
                {
                    "transforms.d.type": "org.apache.kafka.connect.transforms.Filter",
                    "transforms.d.predicate": "s",
                    "predicates": "s",
                    "predicates.s.type": PREDICATE + "RecordIsTombstone",
                },
                refused="org.apache.kafka.connect.transforms.Filter",
            ),
            chain("filtered", "f", FILTER, {"transforms.f.condition": "value.op == 'c' || value.op == 'u'"}),
            chain(
                "filteredafter",
                "f",
                FILTER,
                {
                    "transforms.f.condition": "value.after != null && value.after.id != 1",
                    "transforms.f.topic.regex": r".*\.public\.(shard_.*|lone)",
                },
            ),
            chain(
                "filteredsource",
                "f",
                FILTER,
                {
                    "transforms.f.condition": "value.source.table == 'lone' || topic.endsWith('marker')",
                    "transforms.f.null.handling.mode": "drop",
                },
            ),
            chain(
                "filterednumber",
                "f",
                FILTER,
                {
                    "transforms.f.condition": "value.after?.n > 2",
                    "transforms.f.topic.regex": r".*\.public\.shard_.*",
                },
            ),
            chain(
                "filteredflat",
                "u,f",
                FLAT,
                FILTER,
                {
                    "transforms.f.condition": "value.v == 'x' || value.v == 'm'",
                    "transforms.f.topic.regex": r".*\.public\.(shard_.*|lone)",
                },
            ),
        ),
        share=2,
    )
]

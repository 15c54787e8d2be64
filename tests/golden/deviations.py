"""Where Headwater differs from Debezium on purpose. Each is a line of docs/compatibility.md too."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace

from tests.golden.deviation import ABSENT, Deviation, absent, hidden, pairs
from tests.golden.deviations_binlog import BINLOG

ORDINAL = re.compile(r"<(lsn|commit):(#?)(\d+)>")
COLLECTION = re.compile(r"<message id>|io\.debezium\.[\w.]+\$LogicalDecodingMessageId@[0-9a-f]+")
# Debezium's default of a column: a quoted part of the expression, or all of its text
PARTS = ("a", "x-", "(5)::text", "CURRENT_USER", "SESSION_USER", 3600000000, '{"a": 1}', "BQ==", "AQ==", "\x05", "\x01")
# of snapshots: Debezium's Julian calendar before Christ and what its arithmetic makes of infinity
EXTREMES: tuple[tuple[object, object], ...] = (
    (-703383, -735160),
    (1001860, -2440550),
    (-622191234, 2147483647),
    (-625821272, -2147483648),
    (-2147472692, 2147483647),
    (-2147472691, -2147483648),
    ("0044-03-15Z", "-0043-03-15Z"),
    ("4713-01-01Z", "-4712-01-01Z"),
    ("+292269055-12-02Z", "-292275055-05-17Z"),
    ("-5877611-06-21Z", "+292278994-08-16Z"),
    ("-5877611-06-22Z", "-292275055-05-17Z"),
    ("00:00:00Z", "24:00:00Z"),
    ("+294247-01-10T04:00:25.2Z", "infinity"),
    ("-290308-12-21T19:59:27.6Z", "-infinity"),
)
EXPRESSIONS = "x|cast1|s_join|s_join_function|s_cast|s_user|s_session|h_later|p_product|j_join|x_bits|x_varbits"


def at_commit(debezium: object, ours: object) -> bool:
    """The place of a row and of a commit behind it."""
    place, commit = ORDINAL.fullmatch(str(debezium)), ORDINAL.fullmatch(str(ours))
    return place is not None and commit is not None and (place[1], commit[1]) == ("lsn", "commit")


def next_commit(debezium: object, ours: object) -> bool:
    """A commit and the one that follows it."""
    one, other = ORDINAL.fullmatch(str(debezium)), ORDINAL.fullmatch(str(ours))
    if one is None or other is None or (one[1], other[1]) != ("commit", "commit"):
        return False
    return int(other[3]) == int(one[3]) + 1 if one[2] else int(other[3]) > int(one[3])


def behind_transaction(debezium: object, ours: object) -> bool:
    """The transaction of the last record, and none."""
    return str(debezium).startswith("<txid:") and ours is None


def counts(collections: object) -> list[tuple[str, int]]:
    """The counts of an END record in one order, those of logical messages added up."""
    found: dict[str, int] = {}
    for each in collections if isinstance(collections, list) else []:
        name = COLLECTION.sub("LOGICAL_DECODING_MESSAGE", each["data_collection"])
        found[name] = found.get(name, 0) + each["event_count"]
    return sorted(found.items())


def merged(debezium: object, ours: object) -> bool:
    """Counts with logical messages among them, the same when those are added up."""
    return COLLECTION.search(str(debezium)) is not None and counts(debezium) == counts(ours)


def reordered(debezium: object, ours: object) -> bool:
    """The same counts in another order."""
    return COLLECTION.search(str(debezium)) is None and counts(debezium) == counts(ours)


def same_names(debezium: object, ours: object) -> bool:
    """The same names in another order."""
    return isinstance(debezium, list) and isinstance(ours, list) and sorted(debezium) == sorted(ours)


def same_keys(debezium: object, ours: object) -> bool:
    """The same names, or texts of the same JSON object, in another order."""
    if isinstance(debezium, str) and isinstance(ours, str):
        return debezium != ours and json.loads(debezium) == json.loads(ours)
    return same_names(debezium, ours)


def part_of_expression(debezium: object, ours: object) -> bool:
    """What Debezium takes for the value of an expression; none here, or the zero of text for a keyword."""
    if isinstance(debezium, dict):  # an Avro type with its default
        plain = {name: item for name, item in debezium.items() if name != "connect.default"}
        return debezium.get("connect.default") in PARTS and ours in ("null", plain, plain["type"])
    if debezium == "null":  # the other branch of that union
        return ours in ("string", "long") or (isinstance(ours, dict) and "connect.default" not in ours)
    return debezium in PARTS and ours in (ABSENT, None, "", 0)


def not_flat(debezium: object, ours: object) -> bool:
    """Debezium's list of the inner arrays: nulls, or what Java calls an array; ours has the elements."""
    return (debezium == [None, None] and ours == [1, 2, 3, 4]) or (
        str(debezium).count("[Ljava.lang.String;@") == 2 and ours == ["a", "b", "c", "d"]
    )


def masked(debezium: object, ours: object) -> bool:
    """The plain text, and its four asterisks or its digest."""
    digest = hashlib.sha256(f"pepper{debezium}".encode()).hexdigest()
    return ours == "****" or (isinstance(debezium, str) and ours == digest)


def octets(value: object) -> str:
    """The text of bytes that are written in hexadecimal or base64."""
    text = str(value)
    data = bytes.fromhex(text) if re.fullmatch(r"[0-9a-f]+", text) else base64.b64decode(text)
    return data.decode()


def fraction_added(debezium: object, ours: object) -> bool:
    """The same text but for `.0` behind numbers."""
    return octets(debezium) != octets(ours) and octets(debezium).replace(".0", "") == octets(ours)


def former_default(debezium: object, ours: object) -> bool:
    """Two forms of a schema that differ in the default alone: 1.5 there, 2.25 here."""
    texts = json.dumps(debezium), json.dumps(ours)
    return texts[0] != texts[1] and any(
        texts[0].replace(old, new) == texts[1]
        for old, new in (("Opg=", "V+Q="), ("1.5000", "2.2500"), (":\\u0098", "W\\u00e4"))
    )


def default_left_out(debezium: object, ours: object) -> bool:
    """Debezium has the end of int64 as default, we have none; in Avro null is the first branch then."""
    if debezium == 9223372036854775807:
        return ours in (ABSENT, None)
    plain = {"type": "long", "connect.version": 1, "connect.name": "io.debezium.time.MicroDuration"}
    return (debezium, ours) in (({**plain, "connect.default": 9223372036854775807}, "null"), ("null", plain))


def emitted(debezium: object, ours: object) -> bool:
    """Debezium has null, we have a value."""
    return debezium is None and ours is not None


OFFSET_AT_COMMIT = Deviation(
    "offset-at-commit",
    "the stored offset is that of the commit behind the last record, later the end of an idle log, so that the slot"
    " does not trail",
    paths=r"offset\.(lsn|lsn_proc)",
    values=at_commit,
)
BIT_ARRAY = Deviation(
    "bit-array",
    "bit(n)[] is an array of Bits; Debezium has a single Bits column that is always null",
    topics=r".*\.a_bit-\d+",
    paths=r"value\.schema\.(.*\.)?fields\.[vnd]\..*",
)
MESSAGE_COLLECTION = Deviation(
    "message-collection",
    "logical messages are counted as LOGICAL_DECODING_MESSAGE; Debezium has a Java object's address for each",
    paths=r"value\.payload\.data_collections",
    values=merged,
)
OUT_OF_RANGE = Deviation(
    "out-of-range",
    "a value that int64 cannot hold is null by event.converting.failure.handling.mode, and a default like that is left"
    " out; Debezium has the end of int64, or a number that wrapped around",
    runs=r"(ma|ma1011)?extremes\..*",
    topics=r".*\.(t_interval(years|parts)|t_timestampfar|far)-\d+",
    paths=r"value\.payload\.(before|after)\.(v|dt\w*)",
    values=lambda debezium, ours: isinstance(debezium, int) and ours is None,
)
IDENTITY_INDEX = Deviation(
    "identity-index",
    "with REPLICA IDENTITY USING INDEX the key is the index's columns when the primary key is not among them, because"
    " the log has no others of an old row; Debezium's deletes and old keys hold 0 there",
    runs=r"identities\..*",
    topics=r".*\.indexed-\d+",
    paths=r"key\..*|headers\.__debezium\.(old|new)key",
)
DATES_EXTREME = Deviation(
    "dates-extreme",
    "dates before Christ, infinite dates and timestamps, and 24:00:00 are the same in snapshot and stream",
    topics=r".*\.(t_date|t_datefar|t_datex|t_timemax|t_timestampx|t_timestamp3x|t_timestampbc)-\d+",
    paths=r"value\.payload\.(before|after)\.[vn]",
    values=pairs(*EXTREMES),
)
CATALOG_OF_THE_MOMENT = Deviation(
    "catalog-of-the-moment",
    "keys, nullability and defaults are those of the transaction that is read; Debezium sometimes reads the catalog"
    " before that transaction is visible in it: a new table's record has no key, columns are optional",
    runs=r"ddl\..*",
    topics=r".*\.items-\d+",
    paths=r"value\.schema\.fields\..*((title|Title[ _]Case)\.(optional|type|default)|needed\.(optional|type|default))",
    values=pairs(
        (True, False),
        (ABSENT, "dflt"),
        (None, "dflt"),
        (["null", "string"], {"type": "string", "connect.default": "dflt"}),
        (["null", "string"], "string"),
        (None, ABSENT),
    ),
)
DEVIATIONS: tuple[Deviation, ...] = (
    Deviation(
        "offset-keys",
        "stored offsets carry keys of our own that Debezium ignores",
        paths=r"offset\.headwater_\w+",
        values=absent,
    ),
    OFFSET_AT_COMMIT,
    replace(
        OFFSET_AT_COMMIT,
        paths=r"offset\.(lsn|lsn_proc|lsn_commit)",
        values=next_commit,
    ),
    replace(
        OFFSET_AT_COMMIT,
        paths=r"offset\.transaction_id",
        values=behind_transaction,
    ),
    replace(
        OFFSET_AT_COMMIT,
        paths=r"offset\.messageType",
        values=pairs(("UPDATE", "COMMIT"), ("INSERT", "COMMIT")),
    ),
    Deviation(
        "offset-order",
        "the order of keys in a stored offset is that of a Java HashMap and means nothing",
        paths=r"offset \(order\)",
        values=same_names,
    ),
    Deviation(
        "excluded-key",
        "a key column that is left out of the value keeps its key schema and value in the stream; in Debezium it turns"
        " optional, loses its default and holds 0 for some events",
        runs=r"columns\.(keyexcluded|unchanged)|ddl\.included",
        paths=r"key\.(schema\.fields\.\w+\.(optional|default)|payload\.\w+)",
        values=pairs((True, False), (ABSENT, 0), (0, 1), (0, 2)),
    ),
    Deviation(
        "streamed-comments",
        "include.schema.comments holds for streamed records too; Debezium has comments in the snapshot only",
        runs=r"columns\.comments",
        topics=r".*\.people-\d+",
        paths=r"value\.schema\.fields\.(before|after)\.fields\.email\.(doc|parameters\.__debezium\.source\.column\.comment)",
        values=pairs((ABSENT, "where to write")),
    ),
    CATALOG_OF_THE_MOMENT,
    replace(
        CATALOG_OF_THE_MOMENT,
        paths=r"value\.schema\..*\bprice\b.*",
        values=former_default,
    ),
    replace(
        CATALOG_OF_THE_MOMENT,
        topics=r".*\.keychange-\d+",
        paths=r"key\.(schema\.fields|payload)\.[ab]",
        values=pairs(
            ({"type": "int32", "optional": False, "field": "a"}, ABSENT),
            ({"type": "int32", "optional": True, "field": "a"}, ABSENT),
            (ABSENT, {"type": "int32", "optional": False, "field": "b"}),
            ({"name": "a", "type": "int"}, ABSENT),
            (ABSENT, {"name": "b", "type": "int"}),
            (2, ABSENT),
            (ABSENT, 20),
        ),
    ),
    replace(
        CATALOG_OF_THE_MOMENT,
        topics=r".*\.(fresh|renamed|other)-\d+",
        paths=r"key",
        values=lambda debezium, ours: debezium is None and isinstance(ours, dict),
    ),
    replace(
        CATALOG_OF_THE_MOMENT,
        topics=r".*\.(fresh|renamed|keychange|other)-\d+",
        paths=r"(key|value)\.schema\..*\bfields\.(id|b)\.(optional|type|default)",
        values=pairs(
            (True, False),
            (["null", "long"], "long"),
            (["null", "int"], "int"),
            (["null", "string"], "string"),
            (None, ABSENT),
        ),
    ),
    Deviation(
        "row-count-order",
        "snapshot.tables.order.by.row.count orders PostgreSQL tables too, by the planner's estimate",
        runs=r"snapshots\.(ascending|descending)",
        paths=r"value\.payload\.source\.snapshot",
        values=pairs(
            ("last", "last_in_data_collection"),
            ("last_in_data_collection", "last"),
            ("first", "first_in_data_collection"),
            ("first_in_data_collection", "first"),
        ),
    ),
    BIT_ARRAY,
    replace(
        BIT_ARRAY,
        paths=r"value\.payload\.(before|after)\.\w",
        values=lambda debezium, ours: debezium is None and isinstance(ours, list),
    ),
    Deviation(
        "array-omitted",
        "arrays of money, name, interval, varbit, xml and point are emitted; Debezium leaves the columns out",
        topics=r".*\.(a_interval|a_money|a_name|a_point|a_varbit|x_xmlarray)-\d+",
        paths=r"value\..*\.\w",
        values=absent,
    ),
    Deviation(
        "array-fraction",
        "time[] and timetz[] keep fractions of a second that Debezium cuts off",
        topics=r".*\.(a_time|a_timetz)-\d+",
        paths=r"value\.payload\.(before|after)\.\w\[0\]",
        values=pairs(
            (47655123000, 47655123456),
            (47655123000000, 47655123456000),
            ("13:14:15.123Z", "13:14:15.123456Z"),
            ("11:14:15Z", "11:14:15.123456Z"),
        ),
    ),
    Deviation(
        "array-nested",
        "an array of several dimensions is a flat list of its elements; Debezium has nulls or Java object addresses",
        topics=r".*\.square-\d+",
        paths=r"value\.payload\.(before|after)\.[it]",
        values=not_flat,
    ),
    Deviation(
        "array-ltree",
        "ltree[] holds its values; Debezium has null",
        topics=r".*\.x_ltreearray-\d+",
        paths=r"value\.payload\.(before|after)\.\w",
        values=emitted,
    ),
    MESSAGE_COLLECTION,
    replace(
        MESSAGE_COLLECTION,
        topics=r".*[.-]message-\d+",
        paths=r"value\.payload\.transaction\.data_collection_order",
        values=lambda debezium, ours: debezium == 1 and isinstance(ours, int) and ours > 1,
    ),
    Deviation(
        "message-time",
        "a logical message outside of a transaction has the time of its reading in source.ts_*; Debezium has that of"
        " whatever was committed before",
        topics=r".*[.-]message-\d+",
        paths=r"value\.payload\.source\.ts_(ms|us|ns)",
        values=lambda debezium, ours: ours == "<now>" and str(debezium).startswith("<time_"),
    ),
    Deviation(
        "collection-order",
        "data_collections at the end of a transaction are in the order of their first events; Debezium has that of a"
        " Java HashMap",
        paths=r"value\.payload\.data_collections",
        values=reordered,
    ),
    Deviation(
        "generated-unpublished",
        "generated columns that the publication does not carry are left out of the snapshot too, so that snapshot and"
        " stream have one schema",
        topics=r".*\.(generateds|virtuals)-\d+",
        paths=r"value\..*\.b",
        values=lambda debezium, ours: ours == ABSENT,
    ),
    Deviation(
        "enum-labels",
        "a label that was added to an enum is in the schema at once; Debezium's type registry is stale",
        topics=r".*\.enums-\d+",
        paths=r"value\.schema\..*\.(parameters|connect\.parameters)\.allowed",
        values=pairs(("sad,ok,happy,with, comma,qu'ote", "sad,ok,new,happy,with, comma,qu'ote")),
    ),
    Deviation(
        "default-expression",
        "a column default that is an expression is no default in the schema, that of CURRENT_USER an empty text;"
        " Debezium takes a quoted part or the text of the expression for its value",
        runs=r"(expressions|usertypes)\..*",
        topics=r".*\.(computed|required|defaults)-\d+",
        paths=rf"value\.(schema\.(.*\.)?fields|payload(\.before|\.after)?)\.({EXPRESSIONS})(\.type(\[\d\])?)?((\.connect)?\.default)?",
        values=part_of_expression,
    ),
    Deviation(
        "array-domain",
        "arrays of domains are emitted; Debezium leaves them out, or has bytes with include.unknown.datatypes",
        topics=r".*\.domains-\d+",
        paths=r"value\.(schema\.(.*\.)?fields|payload(\.before|\.after)?)\.pa(\[0\]|\.items\.(type|optional))?",
        values=lambda debezium, ours: debezium in (ABSENT, "bytes", False, "MQ=="),
    ),
    Deviation(
        "toast-placeholder",
        "an unchanged TOASTed numeric, date[] or textual bytea is the placeholder in its form; Debezium has null",
        topics=r".*\.(big_byt|big_byta|big_nums|big_dates)-\d+",
        paths=r"value\.payload\.((before|after)\.)?[vr]",
        values=emitted,
    ),
    Deviation(
        "mask-all-text",
        "masks and hashes hold for every column whose value is text (json, jsonb, tsvector too); Debezium sends those"
        " as they are",
        runs=r"toast\.maskedall",
        topics=r".*\.big_(jsb|jsn|tsv)-\d+",
        paths=r"value\.payload\.(before|after)\.[vr]",
        values=masked,
    ),
    Deviation(
        "mask-all-text",
        "masks and hashes hold for every column whose value is text (json, jsonb, tsvector too); Debezium sends those"
        " as they are",
        runs=r"random\d+\..*",
        paths=r"value\.payload\.(before|after)\.v",
        values=hidden,
    ),
    Deviation(
        "propagated-too",
        "the schema of a column that is masked or truncated has its propagated source type too; Debezium has one of"
        " both",
        runs=r"(my|ma)?random\d+\..*",
        paths=r"value\.schema\..*\.(parameters|__debezium\.source\.column\.\w+)",
        values=absent,
    ),
    Deviation(
        "unpublished-columns",
        "columns outside a publication's column list are left out of the snapshot as of the stream, so that both have"
        " one schema and nothing goes out that was not published; Debezium's snapshot has them",
        runs=r"columnlists\..*",
        topics=r".*\.listed-\d+",
        paths=r"value\.(schema\..*\.fields|payload\.after)\.[bc]",
        values=lambda debezium, ours: ours == ABSENT,
    ),
    Deviation(
        "partial-key",
        "a partial unique index is no key, because rows beyond its condition may have the same one; Debezium takes its"
        " columns",
        runs=r"indexes\..*",
        topics=r".*\.second-\d+",
        paths=r"key\..*",
    ),
    Deviation(
        "included-key",
        "columns that a unique index only includes are not in the key; Debezium has them there",
        runs=r"indexes\..*",
        topics=r".*\.included-\d+",
        paths=r"key\..*|headers\.__debezium\.(old|new)key",
    ),
    Deviation(
        "type-named-table",
        "an array keeps its values where a table has the name of its elements' type; Debezium has nulls",
        runs=r"indexes\..*",
        topics=r".*\.date-\d+",
        paths=r"value\..*b(\[0\]|\.items\.optional|\.type\[1\]\.items)?",
    ),
    OUT_OF_RANGE,
    replace(
        OUT_OF_RANGE,
        topics=r".*\.far-\d+",
        paths=r"value\.schema\.fields\..*\.fields\.i\.(default|type\[[01]\])",
        values=default_left_out,
    ),
    replace(
        OUT_OF_RANGE,
        runs=r"ma(1011)?extremes\.nanos",
        topics=r".*\.defaulted-\d+",
        paths=r"value\.schema\.fields\..*\.default",
        values=lambda debezium, ours: isinstance(debezium, int) and ours == ABSENT,
    ),
    Deviation(
        "hstore-order",
        "the keys of an hstore are in PostgreSQL's order, by length and bytes; Debezium has that of a Java HashMap",
        topics=r".*\.x_hstorekeys-\d+",
        paths=r"value\.payload\.(before|after)\.[vn]( \(order\))?",
        values=same_keys,
    ),
    Deviation(
        "interval-infinite",
        "an infinite interval is the largest or smallest int64, or its text; Debezium has 0",
        topics=r".*\.t_intervalinfinite-\d+",
        paths=r"value\.payload\.(before|after)\.v",
        values=pairs(
            (0, 9223372036854775807),
            (0, -9223372036854775808),
            ("P0Y0M0DT0H0M0S", "infinity"),
            ("P0Y0M0DT0H0M0S", "-infinity"),
        ),
    ),
    Deviation(
        "name-streamed",
        "columns of type name hold their value when streamed; Debezium has null or an empty text",
        topics=r".*\.t_name-\d+",
        paths=r"value\.payload\.(before|after)\.\w",
        values=lambda debezium, ours: debezium in (None, "") and ours in ("a_name", "b", "n"),
    ),
    Deviation(
        "unknown-text",
        "include.unknown.datatypes has PostgreSQL's own text of lines, boxes, paths, polygons and circles; Debezium has"
        " its driver's, with a fraction on every number",
        runs=r"scalars\.unknown(hex)?",
        topics=r".*\.t_(box|circle|line|lseg|path|polygon)-\d+",
        paths=r"value\.payload\.(before|after)\.[vnde]",
        values=fraction_added,
    ),
    IDENTITY_INDEX,
    DATES_EXTREME,
    replace(
        DATES_EXTREME,
        runs=r"expressions\..*",
        topics=r".*\.(computed|required)-\d+",
        paths=r"value\..*\.q_infinity(\.type(\[0\])?)?((\.connect)?\.default)?",
        values=pairs((-9223372036853775810, 9223372036825200000)),
    ),
    *BINLOG,
)

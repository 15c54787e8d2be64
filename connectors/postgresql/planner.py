"""Schema time: a table of the catalog or of a Relation message to its Plan. Owns no connection.

Decides what a column becomes (types.py), what the configuration does to it (include lists, masks, propagated source
types, names), and what the key is. What it makes is plain data for pgoutput.py and the snapshot reader.
Source: Debezium reference, "Change event keys", "Data type mappings", "column.*" properties.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Protocol

from cdc.errors import STOP, BindError, define
from cdc.filters import (
    HASH,
    MASK,
    PROPAGATE,
    TRUNCATE,
    ColumnFilter,
    ColumnRules,
    ColumnSettings,
    MessageKeyColumns,
    Rule,
    RuleSettings,
    TableFilter,
    TableSettings,
)
from cdc.guard import FAIL, Tally
from cdc.masks import Hashed, Masked, Truncated
from cdc.model import BOOLEAN, BYTES, STRING, STRUCT, Column, KeyOf, Row, Table, Type
from cdc.naming import distinct, field_adjuster
from connectors.postgresql import defaults
from connectors.postgresql.catalog import Catalog, ColumnDescription, TableDescription, TypeDescription
from connectors.postgresql.guard import TextGuard
from connectors.postgresql.messages import messages
from connectors.postgresql.plan import Hidden, Plan
from connectors.postgresql.relation import Relation
from connectors.postgresql.source_info import source_info, source_template
from connectors.postgresql.source_types import propagated, size
from connectors.postgresql.types import NO_DEFAULT, Mapping, Settings, TypeLookup, TypeRegistry
from connectors.postgresql.values import Loader

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[object, ...]]

log = logging.getLogger("connectors.postgresql")

NAMES_COLLIDE = define(
    "HW-PGO-004",
    STOP,
    "Two columns of a table have the same field name",
    "Leave one out with column.exclude.list, rename one, or set another field.name.adjustment.mode",
)
NO_KEY_COLUMN = define(
    "HW-PGO-005",
    STOP,
    "A key column is not in the log",
    "Publish the column (ALTER PUBLICATION ... SET TABLE), or choose other key columns with message.key.columns",
)

SETTLE_SECONDS = 5.0  # with synchronous replication a commit can be decoded long before it is seen
_TEXT_TYPES = ("text", "varchar", "bpchar", "char", "name", "citext")


class Properties(Settings, TableSettings, ColumnSettings, RuleSettings, Protocol):
    """The properties that tables depend on."""

    topic_prefix: str
    database_dbname: str
    publication_name: str
    message_prefix_include_list: list[str]
    message_prefix_exclude_list: list[str]
    message_key_columns: str | None
    include_schema_comments: bool
    field_name_adjustment_mode: str
    event_converting_failure_handling_mode: str
    headwater_invalid_text_handling_mode: str


class Lookup(TypeLookup, Protocol):
    """What is needed of the catalog."""

    def table(self, oid: int) -> TableDescription | None:
        """A table with its columns and keys, None when it is gone."""


class LogColumn:
    """One column as the log or a SELECT delivers it: `described` is the catalog's column, None: dropped since."""

    def __init__(
        self,
        name: str,
        type_oid: int,
        typmod: int,
        described: ColumnDescription | None,
        identity: bool,
        read: bool = False,
        nullable: bool = False,
        labels: list[str] | None = None,
    ) -> None:
        self.name = name
        self.type_oid = type_oid
        self.typmod = typmod
        self.described = described
        self.read = read  # by a SELECT: propagated types are then those of Debezium's snapshots
        self.identity = identity  # part of the replica identity's key
        self.required = described is not None and described.not_null and not nullable
        self.labels = labels or []  # of an enum, in rows of the log


class _Built:
    """One column while its table is built."""

    def __init__(self, source: LogColumn, mapping: Mapping, type: Type, required: bool, default: object) -> None:
        self.source = source
        self.mapping = mapping
        self.type = type  # of the key; without masks
        self.value_type = type
        self.loader: Loader = mapping.loader
        self.value_loader: Loader = mapping.loader
        self.placeholder = mapping.placeholder
        self.included = True
        self.required = required
        self.changed = False  # value and key differ
        self.null: object = None
        if required:
            self.null = mapping.fallback if default is None else default
        self.value_null = self.null
        if self.placeholder is None:
            self.placeholder = self.null
        self.value_placeholder = self.placeholder


class Planner:
    """Makes Plans; remembers the last one of each table and gives it again when nothing changed.

    `info` is the Type of the source block, `template` its constant values, `messages` what the decoder needs for
    logical messages.
    """

    def __init__(self, config: Properties) -> None:
        self.info: Type = source_info()
        self.template: Row = source_template(config)
        self.messages = messages(config)
        self._config = config
        self.registry = TypeRegistry(config)
        self.filter = TableFilter(config)
        self._columns = ColumnFilter(config)
        self._rules = ColumnRules(config)
        self._keys = MessageKeyColumns(config.message_key_columns)
        self._adjust = field_adjuster(config.field_name_adjustment_mode)
        self._plans: dict[int, tuple[object, Plan]] = {}
        self.unconverted = Tally()
        self._lacking: set[str] = set()  # tables whose key was spoken of

    def of_relation(self, sql: Connection, relation: Relation) -> Plan | None:
        """The Plan of a relation that the stream announced, None when it is not captured.

        Column types are those of the announcement; NOT NULL, defaults, comments and keys are the catalog's of now,
        which may be newer. A table that is gone meanwhile has only the announcement.
        Raises psycopg.Error, BindError.
        """
        if not self.filter.includes(relation.schema, relation.name):
            return None
        catalog = Catalog(sql)
        deadline = time.monotonic() + SETTLE_SECONDS
        while relation.tx_id is not None and not catalog.settled(relation.tx_id):
            if time.monotonic() > deadline:
                log.warning(
                    "table %s.%s: the catalog does not show transaction %d after %g s; its structure may be older",
                    relation.schema,
                    relation.name,
                    relation.tx_id,
                    SETTLE_SECONDS,
                )
                break
            time.sleep(0.001)
        return self.announced(relation, catalog)

    def of_table(self, sql: Connection, oid: int) -> Plan | None:
        """The Plan of a table for a snapshot: the columns that are published. None: it is gone.

        Raises psycopg.Error, BindError.
        """
        catalog = Catalog(sql)
        description = catalog.table(oid)
        if description is None:
            return None
        published = catalog.published(str(self._config.publication_name), description.schema, description.name)
        return self.described(description, catalog, published)

    def announced(self, relation: Relation, catalog: Lookup) -> Plan:
        """As of_relation, for any table and catalog."""
        description = catalog.table(relation.oid)
        renamed = {} if description is None else _renamed(relation, description)
        columns: list[LogColumn] = []
        for column in relation.columns:
            described = None
            if description is not None:
                described = description.column(renamed.get(column.name, column.name))
            keyed = column.key and relation.identity != "f"  # FULL flags every column
            columns.append(
                LogColumn(
                    column.name,
                    column.type_oid,
                    column.typmod,
                    described,
                    keyed,
                    nullable=column.name in relation.nullable,
                    labels=relation.labels.get(column.name),
                )
            )
        self.registry.refresh()
        made = self._plan(
            relation.oid, relation.schema, relation.name, description, columns, catalog, relation.identity
        )
        if relation.identity in ("d", "i"):
            self._check_key(made, [column.name for column in columns if not column.identity])
        return made

    def described(self, description: TableDescription, catalog: TypeLookup, published: list[str] | None) -> Plan:
        """As of_table; `published` as Catalog.published gives it."""
        columns: list[LogColumn] = []
        for column in description.columns:
            wanted = not column.generated if published is None else column.name in published
            if wanted:
                keyed = column.name in description.identifying
                columns.append(LogColumn(column.name, column.type_oid, column.typmod, column, keyed, True))
        return self._plan(
            description.oid, description.schema, description.name, description, columns, catalog, description.identity
        )

    def _plan(
        self,
        oid: int,
        schema: str,
        name: str,
        description: TableDescription | None,
        columns: list[LogColumn],
        catalog: TypeLookup,
        identity: str,
    ) -> Plan:
        self.registry.load(catalog, [column.type_oid for column in columns])
        made, omitted = self._build(schema, name, description, columns, identity)
        print_ = (_fingerprint(made), [(column.type_oid, column.typmod) for column in columns])
        known = self._plans.get(oid)
        if known is not None and known[0] == print_:
            return known[1]
        self._plans[oid] = (print_, made)
        if omitted:
            log.warning(
                "table %s: columns of types without a mapping are left out (include.unknown.datatypes): %s",
                made.table.id,
                ", ".join(omitted),
            )
        gone = [column.name for column in columns if self.registry.description(column.type_oid) is None]
        if gone:
            log.warning(
                "table %s: columns of types that were dropped since are text: %s", made.table.id, ", ".join(gone)
            )
        return made

    def _check_key(self, plan: Plan, others: list[str]) -> None:
        """Say once that the log's old rows lack columns of the key (message.key.columns), so deletes have no values."""
        table = plan.table
        names = {self._adjust(name): name for name in others}
        lacking = [names[column.name] for column in table.key or () if column.name in names]
        if lacking and table.id not in self._lacking:
            self._lacking.add(table.id)
            log.warning(
                "table %s: key columns %s are not part of its replica identity, so the key of a delete lacks their"
                " values; ALTER TABLE ... REPLICA IDENTITY FULL makes the log hold them",
                table.id,
                ", ".join(lacking),
            )

    def _build(
        self, schema: str, name: str, description: TableDescription | None, columns: list[LogColumn], identity: str
    ) -> tuple[Plan, list[str]]:
        table_id = f"{schema}.{name}"
        built: list[_Built | None] = []
        omitted: list[str] = []
        for column in columns:
            one = self._column(table_id, column)
            if one is None:
                omitted.append(column.name)
            else:
                one.included = self._columns.includes(schema, name, column.name)
            built.append(one)
        mode = self._config.event_converting_failure_handling_mode
        escape = self._config.headwater_invalid_text_handling_mode == "escape"
        loaders: list[Loader | None] = []
        guarded: list[Loader | None] = []
        nulls: list[object] = []
        placeholders: list[object] = []
        required: list[bool] = []
        fields: list[Column] = []
        visible: dict[str, int] = {}
        for each in built:
            if each is None or not each.included:
                loaders.append(None)
                guarded.append(None)
                continue
            source = each.source
            loaders.append(each.value_loader)
            place = f"{table_id}.{source.name}"
            guarded.append(
                TextGuard(each.value_loader, each.value_null, place, mode, log, self.unconverted, escape=escape)
            )
            nulls.append(each.value_null)
            placeholders.append(each.value_placeholder)
            required.append(each.required)
            visible[source.name] = len(fields)
            fields.append(Column(self._adjust(source.name), each.value_type))
        distinct(NAMES_COLLIDE, table_id, fields)
        key: list[Column] | None = None
        key_of: KeyOf | None = None
        hidden: list[Hidden] = []
        names = self._key_names(schema, name, description, columns, identity)
        if names:
            key = []
            indexes: list[int] = []
            for key_name in names:
                position, found = _named(built, key_name)
                if found is None:
                    raise BindError(NO_KEY_COLUMN, f"table {table_id}, key column {key_name}")
                key.append(Column(self._adjust(key_name), found.type))
                # No value is made up for a key column: one that cannot be converted stops, whatever the mode.
                guard = TextGuard(
                    found.loader, found.null, f"{table_id}.{key_name}", FAIL, log, self.unconverted, escape=escape
                )
                if found.included and not found.changed:
                    indexes.append(visible[key_name])
                    guarded[position] = guard
                    continue
                indexes.append(len(fields) + len(hidden))
                hidden.append(Hidden(position, guard, found.null, found.placeholder, found.required))
            distinct(NAMES_COLLIDE, table_id, key)
            key_of = KeyOf(indexes)
        table = Table(table_id, (schema, name), fields, key, key_of)
        plan = Plan(
            table,
            schema,
            name,
            [column.name for column in columns],
            loaders,
            guarded,
            nulls,
            placeholders,
            hidden,
            required,
        )
        return plan, omitted

    def _column(self, table_id: str, column: LogColumn) -> _Built | None:
        """What one column becomes, None when its type has no mapping."""
        mapping = self.registry.mapping(column.type_oid, column.typmod, column.labels)
        if mapping is None:
            return None
        described = column.described
        required = column.required
        type = mapping.type.replace(optional=mapping.always_optional or not required)
        default: object = None
        if described is not None and described.type_oid == column.type_oid:
            default = self._default(table_id, mapping, described)
            if default is not None:
                type = type.replace(default=default)
        if self._config.include_schema_comments and described is not None and described.comment:
            type = type.replace(doc=described.comment)
        found, typmod = self.registry.root(column.type_oid, column.typmod)
        declared = self.registry.description(column.type_oid)
        type_name = "" if declared is None else declared.name
        rules = self._rules.for_column(f"{table_id}.{column.name}", type_name, table_id)
        built = _Built(column, mapping, type, required, default)
        if declared is not None and any(rule.kind == PROPAGATE for rule in rules):
            comment = described.comment if described is not None and self._config.include_schema_comments else None
            serial = column.read and described is not None and (described.default or "").startswith("nextval(")
            extra = propagated(column.name, declared, found, typmod, comment, read=column.read, serial=serial)
            built.value_type = type.replace(parameters={**(type.parameters or {}), **extra})
        for rule in rules:
            if rule.kind != PROPAGATE:
                _apply(built, rule, found, typmod, f"{table_id}.{column.name}")
        return built

    def _default(self, table_id: str, mapping: Mapping, column: ColumnDescription) -> object:
        """The schema default of a column, None without."""
        declared = self.registry.description(column.type_oid)
        plain = declared is not None and declared.kind != "d" and not declared.element
        enum = declared is not None and declared.kind == "e"
        if column.default is None or column.generated or column.identity or not plain:
            return None
        if enum and column.default.startswith("("):
            return None  # a label behind two casts, as in Debezium
        if mapping.zero is NO_DEFAULT or mapping.type.kind == STRUCT:
            return None
        try:
            text = defaults.constant(column.default)
        except defaults.Computed:
            # Deviation: where Debezium has a quoted part or the text of an expression, there is no default.
            if mapping.type.kind == BOOLEAN:
                return False
            return mapping.zero if defaults.is_call(column.default) and not enum else None
        if text is None:
            return None
        try:
            return self.registry.default(mapping, text)
        except (ValueError, ArithmeticError, LookupError) as error:
            log.warning(
                "table %s: default %s of column %s is left out: %s", table_id, column.default, column.name, error
            )
            return None

    def _key_names(
        self, schema: str, name: str, description: TableDescription | None, columns: list[LogColumn], identity: str
    ) -> list[str]:
        """Key columns: message.key.columns, else the primary key, else the first unique index; empty: no key.

        Of a table whose old rows hold the columns of its replica identity only, these are the key unless the primary
        key is among them.
        """
        names = [column.name for column in columns]
        chosen = self._keys.columns(schema, name, names)
        if chosen:
            return chosen
        flagged = [column.name for column in columns if column.identity]
        if description is None:
            return flagged
        now = {column.described.name: column.name for column in columns if column.described is not None}
        known = [[now.get(column, "") for column in index] for index in (description.primary_key, *description.unique)]
        if flagged:
            # Old rows of the log hold these columns only: a key of others would be made up.
            if known[0] and identity == "i" and all(column in flagged for column in known[0]):
                return known[0]
            return next((index for index in known if sorted(index) == sorted(flagged)), flagged)
        if description.primary_key:
            return known[0] if "" not in known[0] else description.primary_key
        return next((index for index in known[1:] if "" not in index), [])


def _renamed(relation: Relation, description: TableDescription) -> dict[str, str]:
    """Columns that have another name in the catalog of now: old name to new, by their place.

    The log is older than the catalog. Nothing is said when the number of columns differs.
    """
    present = [column for column in description.columns if not column.generated]
    if len(present) != len(relation.columns):
        return {}
    old = {column.name for column in relation.columns}
    new = {column.name for column in present}
    return {
        before.name: now.name
        for before, now in zip(relation.columns, present, strict=True)
        if before.name not in new and now.name not in old and before.type_oid == now.type_oid
    }


def _named(built: list[_Built | None], name: str) -> tuple[int, _Built | None]:
    for position, each in enumerate(built):
        if each is not None and each.source.name == name:
            return position, each
    return -1, None


def _apply(built: _Built, rule: Rule, root: TypeDescription | None, typmod: int, name: str) -> None:
    """Truncate, mask or hash the value of a column; its key stays as it is."""
    type = built.value_type
    is_binary = type.kind == BYTES and type.name is None
    if rule.kind == TRUNCATE and size(root, typmod, built.source.read)[0] <= rule.length:
        return  # nothing is as long
    if type.kind != STRING and not (rule.kind == TRUNCATE and is_binary):
        log.warning("column %s: %s applies to text only and changes nothing here (%s)", name, rule.kind, type)
    elif rule.kind == TRUNCATE:
        truncated = Truncated(built.loader, rule.length)
        built.value_loader = truncated
        built.value_null = truncated.apply(built.null)
        if not is_binary:
            built.value_placeholder = truncated.apply(built.placeholder)
    elif rule.kind == MASK:
        masked = Masked(rule.length)
        built.value_loader = masked
        built.value_null = masked.value  # Debezium hides also that a value is null
        built.value_placeholder = masked.value
    elif rule.kind == HASH:
        is_text = root is not None and root.name in _TEXT_TYPES and not root.element
        length = typmod - 4 if is_text and typmod > 4 else 0
        hashed = Hashed(built.loader, rule.algorithm, rule.salt, rule.version, length)
        built.value_loader = hashed
        built.value_null = hashed.apply(built.null)
        built.value_placeholder = hashed.apply(built.placeholder)
    built.changed = built.value_loader is not built.loader
    mark = {"truncateLength": str(rule.length)} if rule.kind == TRUNCATE else {"masked": "true"}
    built.value_type = type.replace(parameters={**(type.parameters or {}), **mark})


def _fingerprint(plan: Plan) -> object:
    """Equal for two versions of a table that decode alike and look alike to consumers."""
    table = plan.table
    key = None if table.key is None else [(column.name, column.type) for column in table.key]
    return (
        table.id,
        [(column.name, column.type) for column in table.columns],
        key,
        list(plan.names),
        [loader is None for loader in plan.loaders],
        [hidden.column for hidden in plan.hidden],
    )

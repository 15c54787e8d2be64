"""Schema time: a table version to what both readers need of it. Owns no connection.

Decides what a column becomes (types.py), what the configuration does to it (include lists, masks, propagated source
types, names), and what the key is. What it makes is plain data for rows.py and text_rows.py.
Source: Debezium reference, "Change event keys", "Data type mappings", "column.*" properties.
"""

from __future__ import annotations

import logging
from typing import Final, Protocol

from cdc.errors import BindError
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
)
from cdc.guard import FAIL, Guard, Tally
from cdc.masks import Convert, Hashed, Masked, Truncated
from cdc.model import BYTES, STRING, Column, KeyOf, Table, Type
from cdc.naming import distinct, field_adjuster
from cdc.texts import Text
from connectors.mysql import text_rows
from connectors.mysql.charsets import UTF8
from connectors.mysql.custom_converters import CustomConverter
from connectors.mysql.defaults import schema_default
from connectors.mysql.errors import NAMES_COLLIDE, NO_KEY_COLUMN
from connectors.mysql.history import column_length
from connectors.mysql.rows import Hidden, LogColumn
from connectors.mysql.tables import INTEGERS, ColumnDefinition, TableDefinition
from connectors.mysql.text_rows import Converted, Loader
from connectors.mysql.types import Mapping, Modes, Settings, mapping

log = logging.getLogger("connectors.mysql")

_PROPAGATED: Final = "__debezium.source.column."
_BY_TEXT: Final = ("enum", "set", "uuid", "inet4", "inet6", "json")  # a snapshot has their text


class Properties(Settings, ColumnSettings, RuleSettings, Protocol):
    """The properties that tables depend on."""

    message_key_columns: str | None
    field_name_adjustment_mode: str
    event_converting_failure_handling_mode: str
    headwater_invalid_text_handling_mode: str
    custom_converters: list[CustomConverter]

    @property
    def schema_comments(self) -> bool:
        """Whether comments of tables and columns are told."""


class TablePlan:
    """How the rows of one table version are decoded.

    `columns` and `hidden` are for the log, one of `columns` per column of the definition. `selected` are the names
    that a snapshot's SELECT reads, in the order of a row's values; `loaders`, `nulls` and `invalid` belong to them.
    """

    def __init__(
        self,
        definition: TableDefinition,
        table: Table,
        columns: list[LogColumn],
        hidden: list[Hidden],
        selected: list[str],
        loaders: list[Loader],
        nulls: list[object],
        invalid: list[Convert | None],
    ) -> None:
        self.definition = definition
        self.table = table
        self.columns = columns
        self.hidden = hidden
        self.selected = selected
        self.loaders = loaders
        self.nulls = nulls
        self.invalid = invalid


class _Built:
    """One column while its table is built; `value_*` is with masks, the rest is for the key."""

    def __init__(self, column: ColumnDefinition, found: Mapping, type: Type, null: object, convert: Convert | None):
        self.column = column
        self.mapping = found
        self.type = type
        self.null = null
        self.convert = convert
        self.value_type = type
        self.value_null = null
        self.value_convert = convert
        self.mask: Truncated | Masked | Hashed | None = None
        self.included = True
        self.invalid: Convert | None = None  # what stands for bytes that are no UTF-8


class Planner:
    """Makes TablePlans; remembers the one of each definition."""

    def __init__(self, config: Properties) -> None:
        self._config = config
        self._modes = Modes(config)
        self._columns = ColumnFilter(config)
        self._rules = ColumnRules(config)
        self._keys = MessageKeyColumns(config.message_key_columns)
        self._adjust = field_adjuster(config.field_name_adjustment_mode)
        self.unconverted = Tally()
        self._plans: dict[tuple[str, str], TablePlan] = {}

    def plan(self, definition: TableDefinition) -> TablePlan:
        """The plan of a table version. The same version gives the same plan. Raises BindError."""
        name = (definition.database, definition.name)
        known = self._plans.get(name)
        if known is not None and _alike(known.definition, definition):
            return known
        made = self._build(definition)
        self._plans[name] = made
        return made

    def _build(self, definition: TableDefinition) -> TablePlan:
        table_id = definition.id
        names = self._keys.columns(definition.database, definition.name, [one.name for one in definition.columns])
        names = names or list(definition.key)
        built = [self._column(definition, column, column.name in names) for column in definition.columns]
        omitted = [column.name for column, one in zip(definition.columns, built, strict=True) if one is None]
        if omitted:
            log.warning("table %s: columns of types without a mapping are left out: %s", table_id, ", ".join(omitted))
        columns: list[LogColumn] = []
        fields: list[Column] = []
        selected: list[str] = []
        loaders: list[Loader] = []
        nulls: list[object] = []
        invalid: list[Convert | None] = []
        visible: dict[str, int] = {}
        for column, one in zip(definition.columns, built, strict=True):
            if one is None or not one.included:
                columns.append(
                    LogColumn(column.name, unsigned=column.unsigned, charset=_charset(column), captured=False)
                )
                continue
            columns.append(
                LogColumn(
                    column.name,
                    unsigned=column.unsigned,
                    charset=_charset(column),
                    convert=one.value_convert,
                    null=one.value_null,
                    absent=one.value_null,
                    invalid=one.invalid,
                )
            )
            visible[column.name] = len(fields)
            fields.append(Column(self._adjust(column.name), one.value_type))
            selected.append(column.name)
            loaders.append(_loader(one, masked=True))
            nulls.append(one.value_null)
            invalid.append(one.invalid)
        distinct(NAMES_COLLIDE, table_id, fields)
        key, indexes, hidden = self._key(definition, names, built, visible, len(fields))
        for each in hidden:
            one = built[each.column]
            assert one is not None
            selected.append(one.column.name)
            loaders.append(_loader(one, masked=False))
            nulls.append(one.null)
            invalid.append(one.invalid)
        if not selected:  # the rows are there all the same
            loaders.append(text_rows.octets)
            nulls.append(None)
            invalid.append(None)
        table = Table(
            table_id,
            (definition.database, definition.name),
            fields,
            key,
            KeyOf(indexes) if key is not None else None,
        )
        return TablePlan(definition, table, columns, hidden, selected, loaders, nulls, invalid)

    def _key(
        self,
        definition: TableDefinition,
        names: list[str],
        built: list[_Built | None],
        visible: dict[str, int],
        width: int,
    ) -> tuple[list[Column] | None, list[int], list[Hidden]]:
        """Key columns by their names, their places in a row, what rows carry."""
        if not names:
            return None, [], []
        key: list[Column] = []
        indexes: list[int] = []
        hidden: list[Hidden] = []
        for name in names:
            position = definition.index(name)
            found = built[position] if position >= 0 else None
            if found is None:
                raise BindError(NO_KEY_COLUMN, f"table {definition.id}, key column {name}")
            key.append(Column(self._adjust(found.column.name), found.type))
            if found.included and found.mask is None:
                indexes.append(visible[found.column.name])
                continue
            indexes.append(width + len(hidden))
            hidden.append(Hidden(position, found.convert, found.null, found.null))
        distinct(NAMES_COLLIDE, definition.id, key)
        return key, indexes, hidden

    def _column(self, definition: TableDefinition, column: ColumnDefinition, keyed: bool) -> _Built | None:
        """What one column becomes, None when its type has no mapping. No value is made up for a key column."""
        found = mapping(self._modes, column)
        if found is None:
            return None
        full = f"{definition.id}.{column.name}"
        for converter in self._config.custom_converters:
            custom: Mapping | None = converter.mapping(full, column, found)
            if custom is not None:
                found = custom
                break
        type = found.type.replace(optional=column.nullable or (found.always and found.fallback is None))
        default = schema_default(found, column)
        if default is not None:
            type = type.replace(default=default)
        if self._config.schema_comments and column.comment:
            type = type.replace(doc=column.comment)
        null: object = None
        if found.always:
            null = found.fallback
        elif not column.nullable:
            null = found.fallback if default is None else default
        convert = found.convert
        mode = FAIL if keyed else self._config.event_converting_failure_handling_mode
        if convert is not None and found.fallible:
            convert = Guard(convert, null, full, mode, log, self.unconverted)
        one = _Built(column, found, type, null, convert)
        if _charset(column) in UTF8:
            text = Text("utf-8", self._config.headwater_invalid_text_handling_mode)
            one.invalid = Guard(text, None, full, mode, log, self.unconverted)
        one.included = self._columns.includes(definition.database, definition.name, column.name)
        rules = self._rules.for_column(full, column.type_name, definition.id)
        if any(rule.kind == PROPAGATE for rule in rules):
            extra = self._propagated(column)
            one.value_type = type.replace(parameters={**(type.parameters or {}), **extra})
        for rule in rules:
            if rule.kind != PROPAGATE:
                _apply(one, rule, full)
        return one

    def _propagated(self, column: ColumnDefinition) -> dict[str, str]:
        found = {f"{_PROPAGATED}type": column.type_name.upper()}
        length = column_length(column)
        if length is not None:
            found[f"{_PROPAGATED}length"] = str(length)
        if column.scale is not None:
            found[f"{_PROPAGATED}scale"] = str(column.scale)
        if self._config.schema_comments and column.comment:
            found[f"{_PROPAGATED}comment"] = column.comment
        found[f"{_PROPAGATED}name"] = column.name
        return found


def _alike(one: TableDefinition, other: TableDefinition) -> bool:
    """Whether rows of two versions of a table are decoded alike and look alike."""
    return one is other or (one.columns == other.columns and one.key == other.key)


def _charset(column: ColumnDefinition) -> str:
    """MySQL's name of the character set of a column's values, `binary` for bytes, empty where there is none."""
    if column.base.endswith(("binary", "blob")):
        return "binary"
    if column.base == "json":  # MariaDB logs it as text
        return "utf8mb4"
    return column.charset or "" if column.is_text and column.base not in ("enum", "set") else ""


def _apply(one: _Built, rule: Rule, name: str) -> None:
    """Truncate, mask or hash the value of a column; its key stays as it is."""
    type = one.value_type
    length = column_length(one.column)
    if rule.kind == TRUNCATE and length is not None and length <= rule.length:
        return  # nothing is as long
    mark = {"truncateLength": str(rule.length)} if rule.kind == TRUNCATE else {"masked": "true"}
    one.value_type = type.replace(parameters={**(type.parameters or {}), **mark})
    if rule.kind == TRUNCATE:
        applies = one.mapping.text or one.column.base in ("enum", "set") or (type.kind == BYTES and type.name is None)
    else:
        applies = type.kind == STRING
    if not applies:
        log.warning("column %s: %s applies to text only and changes nothing here (%s)", name, rule.kind, type)
        return
    mask: Truncated | Masked | Hashed
    if rule.kind == TRUNCATE:
        mask = Truncated(one.convert, rule.length)
        one.value_null = mask.apply(one.null)
    elif rule.kind == MASK:
        mask = Masked(rule.length)
        one.value_null = mask.value  # Debezium hides also that a value is null
    else:
        assert rule.kind == HASH
        cut = one.column.length or 0 if one.mapping.text else 0
        mask = Hashed(one.convert, rule.algorithm, rule.salt, rule.version, cut)
        one.value_null = mask.apply(one.null)
    one.mask = mask
    one.value_convert = mask


def _loader(one: _Built, *, masked: bool) -> Loader:
    """The loader of a column's text in a snapshot."""
    column = one.column
    if column.base in _BY_TEXT:
        # The text is the Connect value already; a mask takes it without the log's converter.
        mask = one.mask if masked else None
        return text_rows.text if mask is None else text_rows.Applied(mask)
    loader = _log_value(column)
    convert = one.value_convert if masked else one.convert
    return loader if convert is None else Converted(loader, convert)


def _log_value(column: ColumnDefinition) -> Loader:
    """The loader from a snapshot's text to the log value (see values.py)."""
    base = column.base
    if base == "decimal":
        return text_rows.Decimal(column.scale or 0)
    return _LOADERS.get(base, text_rows.octets)


_LOADERS: Final[dict[str, Loader]] = {
    **dict.fromkeys((*INTEGERS, "year"), text_rows.integer),
    "float": text_rows.single,
    "double": text_rows.number,
    **dict.fromkeys(("char", "varchar", "tinytext", "text", "mediumtext", "longtext"), text_rows.text),
    "bit": text_rows.bits,
    "date": text_rows.date,
    "datetime": text_rows.datetime,
    "timestamp": text_rows.datetime,
    "time": text_rows.time,
    "vector": text_rows.vector,
}

"""The configuration of a connector: read from a file, checked, every problem at once. Knows no connector.

A connector declares its properties as a subclass of `Config`; the instance holds their values as attributes
(`slot.name` -> `slot_name`) and the file's texts in `raw`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from cdc.common import CommonOptions
from cdc.errors import STOP, ConfigError, define
from cdc.families import FAMILIES
from cdc.java_clients import login_secrets, translate
from cdc.legacy_names import OLD_NAMES, OLD_PREFIXES, OLD_VALUES
from cdc.options import (
    ATTENTION,
    COMMENT,
    IGNORED,
    MASK,
    NO_EFFECT,
    PASSWORD,
    TRANSLATED,
    Broken,
    Family,
    Note,
    Option,
    Problem,
    closest,
    mask_urls,
    split_list,
    url_secrets,
)
from cdc.parts import find
from cdc.providers import is_comment
from cdc.regex import Untranslatable, java_regex
from cdc.settings import noting, problems_of

INVALID = define(
    "HW-CFG-001",
    STOP,
    "The configuration is not valid",
    "Correct every property that is named; `cdc validate FILE` shows them one by one",
)
SECRET: re.Pattern[str] = re.compile(
    r".*(?:password|passphrase|secret|token|credential|sasl\.jaas\.config|basic\.auth\.user\.info|user\.info"
    r"|ssl\.key$|keystore\.key|api\.key|access\.key|private\.key|\.salt\.).*",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?!__)(?!(?:connector|state|status|broker|plugin|name|context|table|le)$)[a-zA-Z_][a-zA-Z0-9_]*")
_PREFIX = re.compile(r"[a-zA-Z0-9_.\-]+")
_NAMING = re.compile(r"io\.debezium\.schema\.(Schema|Default)(Unicode|Regex)?TopicNamingStrategy")
_AVRO = ("io.confluent.connect.avro.AvroConverter", "io.apicurio.registry.utils.converter.AvroConverter")


def is_secret(name: str, more: str | None = None) -> bool:
    """Whether the value of a property must not be shown, by its name."""
    if SECRET.fullmatch(name):
        return True
    if not more:
        return False
    try:
        return java_regex(more, ignore_case=True).fullmatch(name) is not None
    except Untranslatable:
        return False


class Step:
    """One transform or predicate of the file: its name, class, options, and for a transform its predicate."""

    def __init__(
        self, name: str, type: str, options: dict[str, str], predicate: str = "", negate: bool = False
    ) -> None:
        self.name = name
        self.type = type
        self.options = options
        self.predicate = predicate
        self.negate = negate


class TopicGroup:
    """One group of `topic.creation.*`; the group `default` matches every topic."""

    def __init__(
        self,
        name: str,
        include: list[str],
        exclude: list[str],
        partitions: int,
        replication: int,
        settings: dict[str, str],
    ) -> None:
        self.name = name
        self.partitions = partitions
        self.replication = replication
        self.settings = settings
        self._include = [java_regex(item) for item in include]
        self._exclude = [java_regex(item) for item in exclude]

    def matches(self, topic: str) -> bool:
        """Whether topics of this name are made by this group; exclusion wins."""
        if any(pattern.fullmatch(topic) for pattern in self._exclude):
            return False
        return self.name == "default" or any(pattern.fullmatch(topic) for pattern in self._include)


class Config(CommonOptions):
    """Values of one connector's properties. Made from the file's texts; raises ConfigError with every problem.

    Not `strict`, it only notes them in `problems`; a property with a problem then has its default.
    """

    OPTIONS: ClassVar[dict[str, Option]] = {}
    FAMILIES: ClassVar[tuple[Family, ...]] = FAMILIES
    PLUGIN: ClassVar[str] = ""
    ALIASES: ClassVar[tuple[str, ...]] = ()
    CONVERTERS: ClassVar[str] = ""  # package of the connector's custom converters; empty: it has none
    SPLIT_SKIPS: ClassVar[bool] = True  # skipped.operations holds for the delete and the create of a changed key too
    NAMED_BY: ClassVar[str] = "Schema"  # the naming strategy that names all parts of a table: Schema or Default
    # What the connector adds to cdc.legacy_names; in OLD_SETTINGS name (in lower case) and value change together.
    OLD_NAMES: ClassVar[Mapping[str, str]] = {}
    OLD_VALUES: ClassVar[Mapping[tuple[str, str], str]] = {}
    OLD_SETTINGS: ClassVar[Mapping[tuple[str, str], tuple[str, str]]] = {}

    def __init_subclass__(cls) -> None:
        cls.OPTIONS = declared(cls)

    def __init__(self, raw: Mapping[str, object], *, strict: bool = True) -> None:
        self.warnings: list[Note] = []
        self.problems: list[Problem] = []
        self.broken: set[str] = set()  # properties whose values could not be had
        texts = {name: text for name, value in raw.items() if (text := self._text(name, value)) is not None}
        self.raw: dict[str, str] = self._translate(texts)
        for option in self.OPTIONS.values():
            self._read(option)
        for name in self.raw:
            if name not in self.OPTIONS:
                self._other(name)
        comments = [name for name in self.raw if is_comment(name)]
        if comments:
            self.note(f"names of comments are ignored: {', '.join(comments)}", COMMENT)
        self.chain = self._steps("transforms", self.transforms)
        self.conditions = self._steps("predicates", self.predicates)
        self.custom_converters = self._custom_converters()
        self.topic_groups = self._groups()
        self.select_overrides = self._overrides()
        self.metric_tags = self._tags()
        self.check()
        if self.problems and not strict:
            return
        if self.problems:
            raise ConfigError(
                INVALID,
                f"{self.raw.get('name') or 'connector'}: {'; '.join(str(problem) for problem in self.problems)}",
                problems=self.problems,
            )
        self.finish()

    def is_set(self, name: str) -> bool:
        """Whether the file sets a property."""
        return name in self.raw

    def converter(self, which: str) -> tuple[str, dict[str, str]] | None:
        """Class and options of the `key`, `value` or `header` converter, None when the file leaves it to the worker."""
        return converter_of(self.raw, which)

    def overrides(self, client: str) -> dict[str, str]:
        """Properties of `producer.override.*` or `admin.override.*`, in Java's names."""
        return under(self.raw, f"{client}.override.")

    def topic_group(self, topic: str) -> TopicGroup | None:
        """The first group of topic.creation.* that matches, None when topics are not to be created."""
        for group in self.topic_groups:
            if group.matches(topic):
                return group
        return None

    def shown(self) -> dict[str, tuple[str, str]]:
        """Every property in effect: (text with secrets masked, `file`, `default` or `derived`)."""
        found: dict[str, tuple[str, str]] = {}
        for name, option in self.OPTIONS.items():
            value = getattr(self, option.attribute)
            origin = "file" if name in self.raw else "default"
            if origin == "default" and value != option.parse(option.default):
                origin = "derived"
            if value is None or (value == [] and origin == "default"):
                continue
            found[name] = (self.masked(name, _as_text(value)), origin)
        for name, text in self.raw.items():
            if name not in found:
                found[name] = (self.masked(name, text), "file")
        return found

    def masked(self, name: str, text: str) -> str:
        """The text of a property, masked when it is secret."""
        option = self.OPTIONS.get(name)
        if (option is not None and option.type == PASSWORD) or is_secret(name, self.raw.get("custom.sanitize.pattern")):
            return MASK
        return mask_urls(text)

    def secrets(self) -> list[str]:
        """Texts that must appear in no log line."""
        found: list[str] = []
        for name, text in self.raw.items():
            if self.masked(name, text) == MASK:
                found.append(text)
            found += url_secrets(text)
            if name.endswith("sasl.jaas.config"):
                found += login_secrets(text)
        return [text for text in found if len(text) > 3]

    def note(self, text: str, kind: str = ATTENTION, property: str = "") -> None:
        """Add a note to `warnings`."""
        self.warnings.append(Note(text, kind, property))

    def check(self) -> None:
        """Rules between properties: append to `problems`. A connector adds its own."""
        if self.topic_prefix is None and self.raw.get("name"):
            self.topic_prefix = self.raw["name"]
            self.note(
                f"topic.prefix is missing: the connector's name {self.topic_prefix} is used", property="topic.prefix"
            )
        if not self.topic_prefix and "topic.prefix" not in self.broken:
            self.refuse("topic.prefix", None, "it is required", "Set it, or give the connector a name")
        elif self.topic_prefix and not _PREFIX.fullmatch(self.topic_prefix):
            self.refuse(
                "topic.prefix", self.topic_prefix, "it may hold letters, digits, `.`, `_` and `-`", "Choose such a name"
            )
        for what in ("table", "column"):
            self.exclusive(f"{what}.include.list", f"{what}.exclude.list")
        for operation in self.skipped_operations:
            if operation not in ("c", "u", "d", "t", "r", "none"):
                self.refuse("skipped.operations", operation, "it is no operation", "Use c, u, d, t, r or the word none")
        if "none" in self.skipped_operations:
            self.skipped_operations = []
        if self.is_set("max.queue.size") and self.max_queue_size <= self.max_batch_size:
            self.refuse("max.queue.size", str(self.max_queue_size), "it must be larger than max.batch.size", "Raise it")
        if not _NAMING.fullmatch(self.topic_naming_strategy):
            known = [f"io.debezium.schema.{kind}TopicNamingStrategy" for kind in ("Schema", "Default", "SchemaUnicode")]
            self.refuse(
                "topic.naming.strategy",
                self.topic_naming_strategy,
                "the class is not known; one of your own cannot be loaded without a JVM",
                f"Use {', '.join(known)} or the transform io.debezium.transforms.ByLogicalTableRouter",
                closest(self.topic_naming_strategy, known),
            )
        if self.tasks_max is not None and self.tasks_max > 1:
            self.note(f"tasks.max={self.tasks_max}: a database log is read by one task", NO_EFFECT, "tasks.max")
        self._check_keys()
        for client in ("producer", "admin"):
            translation = translate(self.overrides(client), f"{client}.override.")
            self.problems.extend(translation.problems)
            self.warnings.extend(translation.warnings)

    def finish(self) -> None:
        """Values that follow from others, once nothing is wrong. A connector adds its own."""
        if self.field_name_adjustment_mode == "none" and any(
            self.raw.get(f"{which}.converter") in _AVRO for which in ("key", "value")
        ):
            self.field_name_adjustment_mode = "avro"

    def refuse(self, name: str, value: str | None, why: str, remedy: str, did_you_mean: str = "") -> None:
        """Note a problem."""
        if not any(problem.property == name and problem.why == why for problem in self.problems):
            shown = None if value is None else self.masked(name, value)
            self.problems.append(Problem(name, shown, why, remedy, did_you_mean))

    def exclusive(self, first: str, second: str) -> None:
        """Two properties that may not both be set."""
        if self.raw.get(first) and self.raw.get(second):
            self.refuse(second, self.raw[second], f"it cannot be set together with {first}", "Remove one of the two")

    def _text(self, name: str, value: object) -> str | None:
        if value is None:
            return None
        if isinstance(value, Broken):
            self.broken.add(name)
            self.problems.append(value.problem)
            return None
        if isinstance(value, (str, bool, int, float)):
            return plain_text(value)
        if isinstance(value, list) and all(isinstance(item, (str, bool, int, float)) for item in value):
            return ",".join(plain_text(item) for item in value)
        self.problems.append(
            Problem(str(name), None, f"the value is a {type(value).__name__}", "Give a text, number or true/false")
        )
        return None

    def _translate(self, texts: dict[str, str]) -> dict[str, str]:
        """Names and values of older versions, where the meaning is certain; each one is said in `warnings`."""
        found: dict[str, str] = {}
        names = {**OLD_NAMES, **self.OLD_NAMES}
        values = {**OLD_VALUES, **self.OLD_VALUES}
        for option in self.OPTIONS.values():
            names.update(dict.fromkeys(option.aliases, option.name))
        for name, text in texts.items():
            setting = self.OLD_SETTINGS.get((name.lower(), text.strip().lower()))
            current = setting[0] if setting is not None else self._current(name, names)
            if current is not None:
                if current in texts:
                    self.note(f"{name} is an old name of {current}, which is set too: it is ignored", IGNORED, name)
                    continue
                read = current if setting is None else "=".join(setting)
                self.note(f"{name} is an old name of {current}: it is read as {read}", TRANSLATED, name)
                name, text = current, text if setting is None else setting[1]
            value = values.get((name, text.strip().lower()))
            if value is not None:
                self.note(f"{name}={text} is an old value: it is read as {value}", TRANSLATED, name)
                text = value
            found[name] = text
        return found

    def _current(self, name: str, names: Mapping[str, str]) -> str | None:
        """The present name of a property that has an old one, None when it has none here."""
        if name in self.OPTIONS:
            return None
        current = names.get(name)
        if current is not None:
            return current if current in self.OPTIONS else None
        for old, new in OLD_PREFIXES.items():
            if name.startswith(old) and new.rstrip(".") in self.OPTIONS:
                current = new + name[len(old) :]
                return names.get(current, current)
        return None

    def _read(self, option: Option) -> None:
        text = self.raw.get(option.name)
        if text is not None and text.strip() == "" and option.type not in ("string", PASSWORD):
            text = None  # Connect reads an empty value as not set
        if text is not None:
            problem = option.check(text)
            if problem is not None:
                if option.type != PASSWORD and problem.value is not None:
                    problem.value = self.masked(option.name, problem.value)
                self.problems.append(problem)
                text = None
            elif option.effect and option.parse(text) != option.parse(option.default):
                self.note(f"{option.name} changes nothing here: {option.effect}", NO_EFFECT, option.name)
        elif option.required and option.default is None and option.name not in self.broken:
            near = closest(option.name, [name for name in self.raw if name not in self.OPTIONS], 0.9)
            self.refuse(option.name, None, "it is required", "Set it", near and f"{option.name} instead of {near}")
        setattr(self, option.attribute, option.parse(option.default if text is None else text))

    def _other(self, name: str) -> None:
        for family in self.FAMILIES:
            if family.has(name):
                problem = family.problem(name, self.raw[name])
                if problem is not None:
                    self.problems.append(problem)
                elif family.effect:
                    self.note(f"{name} changes nothing here: {family.effect}", NO_EFFECT, name)
                return
        if is_comment(name) or name.partition(".")[0] in self.converters:
            return
        near = closest(name, self.OPTIONS, 0.84)  # names share their first words
        hint = f"; did you mean {near}?" if near else ""
        self.note(f"{name} is not a property of this connector and is ignored, as Debezium does{hint}", IGNORED, name)

    def _steps(self, kind: str, names: list[str]) -> list[Step]:
        found: list[Step] = []
        for name in names:
            if any(step.name == name for step in found):
                self.refuse(kind, name, "the name stands there twice", "Name each one once")
                continue
            options = under(self.raw, f"{kind}.{name}.")
            type = options.pop("type", "").strip()
            if not type:
                self.refuse(f"{kind}.{name}.type", None, "it is required", f"Set it, or take {name} out of {kind}")
            predicate, negate = "", "false"
            if kind == "transforms":
                predicate = options.pop("predicate", "").strip()
                negate = options.pop("negate", "false").strip().lower()
            if predicate and predicate not in self.predicates:
                near = closest(predicate, self.predicates)
                self.refuse(f"{kind}.{name}.predicate", predicate, "no predicate has this name",
                            "Name it in predicates", near)  # fmt: skip
            if negate not in ("true", "false"):
                self.refuse(f"{kind}.{name}.negate", negate, "must be true or false", "Use true or false")
            found.append(Step(name, type, options, predicate, negate == "true"))
        for name in self.raw:
            if name.startswith(f"{kind}."):
                owner = name.split(".")[1]
                if owner not in names:
                    near = closest(owner, names)
                    hint = f"; did you mean {kind}.{near}?" if near else ""
                    self.note(f"{name} is ignored: {kind} does not name {owner}{hint}", IGNORED, name)
        return found

    def _custom_converters(self) -> list[Any]:
        """What the `create` of each custom converter's module made."""
        made: list[Any] = []
        if self.converters and not self.CONVERTERS:
            self.refuse("converters", ",".join(self.converters), "this connector has no custom converters, and classes"
                        " of your own cannot be loaded without a JVM", "Remove it")  # fmt: skip
            return made
        for name in self.converters:
            options = under(self.raw, f"{name}.")
            type = options.pop("type", "").strip()
            if not type:
                self.refuse(f"{name}.type", None, "it is required", f"Set it, or take {name} out of converters")
                continue
            with noting(name) as notes:
                try:
                    made.append(find(self.CONVERTERS, type).create(options))
                except ConfigError as error:
                    for found in problems_of(error, name, f"{name}.type"):
                        self.refuse(found.property, found.value, found.why, found.remedy, found.did_you_mean)
            self.warnings.extend(notes)
        return made

    def _groups(self) -> list[TopicGroup]:
        found: list[TopicGroup] = []
        names = [name for name in self.topic_creation_groups if name != "default"]
        if "topic.creation.default.partitions" not in self.raw and not names:
            if under(self.raw, "topic.creation.default."):
                self.refuse("topic.creation.default.partitions", None,
                            "it is required with other topic.creation.default.* properties", "Set it")  # fmt: skip
            return found
        defaults = under(self.raw, "topic.creation.default.")
        for name in [*names, "default"]:
            settings = under(self.raw, f"topic.creation.{name}.")
            include, exclude = split_list(settings.pop("include", "")), split_list(settings.pop("exclude", ""))
            if name != "default" and not include:
                self.note(f"topic.creation.{name}.include is missing: the group matches no topic", IGNORED,
                          f"topic.creation.{name}.include")  # fmt: skip
            numbers: dict[str, int] = {}
            for key in ("partitions", "replication.factor"):
                text = settings.pop(key, None)
                text = defaults.get(key) if text is None else text
                property = f"topic.creation.{name}.{key}"
                try:
                    numbers[key] = int(text) if text is not None else 0
                except ValueError:
                    numbers[key] = 0
                if numbers[key] < 1 and numbers[key] != -1:
                    self.refuse(property, text, "must be a number of at least 1, or -1 for the broker's default",
                                "Set it")  # fmt: skip
                    numbers[key] = -1
            try:
                group = TopicGroup(
                    name, include, exclude, numbers["partitions"], numbers["replication.factor"], settings
                )
            except Untranslatable as error:
                self.refuse(f"topic.creation.{name}.include", None, str(error), "Write the expression in another way")
                continue
            found.append(group)
        for name in self.raw:
            owner = re.fullmatch(r"topic\.creation\.([^.]+)\..+", name)
            if owner is not None and owner.group(1) not in (*names, "default"):
                self.note(f"{name} is ignored: topic.creation.groups does not name {owner.group(1)}", IGNORED, name)
        return found

    def _overrides(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for table in self.snapshot_select_statement_overrides:
            name = f"snapshot.select.statement.overrides.{table}"
            statement = self.raw.get(name, "").strip()
            if statement:
                found[table] = statement
            else:
                self.refuse(name, None, "snapshot.select.statement.overrides names this table", "Set its SELECT")
        for name in self.raw:
            if name.startswith("snapshot.select.statement.overrides."):
                table = name.removeprefix("snapshot.select.statement.overrides.")
                if table not in found and table not in self.snapshot_select_statement_overrides:
                    self.note(
                        f"{name} is ignored: snapshot.select.statement.overrides does not name {table}", IGNORED, name
                    )
        return found

    def _tags(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for item in self.custom_metric_tags:
            name, sign, value = item.partition("=")
            if not sign or not _LABEL.fullmatch(name.strip()):
                self.refuse("custom.metric.tags", item, "a label is name=value, its name letters, digits and `_`",
                            "Correct it")  # fmt: skip
            else:
                found[name.strip()] = value.strip()
        return found

    def _check_keys(self) -> None:
        if self.message_key_columns is None:
            return
        from cdc.filters import key_rules

        try:
            key_rules(self.message_key_columns)
        except ValueError as error:
            self.refuse("message.key.columns", self.message_key_columns, str(error),
                        "Write tableRegex:column1,column2;otherTable:column")  # fmt: skip


def declared(cls: type) -> dict[str, Option]:
    """The Options declared in the bodies of a class and its bases, bases first; a subclass may declare one anew."""
    found: dict[str, Option] = {}
    for owner in reversed(cls.__mro__):
        for value in vars(owner).values():
            if isinstance(value, Option):
                found[value.name] = value
    return found


def plain_text(value: str | bool | int | float) -> str:
    """A JSON or YAML scalar as the text that a properties file would hold."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _as_text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return plain_text(value) if isinstance(value, (str, bool, int, float)) else str(value)


def under(raw: Mapping[str, str], prefix: str) -> dict[str, str]:
    """Properties whose names start with a prefix, without it."""
    return {name[len(prefix) :]: text for name, text in raw.items() if name.startswith(prefix)}


def converter_of(raw: Mapping[str, str], which: str) -> tuple[str, dict[str, str]] | None:
    """Class and options of the `key`, `value` or `header` converter in these properties, None when there is none."""
    name = raw.get(f"{which}.converter", "").strip()
    return (name, under(raw, f"{which}.converter.")) if name else None

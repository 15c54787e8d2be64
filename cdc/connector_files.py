"""Connector files in the forms in which people have them: read into names and properties. Knows no property's meaning.

JSON (also with comments and trailing commas), YAML (several documents too) and Java properties; flat, with name and
config, arrays of those, Strimzi's KafkaConnector, answers of Kafka Connect's REST API, MSK Connect's
connectorConfiguration, Debezium Server's `debezium.source.*`. Source: the references of these.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from cdc.errors import STOP, ConfigError, define
from cdc.options import ATTENTION, IGNORED, NO_EFFECT, TRANSLATED, Note, closest
from cdc.providers import is_comment, java_properties

UNREADABLE = define(
    "HW-CFG-003",
    STOP,
    "A configuration file cannot be read",
    "Give JSON, YAML or Java properties: connector properties, or an object with name and config",
)

_BOMS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONVERTERS: Final = {
    "json": "org.apache.kafka.connect.json.JsonConverter",
    "avro": "io.confluent.connect.avro.AvroConverter",
    "simplestring": "org.apache.kafka.connect.storage.StringConverter",
    "string": "org.apache.kafka.connect.storage.StringConverter",
    "binary": "org.apache.kafka.connect.converters.ByteArrayConverter",
    "cloudevents": "io.debezium.converters.CloudEventsConverter",
}
_SERVER: Final = "debezium."

# A string of JSON, a comment of either kind, or a comma before a closing bracket.
_LENIENT: Final = re.compile(
    r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/|(?m:^)[ \t]*#[^\n]*|,(?=(?:\s|//[^\n]*|/\*.*?\*/)*[}\]])', re.DOTALL
)


class ConnectorFile:
    """One connector of a file: its name and properties, as written (placeholders not yet resolved)."""

    def __init__(self, name: str, config: dict[str, object], path: str = "", notes: list[Note] | None = None) -> None:
        self.name = name
        self.config = config
        self.path = path
        self.notes: list[Note] = notes or []


def load(path: str | Path, name: str | None = None) -> ConnectorFile:
    """The one connector of a file, or the one of this name. Raises ConfigError."""
    found = load_all(path)
    if name is not None:
        chosen = [one for one in found if one.name == name]
        if len(chosen) != 1:
            names = [one.name for one in found]
            near = closest(name, names)
            hint = f"; did you mean {near}?" if near else ""
            raise ConfigError(UNREADABLE, f"{path}: no connector {name} in it{hint}", f"It holds {', '.join(names)}")
        return chosen[0]
    if len(found) > 1:
        names = [one.name for one in found]
        raise ConfigError(UNREADABLE, f"{path}: it holds {len(names)} connectors", f"Choose one: {', '.join(names)}")
    return found[0]


def load_all(path: str | Path) -> list[ConnectorFile]:
    """Every connector of a file, at least one. Raises ConfigError."""
    file = Path(path)
    try:
        text = _decode(file.read_bytes(), file)
    except OSError as error:
        raise ConfigError(UNREADABLE, f"{file}: {error.strerror or error}") from None
    notes: list[Note] = []
    found: list[ConnectorFile] = []
    for document in _documents(text, file, notes):
        found.extend(_connectors(document, file, notes))
    if not found:
        raise ConfigError(UNREADABLE, f"{file}: there is no connector in it")
    for one in found:
        one.notes[:0] = notes
    return found


def _decode(data: bytes, file: Path) -> str:
    """The text of a file: UTF-8, or UTF-16 and UTF-32 as a byte order mark or the first character tell."""
    encoding = "utf-16-le" if data[1:2] == b"\0" else "utf-16-be" if data[:1] == b"\0" else "utf-8"
    encoding = next((named for mark, named in _BOMS if data.startswith(mark)), encoding)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        if file.suffix.lower() == ".properties":
            return data.decode("latin-1")  # what java.util.Properties reads
        raise ConfigError(UNREADABLE, f"{file}: not {encoding.upper()} text: {error.reason}") from None


def _documents(text: str, file: Path, notes: list[Note]) -> Iterator[object]:
    """The documents of a file, parsed."""
    suffix = file.suffix.lower()
    if suffix == ".properties" or (suffix not in (".json", ".yaml", ".yml") and _is_properties(text)):
        yield _server(java_properties(text), notes)
        return
    if suffix not in (".yaml", ".yml") and (suffix == ".json" or text.lstrip()[:1] in ("{", "[", "/")):
        yield _json(text, file, notes)
        return
    import yaml

    try:
        yield from (document for document in yaml.safe_load_all(text) if document is not None)
    except yaml.YAMLError as error:
        raise ConfigError(UNREADABLE, f"{file}: {' '.join(str(error).split())}") from None


def _is_properties(text: str) -> bool:
    return re.search(r"^(debezium\.source\.)?connector\.class\s*=", text, re.MULTILINE) is not None


def _json(text: str, file: Path, notes: list[Note]) -> object:
    import json

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for name, value in items:
            if name in found and not is_comment(name) and found[name] != value:
                notes.append(Note(f"{name} stands there twice: the last one counts", ATTENTION, name))
            found[name] = value
        return found

    try:
        return json.loads(text, object_pairs_hook=pairs)
    except ValueError as error:
        notes.clear()
        try:
            found: object = json.loads(_LENIENT.sub(lambda match: match.group(1) or " ", text), object_pairs_hook=pairs)
        except ValueError:
            raise ConfigError(UNREADABLE, f"{file}: {error}") from None
    notes.append(
        Note("comments and trailing commas are left out, which Kafka Connect does not do: it refuses the file")
    )
    return found


def _connectors(content: object, file: Path, notes: list[Note], name: object = None) -> Iterator[ConnectorFile]:
    """The connectors of one document, whatever wraps them."""
    if isinstance(content, list):
        for number, item in enumerate(content, 1):
            yield from _connectors(item, file, notes, f"{file.stem}-{number}" if len(content) > 1 else None)
        return
    if not isinstance(content, dict):
        raise ConfigError(UNREADABLE, f"{file}: not an object of properties")
    if "apiVersion" in content and "kind" in content:
        yield from _resource(content, file, notes)
        return
    if isinstance(content.get("connectorConfiguration"), dict):  # MSK Connect
        config = content["connectorConfiguration"]
        yield _made(config, content.get("connectorName") or config.get("name") or name, file)
        return
    if isinstance(content.get("config"), dict):
        config = content["config"]
        yield _made(config, content.get("name") or config.get("name") or name, file)
        return
    if isinstance(content.get("debezium"), dict):  # Debezium Server's application.yaml
        yield _made(_server(dict(_flat(content)), notes), name, file)
        return
    expanded = [entry["info"] for entry in content.values() if isinstance(entry, dict) and "info" in entry]
    if expanded and len(expanded) == len(content):  # GET /connectors?expand=info
        for info in expanded:
            if isinstance(info, dict) and info.get("type", "source") == "source":
                yield from _connectors(info, file, notes)
            else:
                notes.append(Note(f"{_name_of(info)} is not a source connector and is left out", IGNORED))
        return
    yield _made(content, content.get("name") or name, file)


def _resource(content: Mapping[str, Any], file: Path, notes: list[Note]) -> Iterator[ConnectorFile]:
    """A Kubernetes resource: Strimzi's KafkaConnector, or a list of resources."""
    kind = content["kind"]
    if kind.endswith("List") or isinstance(content.get("items"), list):
        for item in content.get("items") or []:
            yield from _connectors(item, file, notes)
        return
    name = _name_of(content.get("metadata"))
    spec = content.get("spec")
    if kind != "KafkaConnector" or not isinstance(spec, dict):
        notes.append(Note(f"{kind} {name} is not a KafkaConnector and is left out", IGNORED))
        return
    config: dict[str, object] = dict(spec.get("config") or {})
    for field, property in (("class", "connector.class"), ("tasksMax", "tasks.max")):
        if field in spec:
            config.setdefault(property, spec[field])
    found = _made(config, name or config.get("name"), file)
    state = "paused" if spec.get("pause") is True else str(spec.get("state", "running"))
    if state != "running":
        found.notes.append(Note(f"spec.state is {state}: Headwater runs what it is given", NO_EFFECT, "spec.state"))
    yield found


def _name_of(content: object) -> str:
    return str(content.get("name") or "") if isinstance(content, dict) else ""


def _made(config: Mapping[Any, object], name: object, file: Path) -> ConnectorFile:
    properties = {str(key): value for key, value in config.items()}
    text = str(name or properties.get("name") or file.stem)
    properties["name"] = text
    return ConnectorFile(text, properties, str(file))


def _flat(content: Mapping[Any, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested YAML as the properties that it stands for."""
    for key, value in content.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from _flat(value, f"{name}.")
        elif value is not None:
            yield name, str(value).lower() if isinstance(value, bool) else str(value)


def _server(properties: dict[str, str], notes: list[Note]) -> dict[str, str]:
    """The connector in the properties of a Debezium Server; other properties as they are."""
    if not any(name.startswith(f"{_SERVER}source.") for name in properties):
        return properties
    found: dict[str, str] = {}
    left: list[str] = []
    for name, text in properties.items():
        own = name.removeprefix(_SERVER)
        group, _, rest = own.partition(".")
        if own == name:
            left.append(name)
        elif group == "source":
            found[rest] = text
        elif group in ("transforms", "predicates"):
            found[own] = text
        elif group == "format":
            _format(rest, text, found)
        elif own.startswith("sink.kafka.producer."):
            property = own.removeprefix("sink.kafka.producer.")
            if property not in ("bootstrap.servers", "key.serializer", "value.serializer"):
                found[f"producer.override.{property}"] = text
            elif property == "bootstrap.servers":
                left.append(name)
        else:
            left.append(name)
    notes.append(Note("the connector is taken out of Debezium Server's properties; its sink is Kafka here", TRANSLATED))
    if left:
        notes.append(Note(f"they configure Debezium Server, not its connector: {', '.join(left)}", NO_EFFECT))
    return found


def _format(name: str, text: str, found: dict[str, str]) -> None:
    """A property `debezium.format.<name>`: converters and their options."""
    which, _, option = name.partition(".")
    if which in ("key", "value", "header"):
        if option:
            found[f"{which}.converter.{option}"] = text
        else:
            found[f"{which}.converter"] = _CONVERTERS.get(text.strip().lower(), text)
        return
    for each in ("key", "value"):
        found.setdefault(f"{each}.converter.{name}", text)

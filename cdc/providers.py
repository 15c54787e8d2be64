"""Config providers: `${env:NAME}`, `${file:/path:key}`, `${dir:/path:key}` inside property values.

The names and forms are those of Kafka's EnvVarConfigProvider, FileConfigProvider and DirectoryConfigProvider; all
three are on without being configured. A provider of another kind (Kubernetes secrets, Vault, AWS Secrets Manager) is
mapped to a folder where its secrets are mounted: `config.providers.<name>.param.directory`. What cannot be resolved is
an error that names it, where Kafka leaves the placeholder as it stands.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from cdc.options import Problem
from cdc.regex import Untranslatable, java_regex

_PLACEHOLDER = re.compile(r"\$\{([^}:]*):(?:([^}]*?):)?([^}:]*)\}")
_CLASSES = {
    "EnvVarConfigProvider": "env",
    "FileConfigProvider": "file",
    "DirectoryConfigProvider": "dir",
}
DEFAULTS = {"env": "env", "file": "file", "dir": "dir", "directory": "dir"}
MOUNTED = re.compile(r"config\.providers\.([^.]+)\.param\.directory")

# What was to be filled in before the file is used: `${DB_HOST}`, `{{ host }}`, `<host>`, `<%= host %>`, `$(HOST)`.
_GAP = r"\$\{([A-Za-z_][\w.-]*)\}|\{\{.*?\}\}|<%.*?%>"
_WHOLE_GAP = re.compile(rf"{_GAP}|<[A-Za-z][\w .:/-]*>|\$\(([A-Za-z_]\w*)\)")
_GAP_INSIDE = re.compile(rf"{_GAP}()")
# Texts of a language of their own, in which such characters are ordinary.
_OWN_LANGUAGE = re.compile(
    r"(transforms|predicates)\..*|heartbeat\.action\.query|database\.initial\.statements|.*\.overrides\..*"
)
_ANY_TEXT = re.compile(r".*(password|secret|token|credential|jaas|user\.info|salt).*", re.IGNORECASE)


def _gap(name: str, text: str) -> re.Match[str] | None:
    """A gap of a template that nothing has filled in. In a password only the whole text can be told for one."""
    if _OWN_LANGUAGE.fullmatch(name) or is_comment(name):
        return None
    whole = _WHOLE_GAP.fullmatch(text.strip())
    return whole if whole is not None or _ANY_TEXT.fullmatch(name) else _GAP_INSIDE.search(text)


class Unresolved(ValueError):
    """A placeholder that cannot be resolved; says why, never with a value."""

    remedy = "Set it there, or correct the placeholder"


class Providers:
    """Resolves placeholders. `worker` may configure providers (`config.providers`, `.class`, `.param.*`)."""

    def __init__(self, worker: Mapping[str, str] | None = None, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment
        self._kinds = dict(DEFAULTS)
        self._parameters: dict[str, dict[str, str]] = {}
        self._files: dict[str, dict[str, str]] = {}
        self.secrets: list[str] = []
        self.problems: list[Problem] = []
        properties = worker or {}
        for name in [item.strip() for item in properties.get("config.providers", "").split(",") if item.strip()]:
            class_name = properties.get(f"config.providers.{name}.class", "").strip()
            kind = _CLASSES.get(class_name.rsplit(".", 1)[-1])
            if kind is None:
                if f"config.providers.{name}.param.directory" not in properties:
                    self.problems.append(
                        Problem(
                            f"config.providers.{name}.class",
                            class_name or None,
                            "its secrets cannot be asked for; they are read from files",
                            f"Mount them and set config.providers.{name}.param.directory to that folder",
                        )
                    )
                continue
            prefix = f"config.providers.{name}.param."
            self._kinds[name] = kind
            self._parameters[name] = {
                key[len(prefix) :]: value for key, value in properties.items() if key.startswith(prefix)
            }

        for property, folder in properties.items():
            mounted = MOUNTED.fullmatch(property)
            if mounted is not None and self._kinds.get(mounted.group(1)) not in ("env", "file", "dir"):
                self._kinds[mounted.group(1)] = "mounted"
                self._parameters[mounted.group(1)] = {"directory": folder.strip()}

    def resolve(self, text: str) -> str:
        """The text with every placeholder replaced. Raises Unresolved naming the first that cannot be."""
        if "${" not in text:
            return text
        return _PLACEHOLDER.sub(self._value, text)

    def _value(self, found: re.Match[str]) -> str:
        name, path, key = found.group(1).strip(), found.group(2) or "", found.group(3)
        kind = self._kinds.get(name)
        if kind is None:
            error = Unresolved(
                f"{found.group(0)}: the provider {name} cannot be asked; its secrets are read from files, and no"
                " setting of the worker says where those are"
            )
            error.remedy = (
                f"Mount the secrets and set the worker's config.providers.{name}.param.directory to the folder"
            )
            raise error
        value = getattr(self, f"_{kind}")(name, path, key, found.group(0))
        self.secrets.append(value)
        return str(value)

    def _env(self, name: str, path: str, key: str, placeholder: str) -> str:
        if path:
            raise Unresolved(f"{placeholder}: an environment variable has no path; write ${{{name}:NAME}}")
        allowed = self._parameters.get(name, {}).get("allowlist.pattern")
        if allowed:
            try:
                permitted = java_regex(allowed).fullmatch(key) is not None
            except Untranslatable as error:
                raise Unresolved(f"config.providers.{name}.param.allowlist.pattern: {error}") from None
            if not permitted:
                raise Unresolved(f"{placeholder}: allowlist.pattern does not allow the variable {key}")
        value = self._environment.get(key)
        if value is None:
            raise Unresolved(f"{placeholder}: the environment variable {key} is not set")
        return value

    def _file(self, name: str, path: str, key: str, placeholder: str) -> str:
        if not path:
            raise Unresolved(f"{placeholder}: the path is missing; write ${{{name}:/path/file.properties:key}}")
        self._permit(name, path, placeholder)
        if path not in self._files:
            try:
                self._files[path] = java_properties(Path(path).read_text(encoding="utf-8"))
            except (OSError, ValueError) as error:
                reason = getattr(error, "strerror", None) or error
                raise Unresolved(f"{placeholder}: the file {path} cannot be read: {reason}") from None
        if key not in self._files[path]:
            raise Unresolved(f"{placeholder}: the file {path} has no key {key}")
        return self._files[path][key]

    def _dir(self, name: str, path: str, key: str, placeholder: str) -> str:
        if not path:
            raise Unresolved(f"{placeholder}: the path is missing; write ${{{name}:/path:file}}")
        if "/" in key or key in ("", ".", ".."):
            raise Unresolved(f"{placeholder}: {key!r} is not the name of a file in {path}")
        self._permit(name, path, placeholder)
        try:
            # One line end after the value is the editor's, not the secret's (Kafka keeps it, and logins fail).
            return Path(path, key).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise Unresolved(f"{placeholder}: the file {path}/{key} cannot be read: {reason}") from None

    def _mounted(self, name: str, path: str, key: str, placeholder: str) -> str:
        """A secret in the folder of its provider: a file per key below the secret's path or last name, or one file."""
        folder = Path(self._parameters[name]["directory"])
        parts = [part for part in path.split("/") if part]
        if any(part == ".." for part in (*parts, *key.split("/"))) or not key:
            raise Unresolved(f"{placeholder}: a path may not leave the folder {folder}")
        places = [folder.joinpath(*parts), folder / parts[-1]] if parts else [folder]
        for place in places:
            if (place / key).is_file():
                return self._dir(name, str(place), key, placeholder) if "/" not in key else _text(place / key)
            for file in (place, place.with_name(f"{place.name}.json"), place.with_name(f"{place.name}.properties")):
                if file.is_file():
                    found = _keys(_text(file))
                    if key in found:
                        return found[key]
        tried = " or ".join(str(place / key) for place in dict.fromkeys(places))
        raise Unresolved(f"{placeholder}: there is no file {tried}, nor a file of keys in its place")

    def _permit(self, name: str, path: str, placeholder: str) -> None:
        allowed = self._parameters.get(name, {}).get("allowed.paths", "")
        folders = [Path(item.strip()).resolve() for item in allowed.split(",") if item.strip()]
        if folders and not any(Path(path).resolve().is_relative_to(folder) for folder in folders):
            raise Unresolved(f"{placeholder}: allowed.paths does not allow {path}")


class Resolved:
    """Properties with placeholders replaced, the values that came from them, and what could not be resolved."""

    def __init__(self, config: dict[str, object], secrets: list[str], problems: list[Problem]) -> None:
        self.config = config
        self.secrets = secrets
        self.problems = problems


def resolve(config: Mapping[str, object], providers: Providers) -> Resolved:
    """Replace the placeholders of all values; a property that cannot be resolved is left out and is a problem."""
    found: dict[str, object] = {}
    problems: list[Problem] = list(providers.problems)
    for name, value in config.items():
        if not isinstance(value, str):
            found[name] = value
            continue
        unfilled = _gap(name, value)
        if unfilled is not None:
            variable = next((group for group in unfilled.groups() if group), "")
            near = f"${{env:{variable}}}" if variable else ""
            remedy = "Write the value, or a placeholder such as ${env:NAME}"
            why = "a template's gap, which nothing has filled in: it would be taken literally"
            problems.append(Problem(name, value, why, remedy, near))
            continue
        try:
            found[name] = providers.resolve(value)
        except Unresolved as error:
            problems.append(Problem(name, value, str(error), error.remedy))
    return Resolved(found, [secret for secret in providers.secrets if secret], problems)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise Unresolved(f"the file {file} cannot be read: {reason}") from None


def _keys(text: str) -> dict[str, str]:
    """Keys and values of a secret in one file: a JSON object (as AWS and Vault keep them), or Java properties."""
    if text.lstrip().startswith("{"):
        try:
            found = json.loads(text)
        except ValueError:
            return {}
        return {str(key): value if isinstance(value, str) else json.dumps(value) for key, value in found.items()}
    return java_properties(text)


def is_comment(name: str) -> bool:
    """Whether a property's name says that it is a comment or switched off."""
    return name.startswith(("_", "#", "//")) or name.lower().startswith("comment")


def java_properties(text: str) -> dict[str, str]:
    r"""Keys and values of a Java properties file (java.util.Properties: `=`, `:` or blanks, `\` escapes, `#` `!`)."""
    found: dict[str, str] = {}
    logical = ""
    for line in [*re.split(r"\r\n|\r|\n", text), ""]:
        stripped = line.lstrip(" \t\f")
        if not logical and (not stripped or stripped[0] in "#!"):
            continue
        logical += stripped
        trailing = len(logical) - len(logical.rstrip("\\"))
        if trailing % 2 and stripped:
            logical = logical[:-1]
            continue
        match = re.match(r"((?:[^\\=: \t\f]|\\.)*)[ \t\f]*[=:]?[ \t\f]*(.*)", logical, re.DOTALL)
        if match is not None:
            found[_unescape(match.group(1))] = _unescape(match.group(2))
        logical = ""
    return found


def _unescape(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        letter = found.group(1)
        if letter[0] == "u" and len(letter) == 5:
            return chr(int(letter[1:], 16))
        return {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}.get(letter, letter)

    return re.sub(r"\\(u[0-9A-Fa-f]{4}|.)", one, text, flags=re.DOTALL) if "\\" in text else text

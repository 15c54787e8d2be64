"""Finds parts by name: connectors, transforms, predicates, converters. A part is a module; adding one edits no list.

A module declares `ALIASES`, the Java class names it stands for, and `create(...)`; class names in `REFUSED` are known
to it too, and its `create` says why they are not available. Where a package has parts of several kinds, `KINDS` says
what the module's classes can be used as.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import Final

from cdc.errors import STOP, ConfigError, define
from cdc.options import Problem, closest

UNKNOWN_CLASS = define(
    "HW-CFG-002",
    STOP,
    "A class is not known, or is of another kind",
    "Use one of the names that docs/reference lists; classes of your own cannot be loaded without a JVM",
)
# Kinds of parts: the Java interfaces Transformation, Predicate, Converter and HeaderConverter.
TRANSFORM: Final = "transform"
PREDICATE: Final = "predicate"
CONVERTER: Final = "converter of keys and values"
HEADERS: Final = "converter of headers"
# Where the classes of others come from; a class from elsewhere is somebody's own.
_PUBLIC: Final = ("org.apache.kafka.", "io.debezium.", "io.confluent.", "io.apicurio.")


def find(package: str, class_name: str, kind: str = "") -> ModuleType:
    """The module of `package` that stands for a class of a kind. Raises ConfigError naming what exists.

    Modules whose name occurs in the class name are looked at first, so that a start imports only what it uses.
    """
    folder = importlib.import_module(package)
    wanted = class_name.rsplit(".", 1)[-1].lower()
    modules = [module.name for module in pkgutil.iter_modules(folder.__path__) if not module.name.startswith("_")]
    modules.sort(key=lambda name: (name.replace("_", "") not in wanted, name))
    known: list[str] = []
    others: tuple[str, ...] = ()  # what the class is instead
    for name in modules:
        module = importlib.import_module(f"{package}.{name}")
        aliases = getattr(module, "ALIASES", ())
        kinds: tuple[str, ...] = getattr(module, "KINDS", ())
        fits = not kind or kind in kinds
        if class_name in aliases or class_name in getattr(module, "REFUSED", ()):
            if fits:
                return module
            others = kinds
        if fits:
            known.extend(aliases)
    if others:
        names = ", ".join(sorted(known))
        problem = Problem("", class_name, f"the class is a {' and a '.join(others)}, not a {kind}", f"Use {names}")
    else:
        problem = _unknown(package, class_name, sorted(known))
    raise ConfigError(UNKNOWN_CLASS, f"{class_name or 'no class'}: {problem.why}", problem.remedy, [problem])


def _unknown(package: str, class_name: str, known: list[str]) -> Problem:
    """What is wrong with a class name that stands for nothing here; the Problem is about the part itself."""
    names = f"Use {', '.join(known)}"
    if not class_name:
        return Problem("", None, "no class is named", names)
    near = _nearest(class_name, known)
    if near:
        return Problem("", class_name, "there is no class of this name", names, near)
    if package == "connectors":
        why = "Headwater captures PostgreSQL, MySQL and MariaDB; this connector is for something else"
        return Problem("", class_name, why, "Leave it to Kafka Connect")
    if class_name.startswith(_PUBLIC) or "." not in class_name:
        return Problem("", class_name, "there is no class of this name that Headwater knows", names)
    return Problem(
        "",
        class_name,
        "it is a class of your own, which cannot be loaded without a JVM",
        "Leave this connector to Kafka Connect",
    )


def _nearest(class_name: str, known: list[str]) -> str:
    """The known class that a mistyped one most likely means: nearly the same text, or the same class elsewhere."""
    last = class_name.rsplit(".", 1)[-1]
    for name in known:
        if name.rsplit(".", 1)[-1].lower() == last.lower() and class_name.startswith(_PUBLIC):
            return name
    return closest(class_name, known, 0.85)

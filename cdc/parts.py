"""Finds parts by name: connectors, transforms, predicates, converters. A part is a module; adding one edits no list.

A module declares `ALIASES`, the Java class names it stands for, and `create(...)`; class names in `REFUSED` are known
to it too, and its `create` says why they are not available.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

from cdc.errors import STOP, ConfigError, define

UNKNOWN_CLASS = define(
    "HW-CFG-002",
    STOP,
    "A class name is not known",
    "Use one of the names that docs/reference lists; classes of your own cannot be loaded from a JVM",
)


def find(package: str, class_name: str) -> ModuleType:
    """The module of `package` that stands for a class name. Raises ConfigError naming what exists.

    Modules whose name occurs in the class name are looked at first, so that a start imports only what it uses.
    """
    folder = importlib.import_module(package)
    wanted = class_name.rsplit(".", 1)[-1].lower()
    modules = [module.name for module in pkgutil.iter_modules(folder.__path__) if not module.name.startswith("_")]
    modules.sort(key=lambda name: (name.replace("_", "") not in wanted, name))
    known: list[str] = []
    for name in modules:
        module = importlib.import_module(f"{package}.{name}")
        aliases = getattr(module, "ALIASES", ())
        if class_name in aliases or class_name in getattr(module, "REFUSED", ()):
            return module
        known.extend(aliases)
    raise ConfigError(UNKNOWN_CLASS, f"{class_name} (known: {', '.join(sorted(known))})")

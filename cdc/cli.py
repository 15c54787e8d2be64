"""The command `cdc`. Parses arguments, prints, returns an exit code; what it does is done elsewhere.

Nothing heavy is imported before a command needs it: the time from start to first record counts.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from cdc.build import VERSION

if TYPE_CHECKING:
    from cdc.config import Config
    from cdc.connector_files import ConnectorFile
    from cdc.errors import CdcError
    from cdc.worker import WorkerConfig

EXIT_CODES: Final = (
    (0, "clean: stopped when asked to, or nothing wrong"),
    (1, "internal error: a bug (HW-INTERNAL-001), or a task that failed for a reason without a code of its own"),
    (2, "configuration: a file, property or argument is wrong"),
    (3, "source: the database needs a person (privileges, slot, publication, lost log)"),
    (4, "sink: Kafka, the registry or the offset store refuses"),
    (75, "retry later: what failed may work again by itself (EX_TEMPFAIL)"),
)
CLEAN, INTERNAL, CONFIGURATION, SOURCE, SINK, RETRY_LATER = (code for code, _ in EXIT_CODES)


def parser() -> argparse.ArgumentParser:
    """All commands and their arguments; docs/reference/cli.md is generated from it."""
    codes = "\n".join(f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODES)
    top = argparse.ArgumentParser(
        prog="cdc",
        description="Change data capture into Kafka: runs Debezium's connector files without a JVM.",
        epilog=f"exit codes:\n{codes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    worker = argparse.ArgumentParser(add_help=False)
    worker.add_argument("--worker", metavar="FILE", help="Kafka Connect worker properties")
    worker.add_argument(
        "--set",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        help="a worker property; wins over environment and file; may be repeated",
    )

    strict = argparse.ArgumentParser(add_help=False)
    strict.add_argument("--strict", action="store_true", help="refuse what Debezium would ignore: unknown properties")
    one = argparse.ArgumentParser(add_help=False)
    one.add_argument("--connector", metavar="NAME", help="which connector, when the file holds several")

    run = commands.add_parser("run", parents=[worker, strict], help="run connectors until a signal stops them")
    run.add_argument("files", nargs="+", metavar="FILE", help="connector file (JSON, YAML or properties)")

    validate = commands.add_parser(
        "validate", parents=[worker, strict], help="show every problem of connector files at once"
    )
    validate.add_argument("files", nargs="+", metavar="FILE", help="connector file (JSON, YAML or properties)")
    validate.add_argument(
        "--connect",
        action="store_true",
        help="also ask the database, Kafka, the schema registry and the brokers of the schema history",
    )
    validate.add_argument("--json", action="store_true", help="print JSON")

    show = commands.add_parser(
        "show-config", parents=[worker, one], help="print the configuration in effect, secrets masked"
    )
    show.add_argument("file", metavar="FILE", help="connector file (JSON, YAML or properties)")
    show.add_argument("--json", action="store_true", help="print JSON")

    offsets = commands.add_parser("offsets", help="show, export, import or move a connector's stored offset")
    actions = offsets.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, text in (("show", "print the stored offset"), ("export", "print it as Kafka Connect's REST API does")):
        action = actions.add_parser(name, parents=[worker, one], help=text)
        action.add_argument("file", metavar="FILE", help="connector file (JSON, YAML or properties)")
    load = actions.add_parser(
        "import", parents=[worker, one], help="store an offset; the connector must not be running"
    )
    load.add_argument("file", metavar="FILE", help="connector file (JSON, YAML or properties)")
    load.add_argument(
        "offset",
        metavar="OFFSET",
        nargs="?",
        help="file with the offset, as `export` or Kafka Connect prints it; - is stdin",
    )
    load.add_argument("--delete", action="store_true", help="remove the stored offset: the connector begins anew")
    load.add_argument("--dry-run", action="store_true", help="only show what would change")

    move = actions.add_parser(
        "upgrade", parents=[worker, one], help="move the offset to the PostgreSQL cluster that pg_upgrade made"
    )
    move.add_argument("file", metavar="FILE", help="connector file (JSON, YAML or properties)")
    move.add_argument("--dry-run", action="store_true", help="only show what would change")

    commands.add_parser("version", help="print versions, and whether this build is compiled")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code."""
    given = parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal may lack characters of a name
    try:
        return int(COMMANDS[given.command](given))
    except BrokenPipeError:
        sys.stderr.close()
        return CLEAN
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        from cdc.errors import coded

        failure = coded(error, f"running cdc {given.command}")
        _print_error(failure)
        return exit_code(failure)


def exit_code(error: CdcError) -> int:
    """The exit code of a coded error."""
    from cdc import errors

    if isinstance(error, errors.ConfigError):
        return CONFIGURATION
    if isinstance(error, errors.SourceRefused):
        return SOURCE
    if isinstance(error, (errors.SinkFailed, errors.StoreFailed, errors.SchemaError, errors.RegistryLost)):
        return SINK
    if error.policy == errors.RETRY:
        return RETRY_LATER
    return INTERNAL


def _print_error(error: CdcError) -> None:
    from cdc.errors import CODES, ConfigError
    from cdc.logs import SECRETS

    problems = error.problems if isinstance(error, ConfigError) else []
    if not problems:
        print(SECRETS.mask(f"cdc: {error}"), file=sys.stderr)
        return
    print(f"cdc: {error.code} {CODES[error.code].title}", file=sys.stderr)
    for problem in problems:
        print(SECRETS.mask("\n".join(problem.lines())), file=sys.stderr)


def _worker(given: argparse.Namespace) -> WorkerConfig:
    from cdc import worker
    from cdc.logs import SECRETS

    found = worker.load(given.worker, given.set)
    for secret in found.secrets():
        SECRETS.add(secret)
    return found


def run(given: argparse.Namespace) -> int:
    """`cdc run`."""
    import gc
    import logging

    # A batch is tens of thousands of objects that reference counting frees: looking for cycles among them finds none.
    gc.set_threshold(50_000, 20, 50)

    from cdc import logs

    worker = _worker(given)
    logs.set_up(worker.log_level, form=worker.log_format)
    log = logging.getLogger("cdc")
    for warning in worker.warnings:
        log.warning("worker: %s", warning)
    files = _load_all(given.files)
    import threading

    from cdc import app
    from cdc.errors import coded

    def end(ended: threading.ExceptHookArgs) -> None:
        """A thread that nobody waits for: what it could not do is told, without a stack."""
        if ended.exc_value is not None and ended.thread is not None:
            log.warning("%s", coded(ended.exc_value, f"running the thread {ended.thread.name}"))

    threading.excepthook = end

    return app.run(files, worker, strict=given.strict)


def _load_all(paths: list[str]) -> list[ConnectorFile]:
    """Every connector of these files. Raises ConfigError naming every file that cannot be read."""
    from cdc.connector_files import load_all
    from cdc.errors import ConfigError

    found: list[ConnectorFile] = []
    failures: list[ConfigError] = []
    for path in paths:
        try:
            found += load_all(path)
        except ConfigError as error:
            failures.append(error)
    if len(failures) > 1:
        raise ConfigError(failures[0].code, "; ".join(error.detail for error in failures), failures[0].remedy)
    if failures:
        raise failures[0]
    return found


def validate(given: argparse.Namespace) -> int:
    """`cdc validate`: one block per problem."""
    from cdc import logs
    from cdc.validation import Report, check_file

    logs.set_up("CRITICAL", form="text")  # what client libraries log is in the report, or repeats it
    worker = _worker(given)
    reports: list[Report] = []
    for path in given.files:
        reports += check_file(path, worker, connect=given.connect, strict=given.strict)
    if given.json:
        import json

        found = [report.json() for report in reports]
        print(logs.SECRETS.mask(json.dumps(found, indent=2, ensure_ascii=False)))
    else:
        for note in worker.warnings:
            print(logs.SECRETS.mask(f"worker: note: {note}"))
        print(logs.SECRETS.mask("\n\n".join("\n".join(report.lines()) for report in reports)))
    if any(report.problems for report in reports):
        return CONFIGURATION
    return RETRY_LATER if any(report.down for report in reports) else CLEAN


def show_config(given: argparse.Namespace) -> int:
    """`cdc show-config`."""
    from cdc import logs

    logs.set_up("ERROR", form="text")
    worker = _worker(given)
    config = _configure(given, worker)[1]
    sections = {"connector": config.shown(), "worker": worker.shown()}
    if given.json:
        import json

        found = {
            section: {name: {"value": text, "from": origin} for name, (text, origin) in values.items()}
            for section, values in sections.items()
        }
        print(logs.SECRETS.mask(json.dumps(found, indent=2, ensure_ascii=False)))
        return CLEAN
    for section, values in sections.items():
        print(f"# {section}")
        width = min(60, max((len(name) for name in values), default=0))
        for name, (text, origin) in sorted(values.items()):
            print(logs.SECRETS.mask(f"{name:<{width}} = {text}  # {origin}"))
    return CLEAN


def _configure(given: argparse.Namespace, worker: WorkerConfig) -> tuple[ConnectorFile, Config]:
    from cdc import app
    from cdc.connector_files import load

    file = load(given.file, given.connector)
    return file, app.configure(file, worker)


def offsets(given: argparse.Namespace) -> int:
    """`cdc offsets show`, `export`, `import`, `upgrade`."""
    import json

    from cdc import app, logs

    logs.set_up("WARNING", form="text")
    worker = _worker(given)
    _, config = _configure(given, worker)
    store = app.open_store(config, worker)
    stored = store.load()
    if given.action == "show":
        print("no offset is stored" if stored is None else json.dumps(stored, indent=2, ensure_ascii=False))
        return CLEAN
    partition = {"server": config.topic_prefix}
    if given.action == "export":
        entries = [] if stored is None else [{"partition": partition, "offset": stored}]
        print(json.dumps({"offsets": entries}, indent=2, ensure_ascii=False))
        return CLEAN
    wanted: dict[str, Any] | None
    if given.action == "upgrade":
        wanted = app.upgraded_offset(config, stored)
    else:
        wanted = None if given.delete else _read_offset(given.offset, partition)
    print(f"stored: {json.dumps(stored, ensure_ascii=False)}")
    print(f"new:    {json.dumps(wanted, ensure_ascii=False)}")
    if given.dry_run:
        print("nothing was changed (--dry-run)")
        return CLEAN
    store.save(wanted)
    store.flush(30.0)
    store.close()
    print("stored" if wanted is not None else "removed")
    return CLEAN


def _read_offset(path: str | None, partition: dict[str, str]) -> dict[str, Any]:
    """The offset in a file: Kafka Connect's REST form, a single entry of it, or the bare offset object."""
    import json
    from pathlib import Path

    from cdc.connector_files import UNREADABLE
    from cdc.errors import ConfigError

    if path is None:
        raise ConfigError(UNREADABLE, "offsets import: no file", "Give the file with the offset, or --delete")
    try:
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8-sig")
        content = json.loads(text)
    except (OSError, ValueError) as error:
        raise ConfigError(UNREADABLE, f"{path}: {getattr(error, 'strerror', None) or error}") from None
    entries = content.get("offsets") if isinstance(content, dict) else None
    if isinstance(entries, list):
        content = next((entry for entry in entries if entry.get("partition") == partition), None)
        if content is None:
            raise ConfigError(UNREADABLE, f"{path}: no offset of the partition {json.dumps(partition)}")
    if isinstance(content, dict) and isinstance(content.get("offset"), dict):
        content = content["offset"]
    if not isinstance(content, dict) or not content:
        raise ConfigError(UNREADABLE, f"{path}: not an offset object")
    return content


def version(given: argparse.Namespace) -> int:
    """`cdc version`."""
    import platform

    import confluent_kafka
    import psycopg

    from cdc.build import compiled

    print(f"headwater {VERSION} ({'compiled' if compiled() else 'plain'})")
    print(f"python {platform.python_version()} ({platform.machine()})")
    print(f"librdkafka {confluent_kafka.libversion()[0]} (confluent-kafka {confluent_kafka.version()})")
    libpq = psycopg.pq.version()
    print(f"libpq {libpq // 10000}.{libpq % 10000} (psycopg {psycopg.__version__}, {psycopg.pq.__impl__})")
    return CLEAN


COMMANDS: Final = {
    "run": run,
    "validate": validate,
    "show-config": show_config,
    "offsets": offsets,
    "version": version,
}


if __name__ == "__main__":
    sys.exit(main())

"""The command line: what is printed, and exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cdc import errors
from cdc.cli import EXIT_CODES, exit_code, main, parser

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "docs" / "examples"
CANARY = "canary-s3cret"

pytestmark = pytest.mark.usefixtures("root_logger")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for prefix in ("PG", "DATABASE"):
        for name, value in (("HOST", "db"), ("HOSTNAME", "db"), ("PORT", "5432"), ("USER", "u"),
                            ("PASSWORD", CANARY), ("DATABASE", "shop"), ("DBNAME", "shop")):  # fmt: skip
            monkeypatch.setenv(f"{prefix}_{name}", value)


@pytest.fixture
def connector(tmp_path: Path) -> Path:
    file = tmp_path / "shop.json"
    file.write_text(
        json.dumps(
            {
                "name": "shop",
                "config": {
                    "connector.class": "io.debezium.connector.postgresql.PostgresConnector",
                    "database.hostname": "db",
                    "database.user": "u",
                    "database.password": CANARY,
                    "database.dbname": "shop",
                    "plugin.name": "pgoutput",
                },
            }
        )
    )
    return file


def broken(connector: Path, **more: object) -> Path:
    content = json.loads(connector.read_text())
    content["config"].update({name.replace("__", "."): value for name, value in more.items()})
    connector.write_text(json.dumps(content))
    return connector


def offsets_file(tmp_path: Path) -> list[str]:
    return ["--set", f"offset.storage.file.filename={tmp_path}/offsets.json"]


def test_validate_says_that_nothing_is_wrong(connector: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", str(connector)]) == 0
    assert "no problems" in capsys.readouterr().out


def test_validate_shows_a_block_per_problem_over_all_parts(connector: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = broken(
        connector,
        snapshot__mode="initail",
        slot__name="A-B",
        transforms="route",
        transforms__route__type="org.apache.kafka.connect.transforms.RegexRouter",
        transforms__route__regx="x",
    )
    assert main(["validate", str(file)]) == 2
    out = capsys.readouterr().out
    for text in (
        "snapshot.mode = initail",
        "did you mean: initial",
        "slot.name = A-B",
        "transforms.route.regex",
        "did you mean: ",
    ):
        assert text in out


def test_problems_come_before_notes_and_notes_by_weight(connector: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = broken(connector, snapshot__mode="x", tabel__include__list="y", max__queue__size="9000", _comment="z")
    assert main(["validate", str(file)]) == 2
    out = capsys.readouterr().out
    texts = ("snapshot.mode = x", "ignored:", "tabel.include.list", "without effect here:", "max.queue.size",
             "_comment", "1 problem (")  # fmt: skip
    places = [out.index(text) for text in texts]
    assert places == sorted(places)


def test_strict_refuses_what_debezium_ignores(connector: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unwrap = "io.debezium.transforms.ExtractNewRecordState"
    file = broken(
        connector,
        tabel__include__list="y",
        transforms="unwrap",
        transforms__unwrap__type=unwrap,
        transforms__unwrap__handle__deletes="x",
        value__converter="org.apache.kafka.connect.json.JsonConverter",
        value__converter__schemas__enabled="false",
    )
    names = ("tabel.include.list", "transforms.unwrap.handle.deletes", "value.converter.schemas.enabled")
    assert main(["validate", str(file)]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in names)
    assert "did you mean schemas.enable?" in out
    assert main(["validate", "--strict", "--json", str(file)]) == 2
    (report,) = json.loads(capsys.readouterr().out)
    assert [problem["property"] for problem in report["problems"]] == list(names)
    assert main(["run", "--strict", str(file)]) == 2
    err = capsys.readouterr().err
    assert all(name in err for name in names)


def test_one_unreadable_file_does_not_end_the_others(
    connector: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text("{")
    assert main(["validate", str(bad), str(connector), "/no/such.json"]) == 2
    out = capsys.readouterr().out
    assert f"{bad}: 1 problem" in out
    assert f"{connector}: no problems" in out
    assert "/no/such.json: 1 problem" in out
    assert main(["run", str(bad), "/no/such.json"]) == 2
    err = capsys.readouterr().err
    assert str(bad) in err
    assert "/no/such.json" in err


def test_every_connector_of_a_file_is_validated(connector: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = json.loads(connector.read_text())
    two = {"name": "other", "config": {**one["config"], "snapshot.mode": "x"}}
    connector.write_text(json.dumps([one, two]))
    assert main(["validate", str(connector)]) == 2
    out = capsys.readouterr().out
    assert f"{connector}: no problems" in out
    assert f"{connector} (other): 1 problem" in out
    assert main(["show-config", str(connector)]) == 2
    assert "shop, other" in capsys.readouterr().err
    assert main(["show-config", str(connector), "--connector", "shop"]) == 0
    assert "slot.name" in capsys.readouterr().out


def test_a_file_without_a_class_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "x.json"
    file.write_text("{}")
    assert main(["validate", str(file)]) == 2
    out = capsys.readouterr().out
    assert "why:    no class is named" in out
    assert "MySqlConnector" in out


def test_nothing_that_answers_is_75_and_what_is_wrong_is_2(
    connector: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    content = json.loads(connector.read_text())
    registry = {"value.converter": "io.confluent.connect.avro.AvroConverter",
                "value.converter.schema.registry.url": f"http://u:{CANARY}@127.0.0.1:1"}  # fmt: skip
    content["config"] = {
        "connector.class": "io.debezium.connector.mysql.MySqlConnector",
        "database.hostname": "127.0.0.1",
        "database.port": "1",
        "database.user": "u",
        "database.server.id": "7",
        "schema.history.internal.kafka.bootstrap.servers": "127.0.0.1:2",
        "connection.validation.timeout.ms": "1500",
        **registry,
    }
    connector.write_text(json.dumps(content))
    command = ["validate", "--connect", str(connector), "--set", "bootstrap.servers=127.0.0.1:1"]
    assert main(command) == 75
    shown = capfd.readouterr()
    assert CANARY not in shown.out + shown.err
    assert shown.err == ""
    for name in ("database.hostname", "bootstrap.servers", "schema.history.internal.kafka.bootstrap.servers",
                 "value.converter = "):  # fmt: skip
        assert name in shown.out
    assert "4 not reachable (checked: file, database, Kafka, Kafka of the schema history, schema registry)" in shown.out
    assert len(shown.out.splitlines()) < 30
    content["config"]["snapshot.mode"] = "x"
    connector.write_text(json.dumps(content))
    assert main(command) == 2


def test_a_password_in_a_url_is_never_printed(connector: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = broken(
        connector,
        value__converter="io.confluent.connect.avro.AvroConverter",
        value__converter__schema__registry__url=f"http://user:{CANARY}@registry",
    )
    for arguments in (["show-config"], ["show-config", "--json"]):
        assert main([*arguments, str(file)]) == 0
        shown = capsys.readouterr()
        assert CANARY not in shown.out + shown.err
        assert "http://********@registry" in shown.out
    file = broken(connector, value__converter__schema__registry__url=f"ftp://user:{CANARY}@registry/x")
    for arguments in (["validate"], ["validate", "--json"], ["run"]):
        assert main([*arguments, str(file)]) == 2
        shown = capsys.readouterr()
        assert CANARY not in shown.out + shown.err
        assert "registry" in shown.out + shown.err


def test_validate_as_json(connector: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["validate", "--json", str(broken(connector, snapshot__mode="x"))]) == 2
    (report,) = json.loads(capsys.readouterr().out)
    assert report["problems"][0]["property"] == "snapshot.mode"
    assert set(report["problems"][0]) == {"property", "value", "why", "remedy", "did_you_mean"}


@pytest.mark.parametrize(
    "name", ["orders-cdc", "inventory-cdc", "billing-cdc", "crm-cdc", "orders-mysql", "orders-mariadb"]
)
def test_the_example_files_are_valid(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (EXAMPLES / f"{name}.json").read_text()
    secrets = tmp_path / "billing.properties"
    secrets.write_text(f"host=db\nport=5432\nuser=u\npassword={CANARY}\ndbname=shop\n")
    file = tmp_path / f"{name}.json"
    file.write_text(text.replace("/etc/headwater/billing.properties", str(secrets)))
    code = main(["validate", str(file)])
    out = capsys.readouterr().out
    assert code == 0, out
    assert CANARY not in out


def test_show_config_masks_secrets(connector: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show-config", str(connector), "--set", "producer.ssl.key.password=" + CANARY]) == 0
    out = capsys.readouterr().out
    assert CANARY not in out
    assert "slot.name" in out
    assert main(["show-config", "--json", str(connector)]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["connector"]["database.password"] == {"value": "********", "from": "file"}
    assert shown["connector"]["slot.name"] == {"value": "debezium", "from": "default"}


def test_offsets_round_trip(connector: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = offsets_file(tmp_path)
    assert main(["offsets", "show", str(connector), *store]) == 0
    assert "no offset" in capsys.readouterr().out
    offset = {"lsn_proc": 5, "lsn": 5, "txId": 1, "ts_usec": 1}
    given = tmp_path / "given.json"
    given.write_text(json.dumps({"offsets": [{"partition": {"server": "shop"}, "offset": offset}]}))
    assert main(["offsets", "import", str(connector), str(given), "--dry-run", *store]) == 0
    assert main(["offsets", "export", str(connector), *store]) == 0
    assert capsys.readouterr().out.endswith('{\n  "offsets": []\n}\n')
    assert main(["offsets", "import", str(connector), str(given), *store]) == 0
    capsys.readouterr()
    assert main(["offsets", "export", str(connector), *store]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(given.read_text())
    assert main(["offsets", "import", str(connector), "--delete", *store]) == 0
    capsys.readouterr()
    assert main(["offsets", "show", str(connector), *store]) == 0
    assert "no offset" in capsys.readouterr().out


@pytest.mark.parametrize("content", ["{", "[]", "{}", '{"offsets": [{"partition": {"server": "x"}, "offset": {}}]}'])
def test_offsets_that_cannot_be_imported(
    content: str, connector: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "given.json"
    given.write_text(content)
    assert main(["offsets", "import", str(connector), str(given), *offsets_file(tmp_path)]) == 2
    assert "HW-CFG-003" in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("headwater ")
    for name in ("librdkafka", "libpq", "python"):
        assert name in out
    assert "plain" in out or "compiled" in out


def test_a_wrong_worker_setting_is_a_configuration_error(connector: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(connector), "--set", "rest.port=x"]) == 2
    assert "rest.port = x" in capsys.readouterr().err


def test_run_shows_problems_and_no_secret(connector: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(broken(connector, snapshot__mode="x", database__sslpassword=CANARY))]) == 2
    err = capsys.readouterr().err
    assert "snapshot.mode = x" in err
    assert CANARY not in err


def test_a_file_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("validate", "run"):
        assert main([command, "/no/such/file.json"]) == 2
        shown = capsys.readouterr()
        assert "/no/such/file.json" in (shown.out if command == "validate" else shown.err)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ConfigError, 2),
        (errors.SourceRefused, 3),
        (errors.PositionLost, 3),
        (errors.SourceLost, 75),
        (errors.SinkFailed, 4),
        (errors.StoreFailed, 4),
        (errors.BindError, 1),
    ],
)
def test_exit_codes(error: type[errors.CdcError], code: int) -> None:
    policy = errors.RETRY if code == 75 else errors.STOP
    name = f"HW-TEST-{error.__name__}"
    errors.CODES[name] = errors.Code(name, policy, "t", "r")
    try:
        assert exit_code(error(name, "d")) == code
    finally:
        del errors.CODES[name]
    assert code in dict(EXIT_CODES)


def test_help_names_every_command_and_exit_code() -> None:
    text = parser().format_help()
    for name in ("run", "validate", "show-config", "offsets", "version", "75"):
        assert name in text


def test_starting_imports_little() -> None:
    """The command line itself must not import what only some commands need."""
    heavy = ("yaml", "rich", "pydantic", "prometheus_client", "confluent_kafka", "psycopg", "fastavro", "http.server")
    script = f"import cdc.cli, cdc.worker, cdc.config, sys; print([m for m in {heavy!r} if m in sys.modules])"
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
    assert time.monotonic() - began < 30

"""The compose stack as it can be read without Docker: its schema, and the promises of security and order.

`docker compose config` says the same of the schema where Docker is; the parser here is the reference grammar in Rust.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import compose_spec
import pytest
import yaml
from tests.support.kibana import stand_in

from model_logs import assets
from model_logs.pipeline.on_logstash import DEFAULT_IMAGE
from model_logs.settings import SETTINGS

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.elk.yml"
TEXT = FILE.read_text(encoding="utf-8")
EXAMPLE = ROOT / ".env.example"
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?:(:-|:\?)([^}]*))?\}")
ELASTIC = {"elasticsearch", "elasticsearch-warm", "elasticsearch-cold", "kibana", "logstash", "filebeat"}
ONCE = {"setup", "users", "apply", "apply-kibana", "register"}


def example() -> dict[str, str]:
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def filled() -> dict[str, str]:
    """Return the example with a value for each secret, as `make-env.sh` draws them."""
    return {name: value or "x" * 32 for name, value in example().items()}


def interpolated(text: str, values: dict[str, str]) -> str:
    """Put the variables in, as compose does."""

    def value(found: re.Match[str]) -> str:
        name, form, rest = found.groups()
        if values.get(name):
            return values[name]
        assert form == ":-", f"{name} has neither a value nor a default"
        return str(rest)

    return VARIABLE.sub(value, text).replace("$$", "$")


def loaded(values: dict[str, str]) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(interpolated(TEXT, values))
    return document


STACK = loaded(filled())
SERVICES: dict[str, dict[str, Any]] = STACK["services"]


def checked(document: dict[str, Any]) -> compose_spec.PyCompose:
    """Parse by the compose specification; ValueError where it does not fit."""
    # Merge keys are YAML's own, and done by now.
    return compose_spec.PyCompose.from_yaml(yaml.safe_dump(document))


def test_the_file_fits_the_compose_specification() -> None:
    assert set(checked(STACK).service_names()) == set(SERVICES)


@pytest.mark.parametrize(
    ("key", "value"), [("imagee", "x"), ("ports", ["a:b:c:d"]), ("depends_on", {"setup": {"condition": "whenever"}})]
)
def test_a_mistake_does_not_fit(key: str, value: Any) -> None:
    broken = loaded(filled())
    broken["services"]["kibana"][key] = value
    with pytest.raises(ValueError, match=r"kibana|services"):
        checked(broken)


def test_volumes_and_services_that_are_named_exist() -> None:
    for name, service in SERVICES.items():
        assert set(service.get("depends_on", {})) <= set(SERVICES), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in STACK["volumes"], volume
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert set(STACK["volumes"]) <= used


def test_no_version_line() -> None:
    assert "version" not in STACK


def test_images_of_elastic_have_one_pinned_version() -> None:
    images = {
        VARIABLE.sub(r"<\1>", line.split("image:", 1)[1].strip())
        for line in TEXT.splitlines()
        if "image: docker.elastic.co" in line
    }
    assert {image.rpartition(":")[2] for image in images} == {"<ELK_VERSION>"}
    assert set(re.findall(r"ELK_VERSION:-([0-9.]+)", TEXT)) == {example()["ELK_VERSION"]}
    assert re.fullmatch(r"9\.\d+\.\d+", example()["ELK_VERSION"])


def test_every_image_is_pinned() -> None:
    for name, service in SERVICES.items():
        tag = service["image"].rpartition(":")[2]
        assert re.match(r"\d+\.\d+", tag) or tag == "local", f"{name}: {service['image']}"


def test_one_service_builds_an_image_and_the_others_never_pull_it() -> None:
    # Services that build one tag are built at the same time, and the second export of the tag fails on a first `up`.
    local = {service["image"] for service in SERVICES.values() if service["image"].endswith(":local")}
    for image in local:
        users = {name: service for name, service in SERVICES.items() if service["image"] == image}
        builders = [name for name, service in users.items() if "build" in service]
        assert len(builders) == 1, f"{image} is built by {builders}"
        assert all(service["pull_policy"] == "never" for name, service in users.items() if name not in builders)
    assert local == {service["image"] for service in SERVICES.values() if "build" in service}


def test_the_daemonset_has_the_same_version() -> None:
    text = assets.path("shipper/kubernetes/daemonset.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"filebeat:([0-9.]+)", text)) == {example()["ELK_VERSION"]}


def test_the_pipeline_tests_run_on_the_same_logstash() -> None:
    assert f"docker.elastic.co/logstash/logstash:{example()['ELK_VERSION']}" == DEFAULT_IMAGE


def test_the_tools_speak_to_every_version_that_may_be_chosen() -> None:
    dockerfile = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
    assert '"elasticsearch>=8.19,<9"' in dockerfile, "client 9 refuses a server of 8.19"


def test_the_tools_get_variables_that_they_read() -> None:
    known = {name for each in SETTINGS for name in each.asked}
    for name in ("users", "apply", "apply-kibana"):
        given = {variable for variable in SERVICES[name]["environment"] if variable.startswith("MODEL_LOGS_")}
        assert given <= known, name
    assert SERVICES["apply"]["command"] == SERVICES["apply-kibana"]["command"] == ["elk-bootstrap", "apply"]
    assert SERVICES["apply-kibana"]["environment"]["MODEL_LOGS_KIBANA_URL"] == "https://kibana:5601"
    assert "MODEL_LOGS_KIBANA_URL" not in SERVICES["apply"]["environment"]


def test_the_command_of_the_kibana_side_installs_dashboards_and_rules(
    applied: Elasticsearch, es_url: str, tmp_path: Path
) -> None:
    del applied
    with stand_in() as kibana:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MODEL_LOGS_")}
        # As the service has them, but for where the servers are and who asks: here nobody is asked who it is.
        environment |= SERVICES["apply-kibana"]["environment"]
        for name in ("MODEL_LOGS_USERNAME", "MODEL_LOGS_PASSWORD", "MODEL_LOGS_CA_CERTS"):
            del environment[name]
        environment |= {
            "MODEL_LOGS_URL": es_url,
            "MODEL_LOGS_KIBANA_URL": kibana.url,
            "XDG_STATE_HOME": str(tmp_path),
        }
        command = [str(Path(sys.executable).with_name("elk-bootstrap")), "apply"]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        kinds = {kind for _, kind, _ in kibana.objects}
    assert {"index-pattern", "dashboard"} <= kinds
    assert any("alert" in kind or "rule" in kind for kind in kinds), kinds


def test_no_port_is_open_to_the_world() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    assert not any("network_mode" in service or service.get("privileged") for service in SERVICES.values())


def test_every_variable_has_an_example_and_the_same_default() -> None:
    values = example()
    for name, form, default in VARIABLE.findall(TEXT):
        assert name in values, f"{name} is not in .env.example"
        if form == ":-":
            assert default == values[name], f"{name}: {default} here, {values[name]} in .env.example"
        else:
            assert form == ":?", f"{name}: nothing says what to do when it is missing"
            assert "make-env.sh" in default


def test_the_example_names_nothing_that_nobody_reads() -> None:
    assert set(example()) == {name for name, _, _ in VARIABLE.findall(TEXT)}


def test_secrets_come_from_the_environment() -> None:
    secret = re.compile(r"(?i)^\s*\S*(password|key):\s*(.+)$", re.MULTILINE)
    for name, value in secret.findall(TEXT):
        assert value.startswith(("${", "certs/", "config/certs/", "/certs/")), f"{name}: {value}"
    assert {n for n, v in example().items() if not v} == {n for n in example() if re.search("PASSWORD|_KEY$", n)}


def test_a_copy_of_the_example_is_refused_by_a_word_on_what_to_do() -> None:
    assert all(form == ":?" for name, form, _ in VARIABLE.findall(TEXT) if not example()[name])


def test_security_is_on() -> None:
    for name in ("elasticsearch", "elasticsearch-warm", "elasticsearch-cold"):
        settings = SERVICES[name]["environment"]
        for switch in (
            "xpack.security.enabled",
            "xpack.security.http.ssl.enabled",
            "xpack.security.transport.ssl.enabled",
        ):
            assert settings[switch] == "true"
    assert SERVICES["kibana"]["environment"]["SERVER_SSL_ENABLED"] == "true"
    assert SERVICES["kibana"]["environment"]["ELASTICSEARCH_USERNAME"] == "kibana_system"
    logstash = SERVICES["logstash"]["environment"]
    assert (logstash["BEATS_TLS"], logstash["BEATS_TLS_CLIENT"]) == ("true", "required")
    assert logstash["ELASTICSEARCH_USERNAME"] == "model_logs_writer", "not the superuser"
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if "elasticsearch:9200" in str(value):
                assert str(value).startswith("https://"), f"{name}: {variable}"


def test_every_server_has_a_health_check_and_every_container_a_memory_limit() -> None:
    for name, service in SERVICES.items():
        assert "mem_limit" in service, name
        assert service["logging"]["options"]["max-size"], name
        if name not in ONCE | {"demo"}:
            assert "test" in service["healthcheck"], name


def test_a_node_is_healthy_whatever_the_data_of_absent_tiers(clean_es: Elasticsearch) -> None:
    checks = {str(service["healthcheck"]) for name, service in SERVICES.items() if name.startswith("elasticsearch")}
    asked = re.search(r"https://localhost:9200(/_cluster/health\S+)\"", str(checks))
    assert asked
    assert len(checks) == 1
    # A red index that is none of those which `apply` reads, as after a restart without the warm and the cold node.
    nowhere = {"index.routing.allocation.require._name": "a node that is not there"}
    clean_es.indices.create(index="red-elsewhere", settings=nowhere, wait_for_active_shards=0)
    try:
        assert clean_es.cluster.health()["status"] == "red"
        assert clean_es.perform_request("GET", asked[1]).meta.status == 200
    finally:
        clean_es.indices.delete(index="red-elsewhere")


def test_each_waits_for_what_it_needs() -> None:
    def waits(name: str) -> dict[str, str]:
        return {other: said["condition"] for other, said in SERVICES[name].get("depends_on", {}).items()}

    for service in SERVICES:
        for other, condition in waits(service).items():
            assert condition == ("service_completed_successfully" if other in ONCE else "service_healthy"), service
    assert waits("elasticsearch") == {"setup": "service_completed_successfully"}
    assert set(waits("logstash")) == {"apply", "users"}
    assert set(waits("filebeat")) == {"logstash"}
    assert set(waits("kibana")) == {"users"}
    assert waits("apply-kibana") == {"apply": "service_completed_successfully", "kibana": "service_healthy"}
    assert not {"kibana", "apply-kibana"} & set(waits("logstash")), "events flow although Kibana does not start"


def test_what_runs_once_is_not_started_again() -> None:
    assert {name: SERVICES[name]["restart"] for name in ONCE} == dict.fromkeys(ONCE, "no")


def test_profiles() -> None:
    profiles: dict[str, set[str]] = {}
    for name, service in SERVICES.items():
        for profile in service.get("profiles", ["(always)"]):
            profiles.setdefault(profile, set()).add(name)
    assert profiles == {
        "(always)": {
            *("setup", "elasticsearch", "users", "apply"),
            *("kibana", "apply-kibana", "logstash", "filebeat"),
        },
        "tiers": {"elasticsearch-warm", "elasticsearch-cold"},
        "demo": {"demo"},
        "registry": {"postgres", "mlflow", "register", "serve"},
    }
    for name, service in SERVICES.items():
        wanted = set(service.get("profiles", []))
        for other in service.get("depends_on", {}):
            assert set(SERVICES[other].get("profiles", [])) <= wanted, f"{name} waits for {other} of another profile"


def test_tiers_are_hot_warm_and_cold() -> None:
    roles = {
        name: set(SERVICES[name]["environment"]["node.roles"].split(","))
        for name in SERVICES
        if name.startswith("elasticsearch")
    }
    assert {"master", "data_hot", "data_content"} <= roles["elasticsearch"]
    assert roles["elasticsearch-warm"] == {"data_warm"}
    assert roles["elasticsearch-cold"] == {"data_cold"}


def test_logstash_and_filebeat_get_variables_that_they_read() -> None:
    for service, folder, prefixes in (
        ("logstash", "pipelines", ("MODEL_LOGS_", "ELASTICSEARCH_", "BEATS_")),
        ("filebeat", "shipper", ("MODEL_LOGS_", "LOGSTASH_", "SHIPPER_")),
    ):
        pattern = "**/*.conf" if folder == "pipelines" else "filebeat.yml"
        texts = [
            path.read_text(encoding="utf-8")
            for path in (*assets.path(folder).glob(pattern), *assets.path(folder).glob("*.yml"))
        ]
        given = {name for name in SERVICES[service]["environment"] if name.startswith(prefixes)}
        assert given
        assert {name for name in given if not any(f"${{{name}" in text for text in texts)} == set()


def test_logstash_finds_its_files_where_the_variables_say() -> None:
    service = SERVICES["logstash"]
    mounts = {target: source for source, target, *_ in (volume.split(":") for volume in service["volumes"])}
    assert mounts[service["environment"]["MODEL_LOGS_HOME"]] == "./pipelines"
    assert mounts[service["environment"]["MODEL_LOGS_DATA"]] == "logstash"
    # Beside the image's own log4j2.properties, without which Logstash would log errors alone.
    assert mounts["/usr/share/logstash/config/pipelines.yml"] == "./pipelines/pipelines.yml"
    for variable in ("ELASTICSEARCH_CA", "BEATS_TLS_CERTIFICATE", "BEATS_TLS_KEY", "BEATS_TLS_CA"):
        assert service["environment"][variable].startswith("/certs/")


@pytest.mark.slow
def test_certificates_that_are_used_are_made(tmp_path: Path) -> None:
    used = set(re.findall(r"certs/([a-z]+\.(?:crt|key))", TEXT))
    run = ["bash", str(ROOT / "docker" / "certificates.sh"), str(tmp_path)]
    subprocess.run(run, check=True, capture_output=True)
    made = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert used <= set(made)
    names = {name for name in made if name.endswith(".crt") and name != "ca.crt"}
    check = ["openssl", "verify", "-CAfile", "ca.crt", *sorted(names)]
    assert subprocess.run(check, cwd=tmp_path, capture_output=True, check=False).returncode == 0
    assert made["logstash.key"].startswith(b"-----BEGIN PRIVATE KEY-----"), "Logstash takes PKCS#8 only"
    text = subprocess.run(
        ["openssl", "x509", "-in", "elasticsearch.crt", "-noout", "-ext", "subjectAltName"],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    assert {f"DNS:{name}" for name in SERVICES if name.startswith("elasticsearch")} <= set(
        re.findall(r"DNS:[a-z-]+", text)
    )
    assert all(stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o400 for name in made if name.endswith(".key"))
    subprocess.run(run, check=True, capture_output=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == made, "a second run makes nothing new"


def test_passwords_are_random_and_never_overwritten(tmp_path: Path) -> None:
    script = str(ROOT / "docker" / "make-env.sh")
    first, second = tmp_path / "a.env", tmp_path / "b.env"
    for target in (first, second):
        subprocess.run(["bash", script, str(target)], check=True, capture_output=True)
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
    values = [
        dict(line.split("=", 1) for line in path.read_text().splitlines() if line and line[0] != "#")
        for path in (first, second)
    ]
    secrets = [name for name, value in example().items() if not value]
    drawn = [value[name] for value in values for name in secrets]
    assert len(set(drawn)) == 2 * len(secrets)
    assert all(re.fullmatch(r"[A-Za-z0-9]{32}", value) for value in drawn)
    assert {n: v for n, v in values[0].items() if n not in secrets} == {
        n: v for n, v in example().items() if n not in secrets
    }
    before = first.read_bytes()
    refused = subprocess.run(["bash", script, str(first)], check=False, capture_output=True, text=True)
    assert refused.returncode == 1
    assert "stays as it is" in refused.stderr
    assert first.read_bytes() == before


def test_secrets_are_not_committed() -> None:
    assert "/.env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert not (ROOT / ".dockerignore").read_text(encoding="utf-8").startswith("!"), "everything is left out first"


def test_the_image_carries_every_asset_folder() -> None:
    dockerfile = (ROOT / "docker" / "Dockerfile").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    folders = set(re.findall(r'^"([a-z]+)" = "model_logs/_assets', project, re.MULTILINE))
    assert folders
    assert folders <= set(re.findall(r"^COPY (\S+) ", dockerfile, re.MULTILINE))
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {f"!{folder}" for folder in folders} <= set(ignored)


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_shellcheck_finds_nothing() -> None:
    scripts = sorted(map(str, (ROOT / "docker").glob("*.sh")))
    done = subprocess.run(["shellcheck", *scripts], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout

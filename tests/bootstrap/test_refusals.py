"""A cluster that is down, read-only, too old, another product, or denies a right: one clear message, nothing unsaid.

The development node has no security and is of one version. Where a refusal needs either, it is put in by the proxy or
by a server that only answers: with status and body as the real one words them.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
from elasticsearch import BadRequestError, Elasticsearch

from model_logs import cluster
from model_logs.errors import ClusterError, ConfigurationError
from model_logs.install.elasticsearch import Policy

if TYPE_CHECKING:
    from collections.abc import Callable

    from click.testing import Result

    Run = Callable[..., Result]


def unauthorized(action: str, privilege: str) -> tuple[int, dict[str, Any]]:
    reason = (
        f"action [{action}] is unauthorized for API key id [x] of user [deploy], this action is granted by the"
        f" cluster privileges [{privilege},manage,all]"
    )
    cause = {"type": "security_exception", "reason": reason}
    return 403, {"error": {"root_cause": [cause], **cause}, "status": 403}


def info(number: str, **changes: Any) -> Callable[[str, str], tuple[int, dict[str, Any]]]:
    body = {"name": "n", "cluster_name": "c", "version": {"number": number}, "tagline": "You Know, for Search"}
    return lambda _method, _path: (200, body | changes)


def test_a_denied_right_in_the_middle_says_what_is_in_place_and_the_next_apply_completes(
    clean_es: Elasticsearch, run: Run, proxy: Any
) -> None:
    proxy.refuse = lambda method, path: (
        unauthorized("indices:admin/index_template/put", "manage_index_templates")
        if method == "PUT" and path.startswith("/_index_template/")
        else None
    )
    done = run("apply", "--url", proxy.url)
    assert done.exit_code == 1
    assert "403 (installing the index template logs-model.lifecycle)" in done.stderr
    assert "manage_index_templates" in done.stderr
    assert "Give a key or a user with the right that the reason names" in done.stderr
    assert "19 created, 1 failed" in done.stdout
    assert "not attempted" in done.stdout
    assert "Some objects are in place" in done.stdout
    assert sum("/_index_template/" in path for method, path in proxy.writes) == 1, "the first refusal ends the run"

    proxy.refuse = lambda *_: None
    again = run("apply", "--url", proxy.url)
    assert again.exit_code == 0, again.output
    assert "19 unchanged" in again.stdout


def test_a_denied_read_says_what_was_asked(applied: Elasticsearch, run: Run, proxy: Any) -> None:
    proxy.refuse = lambda method, path: (
        unauthorized("cluster:admin/ilm/get", "read_ilm") if path.startswith("/_ilm/") else None
    )
    done = run("plan", "--url", proxy.url)
    assert done.exit_code == 1
    assert "403 (reading the policies" in done.stderr
    assert "read_ilm" in done.stderr


def test_missing_credentials_are_asked_for(run: Run, fake_server: Any) -> None:
    reason = "missing authentication credentials for REST request [/]"
    cause = {"type": "security_exception", "reason": reason}
    url = fake_server(lambda *_: (401, {"error": {"root_cause": [cause], **cause}, "status": 401}))
    done = run("plan", "--url", url)
    assert done.exit_code == 1
    assert reason in done.stderr
    assert "--api-key" in done.stderr


def test_a_read_only_cluster_is_named_and_what_is_in_place_is_said(clean_es: Elasticsearch, run: Run) -> None:
    clean_es.cluster.put_settings(persistent={"cluster.blocks.read_only": True})
    try:
        done = run("apply")
        assert done.exit_code == 1
        assert "cluster read-only" in done.stderr
        assert "take the block away" in done.stderr
        # The development node takes policies although it is read-only, a real cluster takes nothing.
        written = "created" in done.stdout
        assert ("Some objects are in place" if written else "Nothing was written") in done.stdout
        assert "1 failed" in done.stdout
    finally:
        clean_es.cluster.put_settings(persistent={"cluster.blocks.read_only": None})
    assert run("apply").exit_code == 0


def test_a_cluster_that_is_down_is_said_with_its_url(run: Run) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    for command in ("plan", "apply", "status", "remove"):
        done = run(command, "--url", f"http://somebody:secret@127.0.0.1:{port}")
        assert done.exit_code == 1
        assert f"127.0.0.1:{port}" in done.stderr
        assert "cannot be reached" in done.stderr
        assert "secret" not in done.stderr


def test_a_cluster_that_goes_away_in_the_middle_leaves_nothing_unsaid(
    clean_es: Elasticsearch, run: Run, proxy: Any
) -> None:
    unavailable = {"error": {"type": "master_not_discovered_exception", "reason": None}, "status": 503}
    proxy.refuse = lambda method, _: (503, unavailable) if method == "PUT" and len(proxy.writes) > 2 else None
    done = run("apply", "--url", proxy.url)
    assert done.exit_code == 1
    assert "2 created, 1 failed" in done.stdout
    assert "master_not_discovered_exception" in done.stderr
    assert "has no master" in done.stderr


@pytest.mark.parametrize("number", ["7.17.29", "8.18.3", "9.0.8"])
def test_a_version_without_what_we_need_is_refused(run: Run, fake_server: Any, number: str) -> None:
    done = run("plan", "--url", fake_server(info(number)))
    assert done.exit_code == 1
    assert f"Elasticsearch {number}" in done.stderr
    assert "8.19, or 9.1 and later" in done.stderr


@pytest.mark.parametrize("number", ["8.19.0", "9.1.0", "9.5.3", "10.0.0"])
def test_versions_that_serve_us_are_taken(number: str) -> None:
    _, body = info(number)("GET", "/")
    assert cluster.check_version(body, "here") >= (8, 19)


def test_another_product_is_refused(run: Run, fake_server: Any) -> None:
    other = info("2.11.0", tagline="Something else")
    done = run("plan", "--url", fake_server(other, product=""))
    assert done.exit_code == 1
    assert "is not Elasticsearch" in done.stderr
    page = fake_server(lambda *_: (200, "<html>Welcome</html>"), product="")
    assert "not Elasticsearch" in run("plan", "--url", page).stderr
    kibana = fake_server(
        lambda *_: (404, {"statusCode": 404, "error": "Not Found", "message": "Not Found"}), product=""
    )
    assert "not Elasticsearch" in run("plan", "--url", kibana).stderr


OPENSEARCH = info(
    "2.11.0",
    version={"distribution": "opensearch", "number": "2.11.0"},
    tagline="The OpenSearch Project: https://opensearch.org/",
)
SERVERLESS = info("8.11.0", version={"number": "8.11.0", "build_flavor": "serverless"})


@pytest.mark.parametrize("command", ["plan", "apply", "status", "remove", "doctor"])
@pytest.mark.parametrize(
    ("server", "says"),
    [
        ((OPENSEARCH, ""), ("OpenSearch 2.11.0", "no ES|QL, no failure store")),
        ((SERVERLESS, "Elasticsearch"), ("Elasticsearch Serverless", "no index lifecycle management (ILM)")),
    ],
)
def test_opensearch_and_serverless_are_refused_by_their_names_with_what_they_lack(
    run: Run, fake_server: Any, command: str, server: tuple[Any, str], says: tuple[str, str]
) -> None:
    (answer, product), (name, lacks) = server, says
    only = ("--only", "server-version") if command == "doctor" else ()
    done = run(command, "--url", fake_server(answer, product=product), *only)
    assert done.exit_code == (3 if command == "doctor" else 1)
    assert name in done.output
    assert lacks in done.output


def test_the_client_of_version_9_against_server_8_is_explained(es_url: str) -> None:
    # What a 9.x client sends with each request; the refusal is the real server's.
    header = "application/vnd.elasticsearch+json; compatible-with=9"
    with Elasticsearch(es_url) as client:
        if not str(client.info()["version"]["number"]).startswith("8."):
            pytest.skip("the test cluster is no 8.x")
        with pytest.raises(ClusterError) as caught, cluster.translated("asking for its version"):
            client.perform_request("GET", "/", headers={"accept": header})
    assert isinstance(caught.value.__cause__, BadRequestError)
    assert "client 9 speaks only to server 9" in str(caught.value)
    assert "pip install 'elasticsearch>=8.19,<9'" in str(caught.value)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--url", "nonsense"),
        ("--url", "ftp://here:9200"),
        ("--api-key", "a", "--username", "b"),
        ("--url", "https://127.0.0.1:1", "--ca-certs", "/no/such/file.pem"),
    ],
)
def test_a_connection_that_makes_no_sense_is_a_usage_error(run: Run, arguments: tuple[str, ...]) -> None:
    done = run("plan", *arguments)
    assert done.exit_code == 2
    assert "Next step:" in done.stderr


def test_a_certificate_that_is_not_trusted_is_said_with_the_option_that_helps(run: Run, proxy: Any) -> None:
    # The proxy speaks no TLS at all, which fails in the same place as a certificate that nobody signed.
    done = run("plan", "--url", proxy.url.replace("http:", "https:"))
    assert done.exit_code == 1
    assert "--ca-certs" in done.stderr


def test_a_refusal_by_the_policys_own_rules_is_passed_on(clean_es: Elasticsearch) -> None:
    policy = {"policy": {"phases": {"warm": {"actions": {"rollover": {"max_age": "1d"}}}}}}
    with pytest.raises(ClusterError, match=r"invalid action \[rollover\] defined in phase \[warm\]"):
        Policy(clean_es).put("model-logs-policy", policy)


def test_an_asset_that_is_no_json_is_named(run: Run, changed_assets: Any) -> None:
    (changed_assets / "ilm/model-logs-policy.json").write_text("{not json")
    done = run("plan")
    assert done.exit_code == 1
    assert "model-logs-policy.json is no JSON" in done.stderr


def test_a_url_without_a_host_is_refused_before_anything_is_asked() -> None:
    with pytest.raises(ConfigurationError, match="no URL of a cluster"):
        cluster.connect(cluster.Connection(url="http://"))

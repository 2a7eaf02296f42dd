"""Time stamps of seals, by a real authority: OpenSSL's, behind a small server."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from rfc3161_client import decode_timestamp_response
from tests.support.events import index

from model_logs.cli import model_logs
from model_logs.seals.seal import FIRST, Seal, file_of, read_seals
from model_logs.seals.sealing import write_seal
from model_logs.seals.timestamps import TimestampError, read_authority, stamp, token_of, verify_timestamps
from model_logs.times import iso

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from elasticsearch import Elasticsearch

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")

CONFIGURATION = """\
[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
{certs}
"""
EXTENSIONS = "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n"


def openssl(*arguments: str | Path) -> None:
    subprocess.run([str(OPENSSL), *map(str, arguments)], check=True, capture_output=True)


def authority(folder: Path, *, certs: str = "") -> Path:
    """Make an authority with its root, and return its folder."""
    folder.mkdir()
    key = ("-newkey", "rsa:2048", "-nodes", "-keyout")
    openssl(
        "req",
        "-x509",
        *key,
        folder / "ca.key",
        "-out",
        folder / "ca.pem",
        "-days",
        "2",
        "-subj",
        f"/CN={folder.name}",
    )
    openssl("req", *key, folder / "tsa.key", "-out", folder / "tsa.csr", "-subj", "/CN=stamps")
    (folder / "extensions").write_text(EXTENSIONS)
    signed = ("-CA", folder / "ca.pem", "-CAkey", folder / "ca.key", "-CAcreateserial", "-days", "2")
    openssl(
        *("x509", "-req", "-in", folder / "tsa.csr", *signed, "-extfile", folder / "extensions"),
        *("-out", folder / "tsa.pem"),
    )
    (folder / "serial").write_text("01")
    (folder / "all.pem").write_text((folder / "ca.pem").read_text() + (folder / "tsa.pem").read_text())
    (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder, certs=certs.format(folder=folder)))
    return folder


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Answer with the stamps of an authority; the URL."""
    servers = []

    def run(folder: Path, *, status: int = 200, answer: bytes | None = None) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                query = folder / "query.tsq"
                query.write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.headers["Content-Type"] == "application/timestamp-query"
                reply = ("ts", "-reply", "-config", folder / "tsa.cnf", "-queryfile", query, "-out", folder / "a.tsr")
                openssl(*reply)
                self.send_response(status)
                self.end_headers()
                self.wfile.write((folder / "a.tsr").read_bytes() if answer is None else answer)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield run
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return authority(tmp_path_factory.mktemp("authorities") / "known")


def sealed(folder: Path, *, days: int = 2, at: datetime | None = None, digest: str = "0" * 64) -> list[Seal]:
    seals: list[Seal] = []
    for number in range(days):
        head = seals[-1].head if seals else FIRST
        seals.append(Seal(date(2026, 11, 16 + number), at or datetime.now(UTC), head, {f"e-{number}": digest}))
        write_seal(folder, seals[-1])
    return seals


def test_the_newest_seal_is_stamped_once_and_the_stamp_is_right(
    known: Path, serve: Callable[..., str], tmp_path: Path
) -> None:
    seals = sealed(tmp_path)
    before = datetime.now(UTC) - timedelta(minutes=1)
    url = serve(known)
    token = stamp(tmp_path, seals[-1], url)
    assert token == token_of(tmp_path, seals[-1].day)
    assert stamp(tmp_path, seals[-1], url) is None
    found = verify_timestamps(tmp_path, read_seals(tmp_path), read_authority(known / "ca.pem"))
    assert not found.wrong
    assert before < found.stamped[date(2026, 11, 17)] < datetime.now(UTC) + timedelta(minutes=1)
    # Anybody with OpenSSL comes to the same.
    openssl("ts", "-verify", "-data", file_of(tmp_path, seals[-1].day), "-in", token, "-CAfile", known / "ca.pem")


def test_a_stamp_of_another_authority_or_another_content_proves_nothing(
    known: Path, serve: Callable[..., str], tmp_path: Path
) -> None:
    seals = sealed(tmp_path / "seals")
    stamp(tmp_path / "seals", seals[-1], serve(authority(tmp_path / "forger")))
    found = verify_timestamps(tmp_path / "seals", seals, read_authority(known / "ca.pem"))
    assert list(found.wrong) == [date(2026, 11, 17)]
    other = sealed(tmp_path / "others", digest="1" * 64)
    stamp(tmp_path / "others", other[-1], serve(known))
    shutil.copy(token_of(tmp_path / "others", other[-1].day), token_of(tmp_path / "seals", seals[-1].day))
    found = verify_timestamps(tmp_path / "seals", seals, read_authority(known / "ca.pem"))
    assert "Mismatch" in found.wrong[date(2026, 11, 17)]
    token_of(tmp_path / "seals", seals[-1].day).write_bytes(b"no stamp")
    assert verify_timestamps(tmp_path / "seals", seals, read_authority(known / "ca.pem")).wrong


@pytest.mark.parametrize("days", [-4, 1], ids=["made anew later", "of a time to come"])
def test_a_seal_that_says_another_time_than_its_stamp_is_named(
    known: Path, serve: Callable[..., str], tmp_path: Path, days: int
) -> None:
    seals = sealed(tmp_path, at=datetime.now(UTC) + timedelta(days=days))
    stamp(tmp_path, seals[-1], serve(known))
    found = verify_timestamps(tmp_path, seals, read_authority(known / "ca.pem"))
    assert "though it says" in found.wrong[date(2026, 11, 17)]


def test_an_authority_whose_certificates_are_in_no_order_is_asked_without_them(
    serve: Callable[..., str], tmp_path: Path
) -> None:
    odd = authority(tmp_path / "odd-authority-with-a-long-name", certs="certs = {folder}/all.pem")
    seals = sealed(tmp_path / "seals")
    token = stamp(tmp_path / "seals", seals[-1], serve(odd))
    assert token is not None
    assert not decode_timestamp_response(token.read_bytes()).signed_data.certificates
    assert verify_timestamps(tmp_path / "seals", seals, read_authority(odd / "all.pem")).stamped


@pytest.mark.parametrize(
    ("served", "words"),
    [({"status": 500}, "HTTP 500"), ({"answer": b"hello"}, "no time stamp"), ({"answer": b""}, "no time stamp")],
)
def test_an_answer_that_is_no_stamp_leaves_the_seal_and_says_so(
    known: Path, serve: Callable[..., str], tmp_path: Path, served: dict[str, Any], words: str
) -> None:
    seals = sealed(tmp_path)
    with pytest.raises(TimestampError, match=words):
        stamp(tmp_path, seals[-1], serve(known, **served))
    assert not token_of(tmp_path, seals[-1].day).exists()
    assert len(read_seals(tmp_path)) == 2


def test_an_old_answer_is_not_taken_for_a_new_one(known: Path, serve: Callable[..., str], tmp_path: Path) -> None:
    seals = sealed(tmp_path)
    stamp(tmp_path, seals[0], serve(known))
    replayed = token_of(tmp_path, seals[0].day).read_bytes()
    with pytest.raises(TimestampError, match="something else"):
        stamp(tmp_path, seals[1], serve(known, answer=replayed))


def test_the_commands_stamp_and_verify(
    applied: Elasticsearch, es_url: str, known: Path, serve: Callable[..., str], tmp_path: Path
) -> None:
    noon = datetime.now(UTC) - timedelta(days=2)
    event = {
        "@timestamp": iso(noon),
        "event": {"id": "s-1", "sequence": 1},
        "event_type": "approved",
        "status": "success",
    }
    index(applied, [{**event, "environment": "production", "model_name": "fraud", "model_version": "1"}])
    seals, vault = tmp_path / "seals", tmp_path / "vault"
    vault.mkdir()
    url = serve(known)

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(model_logs, ["audit", *map(str, arguments), "--to", str(seals), "--url", es_url])

    made = run("seal", "--timestamp-url", url, "--command", f"cp -t {vault}")
    assert made.exit_code == 0, made.output
    assert [path.suffix for path in sorted(vault.iterdir())].count(".tsr") == 1
    right = run("verify", "--timestamp-ca", known / "ca.pem")
    assert right.exit_code == 0, right.output
    assert "by the authority's word" in right.output
    told = json.loads(run("verify", "--timestamp-ca", known / "ca.pem", "--output", "json").stdout)
    assert len(told["timestamps"]["stamped"]) == 1
    (token,) = seals.glob("*.tsr")
    token.write_bytes(b"no stamp")
    wrong = run("verify", "--timestamp-ca", known / "ca.pem")
    assert wrong.exit_code == 3
    assert f"stamp    {token.stem}" in wrong.output
    token.unlink()
    assert run("verify", "--timestamp-ca", known / "ca.pem").exit_code == 4
    assert run("verify").exit_code == 0

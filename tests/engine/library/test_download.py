"""A file over HTTP from a real server that serves, breaks, lies, stalls and redirects."""

import hashlib
import os
import random
import resource
import socket
import subprocess
import threading
from concurrent.futures import CancelledError
from pathlib import Path

import loopback as answers
import pytest
from loopback import Loopback, serving

from engine.errors import SourceError
from engine.library.download import HTTPS_ONLY, Bounds, download
from engine.library.partial_file import Remote

PLAIN = Bounds(schemes=frozenset({"http"}), silence=5.0)
"""Loopback without TLS; no setting of a user can say this."""

CONTENT = random.Random(3).randbytes(300_000)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data.zip"


def remote(server: Loopback, content: bytes = CONTENT) -> Remote:
    digest = hashlib.sha256(content).hexdigest()
    return Remote(server.url, len(content), digest, "https://example.org/data")


def part_of(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def refusal(server: Loopback, path: Path, bounds: Bounds = PLAIN) -> str:
    """The sentence of a download that must fail and must not leave a file under its name."""
    with pytest.raises(SourceError) as error:
        download(remote(server), path, bounds=bounds)
    assert not path.exists()
    return str(error.value)


def test_a_file_arrives_with_progress_and_is_not_asked_for_again(path) -> None:
    told: list[int] = []
    with serving(CONTENT) as server:
        download(remote(server), path, told.append, bounds=PLAIN)
        assert path.read_bytes() == CONTENT
        assert not part_of(path).exists()
        assert told[0] == 0
        assert told[-1] == len(CONTENT)
        assert told == sorted(told)
        download(remote(server), path, told.append, bounds=PLAIN)
        assert len(server.asked) == 1


def test_a_cached_file_that_changed_is_loaded_again(path) -> None:
    path.write_bytes(CONTENT[:-1] + b"?")
    with serving(CONTENT) as server:
        download(remote(server), path, bounds=PLAIN)
    assert path.read_bytes() == CONTENT


def test_a_connection_that_is_cut_is_gone_on_with_at_once(path) -> None:
    with serving(CONTENT, answers.cut_after(100_000), answers.cut_after(50_000),
                 answers.well) as server:  # fmt: skip
        download(remote(server), path, bounds=PLAIN)
        assert server.ranges == [None, "bytes=100000-", "bytes=150000-"]
    assert path.read_bytes() == CONTENT


def test_a_later_call_goes_on_from_what_came(path) -> None:
    with serving(CONTENT, answers.cut_after(100_000), answers.cut_after(0)) as server:
        said = refusal(server, path)
    assert "broke off after 100,000 of 300,000 bytes: the server ended it" in said
    assert part_of(path).read_bytes() == CONTENT[:100_000]
    told: list[int] = []
    with serving(CONTENT) as server:
        download(remote(server), path, told.append, bounds=PLAIN)
        assert server.ranges == ["bytes=100000-"]
    assert told[0] == 100_000
    assert path.read_bytes() == CONTENT


def test_a_server_that_always_cuts_is_given_up(path) -> None:
    with serving(CONTENT, answers.cut_after(1000)) as server:
        assert "broke off after 5,000 of 300,000 bytes" in refusal(server, path)
        assert len(server.asked) == PLAIN.connections


def test_a_server_without_ranges_sends_all_again(path) -> None:
    part_of(path).write_bytes(b"x" * 1000)
    with serving(CONTENT, answers.whole) as server:
        download(remote(server), path, bounds=PLAIN)
        assert server.ranges == ["bytes=1000-"]
    assert path.read_bytes() == CONTENT


def test_a_whole_part_needs_no_network(path) -> None:
    part_of(path).write_bytes(CONTENT)
    with serving(CONTENT) as server:
        download(remote(server), path, bounds=PLAIN)
        assert not server.asked
    assert path.read_bytes() == CONTENT


def test_a_part_that_is_too_long_is_begun_again(path) -> None:
    part_of(path).write_bytes(CONTENT + b"more")
    with serving(CONTENT) as server:
        download(remote(server), path, bounds=PLAIN)
        assert server.ranges == [None]
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("answer", [answers.well, answers.whole, answers.without_length])
def test_a_wrong_checksum_removes_what_came_and_says_so(path, answer) -> None:
    changed = CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])
    with serving(changed, answer) as server:
        said = refusal(server, path)
    assert hashlib.sha256(changed).hexdigest() in said
    assert hashlib.sha256(CONTENT).hexdigest() in said
    assert "removed" in said
    assert not part_of(path).exists()


def test_a_rest_that_does_not_fit_its_beginning_is_found_by_the_checksum(path) -> None:
    part_of(path).write_bytes(b"of another file")
    with serving(CONTENT) as server:
        assert "SHA-256" in refusal(server, path)
        download(remote(server), path, bounds=PLAIN)
        assert server.ranges == ["bytes=15-", None]
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Length": 10**12},
        {"Content_Length": 299_999},
        {"Content_Length": -1},
        {"Content_Length": 300_000, "Content_Encoding": "gzip"},
    ],
)
def test_a_file_that_is_said_to_be_another_is_not_begun(path, headers) -> None:
    part_of(path).write_bytes(CONTENT[:1000])
    with serving(CONTENT, answers.with_head(200, **headers)) as server:
        assert "is not the known file of 300,000 bytes" in refusal(server, path)
    assert part_of(path).read_bytes() == CONTENT[:1000]


@pytest.mark.parametrize("span", ["bytes 0-299999/300000", "nonsense", "bytes 1000-/300000"])
def test_another_part_than_was_asked_for_is_refused_and_the_next_call_begins_again(
    path, span
) -> None:
    part_of(path).write_bytes(CONTENT[:1000])
    with serving(CONTENT, answers.with_head(206, Content_Range=span), answers.well) as server:
        assert "another part" in refusal(server, path)
        download(remote(server), path, bounds=PLAIN)
    assert path.read_bytes() == CONTENT


def test_a_file_that_became_shorter_is_refused(path) -> None:
    part_of(path).write_bytes(CONTENT[:1000])
    with serving(CONTENT[:500]) as server:
        assert "nothing after byte 1,000" in refusal(server, path)
    assert not part_of(path).exists()


def test_a_server_that_never_stops_fills_no_disk(path) -> None:
    biggest = 0

    def look(_count: int) -> None:
        nonlocal biggest
        biggest = max(biggest, part_of(path).stat().st_size)

    with serving(b"", answers.endless) as server:
        with pytest.raises(SourceError, match="SHA-256"):
            download(remote(server), path, look, bounds=PLAIN)
        assert server.hung_up.wait(10)
    assert biggest == len(CONTENT)


def test_a_server_that_stalls_is_given_up_and_what_came_is_kept(path) -> None:
    bounds = Bounds(PLAIN.schemes, silence=0.2)
    with serving(CONTENT, answers.stall_after(1000), answers.stall_after(0)) as server:
        assert "nothing came for" in refusal(server, path, bounds)
    assert part_of(path).read_bytes() == CONTENT[:1000]


def test_a_server_that_does_not_answer_is_given_up(path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = Loopback(CONTENT, [], f"http://127.0.0.1:{silent.getsockname()[1]}/x.zip")
        assert "did not answer within" in refusal(server, path, Bounds(PLAIN.schemes, silence=0.2))
    assert not part_of(path).exists()


def test_a_server_that_trickles_is_taken_for_one_that_stalls(path) -> None:
    bounds = Bounds(PLAIN.schemes, silence=0.2, connections=2)
    with serving(CONTENT, answers.slowly(0.02, piece=1)) as server:
        assert "less than 512 bytes a second" in refusal(server, path, bounds)


@pytest.mark.parametrize("answer", [answers.always_continuing, answers.trickling_head])
@pytest.mark.parametrize("tls", [False, True])
def test_a_head_that_never_ends_is_given_up(path, tmp_path, monkeypatch, answer, tls) -> None:
    bounds = Bounds(frozenset({"https" if tls else "http"}), silence=0.3)
    with serving(CONTENT, answer) as server:
        if tls:
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path)))
            server.use_tls(tmp_path)
        assert "did not answer within" in refusal(server, path, bounds)
        assert server.hung_up.wait(20)
    assert not part_of(path).exists()


def test_redirects_are_followed_up_to_a_bound(path) -> None:
    bounds = Bounds(PLAIN.schemes, redirects=2)
    further = [answers.redirect("/a"), answers.redirect("b")]
    with serving(CONTENT, *further, answers.well) as server:
        download(remote(server), path, bounds=bounds)
    assert path.read_bytes() == CONTENT
    path.unlink()
    with serving(CONTENT, *further, answers.redirect("c")) as server:
        assert "redirects more than 2 times" in refusal(server, path, bounds)
        assert len(server.asked) == 3


def test_a_redirect_keeps_the_range(path) -> None:
    part_of(path).write_bytes(CONTENT[:1000])
    with serving(CONTENT, answers.redirect("/moved"), answers.well) as server:
        download(remote(server), path, bounds=PLAIN)
        assert server.ranges == ["bytes=1000-", "bytes=1000-"]
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    "where", ["ftp://127.0.0.1/x", "file:///etc/passwd", "data:,x", "https://[", "gopher:x"]
)
def test_a_redirect_leads_to_no_other_scheme(path, where) -> None:
    with serving(CONTENT, answers.redirect(where)) as server:
        assert "which is not http;" in refusal(server, path)
        assert len(server.asked) == 1


def test_without_tls_nothing_is_asked(path) -> None:
    with serving(CONTENT) as server:
        assert "which is not https" in refusal(server, path, HTTPS_ONLY)
        assert not server.asked


def test_a_redirect_from_https_to_http_is_refused(path, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path)))
    with serving(CONTENT) as plain, serving(CONTENT, answers.redirect(plain.url)) as server:
        server.use_tls(tmp_path)
        assert f"leads to {plain.url!r}, which is not https" in refusal(server, path, HTTPS_ONLY)
        assert not plain.asked


def test_a_file_arrives_over_tls_from_a_server_whose_certificate_is_trusted(
    path, tmp_path, monkeypatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path)))
    with serving(CONTENT) as server:
        server.use_tls(tmp_path)
        download(remote(server), path)
    assert path.read_bytes() == CONTENT


def test_a_server_whose_certificate_nobody_vouches_for_is_refused(path, tmp_path) -> None:
    certificate(tmp_path)
    with serving(CONTENT) as server:
        server.use_tls(tmp_path)
        said = refusal(server, path, HTTPS_ONLY)
        assert "the certificate of 127.0.0.1 does not prove" in said
        assert not server.asked


def certificate(folder: Path) -> Path:
    """A new certificate of 127.0.0.1, signed by itself, with its key beside it."""
    made = folder / "certificate.pem"
    words = ("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
             "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1")  # fmt: skip
    command = ["openssl", *words.split(), "-keyout", folder / "key.pem", "-out", made]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("openssl, which makes certificates, is not here")
    return made


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (404, "the server answers '404 Not Found'"),
        (410, "see https://example.org/data"),
        (503, "cannot serve it now ('503 Service Unavailable')"),
        (429, "Try again later"),
        (204, "the server answers 204"),
        (304, "the server answers '304 Not Modified'"),
        (302, "the server answers '302 Found'"),
    ],
)
def test_a_status_is_told_in_a_sentence_and_what_came_is_kept(path, status, expected) -> None:
    part_of(path).write_bytes(CONTENT[:1000])
    with serving(b"", answers.with_head(status, Content_Length=0)) as server:
        assert expected in refusal(server, path)
    assert part_of(path).read_bytes() == CONTENT[:1000]


def test_no_server_and_no_such_host_are_told_in_a_sentence(path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}/x.zip"
    for nowhere in (url, "http://nowhere.invalid/x.zip"):
        said = refusal(Loopback(CONTENT, [], nowhere), path)
        assert "cannot be reached" in said
        assert "Errno" not in said


def test_an_answer_that_is_not_http_is_told_in_a_sentence(path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(1000)
                connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")

        thread = threading.Thread(target=babble)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/x.zip"
        assert "cannot be reached" in refusal(Loopback(CONTENT, [], url), path)
        thread.join()


def test_a_cancelled_download_keeps_what_came(path) -> None:
    count = 0

    def told(now: int) -> None:
        nonlocal count
        count = now

    with serving(CONTENT) as server:
        with pytest.raises(CancelledError):
            download(remote(server), path, told, cancelled=lambda: count > 50_000, bounds=PLAIN)
        assert not path.exists()
        assert part_of(path).read_bytes() == CONTENT[:count]
        download(remote(server), path, bounds=PLAIN)
        assert server.ranges == [None, f"bytes={count}-"]
    assert path.read_bytes() == CONTENT


def test_a_full_disk_is_told_in_a_sentence_and_the_next_call_goes_on(path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with serving(CONTENT) as server:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # a write beyond it fails
        try:
            said = refusal(server, path)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert "the disk is full" in said
        assert "Errno" not in said
        assert part_of(path).read_bytes() == CONTENT[:100_000]
        download(remote(server), path, bounds=PLAIN)
        assert server.ranges == [None, "bytes=100000-"]
    assert path.read_bytes() == CONTENT


def test_a_file_larger_than_the_free_space_is_not_begun(path) -> None:
    with serving(CONTENT) as server:
        huge = Remote(server.url, 10**18, "0" * 64, "https://example.org/data")
        with pytest.raises(SourceError, match="Make room"):
            download(huge, path, bounds=PLAIN)
        assert not server.asked


def test_a_link_or_a_pipe_in_the_place_of_the_part_is_not_followed(path, tmp_path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    with serving(CONTENT) as server:
        part_of(path).symlink_to(precious)
        assert "not an ordinary file" in refusal(server, path)
        part_of(path).unlink()
        os.mkfifo(part_of(path))
        assert "not an ordinary file" in refusal(server, path)
        assert not server.asked
    assert precious.read_text() == "mine"

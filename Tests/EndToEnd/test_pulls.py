"""`ember models pull` against servers that do not send what they say."""

import hashlib
import json
import os
import shutil
import signal
import struct
import subprocess
import time

import pytest

from ember_process import BINARY
from raw_site import RawSite, Reset, Silence, head, whole


def text(value):
    return struct.pack("<Q", len(value)) + value.encode()


def gguf(size, seed=1, missing=0, part=None, parts=None):
    """A GGUF file of `size` bytes with one tensor, which its header says to have `missing` bytes more."""
    numbers = [] if part is None else [("split.no", part - 1), ("split.count", parts), ("split.tensors.count", parts)]
    start = b"GGUF" + struct.pack("<IQQ", 3, 1, len(numbers))
    for key, value in numbers:
        start += text(key) + struct.pack("<II", 4, value)
    start += text(f"t{part or 0}")
    # One dimension of bytes (type 24), at the beginning of the data.
    length = (len(start) + 24 + 31) // 32 * 32
    start += struct.pack("<IQIQ", 1, size - length + missing, 24, 0)
    data = hashlib.shake_128(bytes([seed])).digest(size - length)
    return start.ljust(length, b"\0") + data


MODEL = gguf(300_000)
OLD = gguf(2000, seed=9)


def pull(folder, *arguments, environment=None, command=(BINARY,), **options):
    variables = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    variables |= {"EMBER_MODELS_DIR": str(folder), "HOME": str(folder.parent), **(environment or {})}
    return subprocess.run(
        [*command, "models", "pull", *arguments], capture_output=True, text=True, timeout=60, env=variables, **options)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_model_that_was_cut_without_a_length_is_not_taken_for_whole(folder):
    def answer(request, number):
        return head(200) + (MODEL[:150_000] if number == 1 else MODEL)

    with RawSite(answer) as site:
        done = pull(folder, site.url + "/m.gguf")
    assert done.returncode == 0, done.stderr
    assert "before the end of the model" in done.stderr and len(site.requests) == 2
    assert (folder / "m.gguf").read_bytes() == MODEL and names(folder) == ["m.gguf"]


def test_without_a_length_other_files_need_a_hash(folder):
    with RawSite(lambda request, number: head(200) + b"12345") as site:
        done = pull(folder, site.url + "/m.onnx")
        assert done.returncode == 1 and "--sha256" in done.stderr and "m.onnx" not in names(folder)
        done = pull(folder, site.url + "/m.onnx", "--sha256", hashlib.sha256(b"12345").hexdigest())
        assert done.returncode == 0 and (folder / "m.onnx").read_bytes() == b"12345"
        done = pull(folder, site.url + "/n.onnx", "--sha256", hashlib.sha256(b"123456").hexdigest())
        assert done.returncode == 1 and "n.onnx" not in names(folder)


def test_more_than_a_model_is_not_taken_without_a_length(folder):
    with RawSite(lambda request, number: head(200) + MODEL + (b"<html>" * 20 if number == 1 else b"")) as site:
        done = pull(folder, site.url + "/m.gguf")
    assert done.returncode == 0 and "its tensors end" in done.stderr, done.stderr
    assert (folder / "m.gguf").read_bytes() == MODEL


def chunks(content, end=True):
    return head(200, "Transfer-Encoding: chunked", 'ETag: "1"') + (
        f"{len(content):x}\r\n".encode() + content + b"\r\n" + (b"0\r\n\r\n" if end else b""))


def test_chunks_without_an_end_go_on_where_they_broke_off(folder):
    def answer(request, number):
        if number == 1:
            return chunks(MODEL[:150_000], end=False)
        # How much of what was sent before a connection broke has arrived is up to the system.
        start = int(request.headers.get("range", "bytes=0-")[6:-1])
        assert 0 < start <= 150_000 and request.headers["if-range"] == '"1"'
        fields = [f"Content-Range: bytes {start}-299999/300000", 'ETag: "1"', f"Content-Length: {300_000 - start}"]
        return head(206, *fields) + MODEL[start:]

    with RawSite(answer) as site:
        done = pull(folder, site.url + "/m.gguf")
    assert done.returncode == 0, done.stderr
    assert (folder / "m.gguf").read_bytes() == MODEL and len(site.requests) == 2


def test_a_part_that_has_all_bytes_already_is_complete(folder):
    def answer(request, number):
        assert request.headers["range"] == "bytes=300000-" and request.headers["if-range"] == '"1"'
        return head(416, "Content-Range: bytes */300000", "Content-Length: 0")

    with RawSite(answer) as site:
        # Of a pull that was killed; how long the whole file is, its server did not say.
        (folder / "m.gguf.part").write_bytes(MODEL)
        (folder / "m.gguf.part.json").write_text(json.dumps({"url": site.url + "/m.gguf", "etag": '"1"'}))
        done = pull(folder, site.url + "/m.gguf")
    assert done.returncode == 0, done.stderr
    assert (folder / "m.gguf").read_bytes() == MODEL and len(site.requests) == 1 and names(folder) == ["m.gguf"]


def test_connections_that_break_again_and_again(folder):
    large = gguf(4_000_000)

    def answer(request, number):
        start = int(request.headers.get("range", "bytes=0-")[6:-1])
        fields = [f"Content-Length: {len(large) - start}", 'ETag: "1"']
        if start:
            fields.append(f"Content-Range: bytes {start}-{len(large) - 1}/{len(large)}")
        reply = head(206 if start else 200, *fields) + large[start:]
        return reply if number == 4 else Reset(reply[: 1_200_000])

    with RawSite(answer) as site:
        done = pull(folder, site.url + "/m.gguf")
    assert done.returncode == 0, done.stderr
    assert (folder / "m.gguf").read_bytes() == large and len(site.requests) == 4


@pytest.mark.parametrize("reply, words", [
    (head(200, "Content-Range: bytes 100-2099/300000", "Content-Length: 2000") + MODEL[100:2100], "a part of the file"),
    (head(206, "Content-Range: bytes 0-299999/300000", "Content-Length: 300000") + MODEL, "HTTP 206"),
    (whole(MODEL, "Content-Encoding: gzip"), "compressed"),
    (whole(b"<html>Log in</html>", "Content-Type: text/html"), "is a web page"),
    (whole(b"<html>Log in</html>"), "not a GGUF file"),
    (whole(b""), "is empty"),
    (whole(gguf(5000, missing=1)), "is broken"),
    (whole(gguf(5000)[:40]), "is broken"),
    (whole(gguf(5000) + b"<p>Quota exceeded</p>" * 2), "its tensors end at byte 5024"),
    (whole(gguf(5000, part=2, parts=3)), "part 2 of 3"),
    (head(407, "Content-Length: 0"), "407"),
])
def test_what_does_not_match_replaces_nothing(folder, reply, words):
    (folder / "m.gguf").write_bytes(OLD)
    with RawSite(lambda request, number: reply) as site:
        done = pull(folder, site.url + "/m.gguf", "--replace")
    assert done.returncode == 1 and words in done.stderr, done.stderr
    assert (folder / "m.gguf").read_bytes() == OLD and names(folder) == ["m.gguf"] and len(site.requests) == 1


def test_a_wrong_hash_replaces_nothing(folder):
    (folder / "m.gguf").write_bytes(OLD)
    with RawSite(lambda request, number: whole(MODEL)) as site:
        done = pull(folder, site.url + "/m.gguf", "--replace", "--sha256", "0" * 64)
    assert done.returncode == 1 and hashlib.sha256(MODEL).hexdigest() in done.stderr
    assert (folder / "m.gguf").read_bytes() == OLD and names(folder) == ["m.gguf"]


def test_ctrl_c_keeps_what_has_arrived_and_what_was_there(folder):
    (folder / "m.gguf").write_bytes(OLD)

    def answer(request, number):
        if number == 1:
            return Silence(head(200, "Content-Length: 300000", 'ETag: "1"') + MODEL[:150_000])
        start = int(request.headers["range"][6:-1])
        return head(206, f"Content-Range: bytes {start}-299999/300000", f"Content-Length: {300_000 - start}") + MODEL[start:]

    with RawSite(answer) as site:
        process = subprocess.Popen(
            [BINARY, "models", "pull", site.url + "/m.gguf", "--replace"], text=True, stderr=subprocess.PIPE,
            stdout=subprocess.PIPE, env={**os.environ, "EMBER_MODELS_DIR": str(folder)})
        for _ in range(600):
            if site.requests and (folder / "m.gguf.part").exists():
                break
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert process.returncode != 0 and "stopped" in errors
        assert (folder / "m.gguf").read_bytes() == OLD
        done = pull(folder, site.url + "/m.gguf", "--replace")
    assert done.returncode == 0, done.stderr
    assert (folder / "m.gguf").read_bytes() == MODEL and names(folder) == ["m.gguf"]


def test_two_pulls_of_one_file_download_it_once(folder):
    def answer(request, number):
        time.sleep(1)
        return whole(MODEL)

    with RawSite(answer) as site:
        processes = [
            subprocess.Popen(
                [BINARY, "models", "pull", site.url + "/m.gguf"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                env={**os.environ, "EMBER_MODELS_DIR": str(folder)})
            for _ in range(2)
        ]
        outputs = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], outputs
    # The second one asks only how long the file is.
    assert (folder / "m.gguf").read_bytes() == MODEL and names(folder) == ["m.gguf"]
    assert any("waiting for another pull" in errors for _, errors in outputs)


def test_a_full_disk_leaves_what_was_there(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    can_mount = ["unshare", "-rm", "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if not shutil.which("unshare") or subprocess.run(can_mount, capture_output=True).returncode:
        pytest.skip("no file systems can be mounted here")
    large = gguf(3_000_000)
    script = f"""
        mount -t tmpfs -o size=1m tmpfs {disk} && cp {tmp_path}/old {disk}/m.gguf
        for source in known unknown; do {BINARY} models pull $0/$source/m.gguf --replace; echo "code $?"; done
        cmp {tmp_path}/old {disk}/m.gguf && echo kept; ls {disk}"""
    (tmp_path / "old").write_bytes(OLD)
    with RawSite(lambda request, number: whole(large) if "/known" in request.target else chunks(large)) as site:
        done = subprocess.run(
            ["unshare", "-rm", "sh", "-c", script, site.url], capture_output=True, text=True, timeout=60,
            env={**os.environ, "EMBER_MODELS_DIR": str(disk)})
    assert done.stdout.split()[:4] == ["code", "1", "code", "1"] and "kept" in done.stdout, (done.stdout, done.stderr)
    assert "not enough disk space" in done.stderr and "No space left on device" in done.stderr


def test_a_signed_address_that_has_expired_is_asked_for_anew_and_never_shown(folder):
    def answer(request, number):
        if request.target == "/m.gguf":
            return head(302, f"Location: /cdn/x?signature=SECRET{number}", "Content-Length: 0")
        return head(403, "Content-Length: 0") if request.target.endswith("SECRET1") else whole(MODEL)

    with RawSite(answer) as site:
        done = pull(folder, site.url + "/m.gguf")
    assert done.returncode == 0 and "expired" in done.stderr and "SECRET" not in done.stderr + done.stdout, done.stderr
    assert names(folder) == ["m.gguf"]


PARTS = {f"m-0000{number}-of-00003.gguf": gguf(900 * number, number, part=number, parts=3) for number in (1, 2, 3)}


def part(request, number):
    content = PARTS.get(request.target.rsplit("/", 1)[1].split("?")[0])
    return whole(content) if content else head(404, "Content-Length: 0")


@pytest.mark.parametrize("number", [1, 3])
def test_a_part_of_a_split_brings_all(folder, number):
    with RawSite(part) as site:
        done = pull(folder, f"{site.url}/sub/m-0000{number}-of-00003.gguf?x=1")
    assert done.returncode == 0, done.stderr
    assert {name: (folder / name).read_bytes() for name in names(folder)} == PARTS
    assert done.stdout.strip() == str(folder / "m-00001-of-00003.gguf") and "part 3 of 3" in done.stderr
    assert [request.target for request in site.requests] == [f"/sub/{name}?x=1" for name in PARTS]


def test_a_split_of_which_a_part_is_missing_replaces_nothing(folder):
    for name in PARTS:
        (folder / name).write_bytes(OLD)

    def answer(request, number):
        return head(404, "Content-Length: 0") if "00003-of" in request.target else part(request, number)

    with RawSite(answer) as site:
        done = pull(folder, site.url + "/m-00001-of-00003.gguf", "--replace")
    assert done.returncode == 1 and "m-00003-of-00003.gguf does not exist" in done.stderr, done.stderr
    assert all((folder / name).read_bytes() == OLD for name in PARTS)


def test_a_part_of_a_split_from_a_repository_folder(folder):
    with RawSite(part) as site:
        done = pull(
            folder, "hf:owner/repo/sub/dir/m-00002-of-00003.gguf", environment={"HF_ENDPOINT": site.url})
    assert done.returncode == 0 and names(folder) == list(PARTS), done.stderr
    assert site.requests[0].target == "/owner/repo/resolve/main/sub/dir/m-00001-of-00003.gguf"


@pytest.mark.parametrize("path", [
    "/a/..%2F..%2Fescaped.gguf", "/%2E%2E%2Fescaped.gguf", "/a%5C..%5Cescaped.gguf", "/..%2F%2Fescaped.gguf%00",
    "/x%0Aescaped.gguf", "/%7Eescaped.gguf", "/-rf%20escaped.gguf", "/.escaped.gguf", "/%E2%80%AEescaped.gguf"])
def test_nothing_of_an_address_leaves_the_models_folder(tmp_path, folder, path):
    with RawSite(lambda request, number: whole(MODEL)) as site:
        done = pull(folder, site.url + path)
    outside = [str(found) for found in tmp_path.rglob("*escaped*") if found.parent != folder]
    assert not outside and all(path.name == "models" for path in tmp_path.iterdir()), (outside, done.stderr)
    assert all("/" not in name and not name.startswith(".") and name.isascii() for name in names(folder))


def test_the_models_folder_is_that_of_the_configuration(tmp_path, folder):
    environment = {"EMBER_MODELS_DIR": "", "EMBER_CACHE": str(tmp_path / "cache"), "HOME": str(tmp_path)}
    # What else is wrong with a configuration does not matter here.
    (tmp_path / "ember.yaml").write_text("models_dir: ~/big\nkeys: [{key: '${env.NOT_SET}'}]\n")
    with RawSite(lambda request, number: whole(MODEL)) as site:
        source = site.url + "/m.gguf"

        def target(*arguments, **more):
            done = pull(folder, source, *arguments, environment=environment | more, cwd=tmp_path)
            assert done.returncode == 0, done.stderr
            return done.stdout.strip()

        assert target() == f"{tmp_path}/big/m.gguf"
        (tmp_path / "other.yaml").write_text("models_dir: there")
        assert target("--config", "other.yaml") == f"{tmp_path}/there/m.gguf"
        assert target(EMBER_CONFIG="~/other.yaml") == f"{tmp_path}/there/m.gguf"
        assert target(EMBER_MODELS_DIR="~/variable") == f"{tmp_path}/variable/m.gguf"
        assert target("--models-dir", "~/flag") == f"{tmp_path}/flag/m.gguf"
        (tmp_path / "ember.yaml").write_text("models: {m: {path: m.gguf}}")
        assert target() == f"{tmp_path}/cache/models/m.gguf"
        assert target(EMBER_CACHE="~/c2") == f"{tmp_path}/c2/models/m.gguf"
        inspected = subprocess.run(
            [BINARY, "models", "inspect", "m.gguf", "--config", "other.yaml"], capture_output=True, text=True, timeout=60,
            cwd=tmp_path, env={**os.environ, **environment})
        assert f"{tmp_path}/there/m.gguf: expected the metadata key general.architecture" in inspected.stderr
        (tmp_path / "ember.yaml").write_text("models_dir: '${env.NOT_SET}'")
        done = pull(folder, source, environment=environment, cwd=tmp_path)
        assert done.returncode == 1 and "NOT_SET" in done.stderr and "--models-dir" in done.stderr
        done = pull(folder, source, "--config", "missing.yaml", environment=environment, cwd=tmp_path)
        assert done.returncode == 1 and "missing.yaml" in done.stderr

"""HTTP/1.1 by hand, for what no client would ever send."""

import json
import socket
import struct


def connect(server, timeout=20):
    host, port = server.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=timeout)


def head(method, target, headers=None, length=None):
    """The head of a request; `headers` may be a list of pairs. A Host is added where none is said."""
    pairs = list(headers.items()) if isinstance(headers, dict) else list(headers or [])
    if not any(name.lower() == "host" for name, _ in pairs):
        pairs.insert(0, ("host", "127.0.0.1"))
    pairs = [(name, value) for name, value in pairs if value is not None]
    if length is not None:
        pairs.append(("content-length", str(length)))
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in pairs)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def reset(connection):
    """Closes a connection so that its other side knows that this one has gone: a mere close may come from one that still reads."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def error(self):
        return json.loads(self.body)["error"]


def read_reply(connection, has_body=True):
    """One reply with a length or chunks, or without a body, as that to HEAD; None where the server closes without a word."""
    stream = connection.makefile("rb")
    line = stream.readline()
    if not line:
        return None
    status, headers = int(line.split()[1]), {}
    while (line := stream.readline().strip()) != b"":
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.lower()] = value.strip()
    if not has_body:
        body = b""
    elif headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(stream.readline(), 16):
            body += stream.read(size)
            stream.readline()
        stream.readline()
    else:
        body = stream.read(int(headers.get("content-length", 0)))
    return Reply(status, headers, body)


def ask(server, method, target, headers=None, body=b""):
    """One request on a connection of its own."""
    with connect(server) as connection:
        connection.sendall(head(method, target, headers, len(body)) + body)
        return read_reply(connection, has_body=method != "HEAD")

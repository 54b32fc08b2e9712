"""A web server on a free port of this machine whose answers are bytes, whether these are HTTP or not."""

import socket
import struct
import time

from loopback_server import LoopbackServer, read_head


def head(status, *fields):
    """The head of an answer; its fields as they are to be sent."""
    return ("\r\n".join([f"HTTP/1.1 {status} x", "Connection: close", *fields]) + "\r\n\r\n").encode()


def whole(content, *fields):
    return head(200, f"Content-Length: {len(content)}", *fields) + content


class Request:
    def __init__(self, text):
        lines = text.split("\r\n")
        self.method, self.target = lines[0].split(" ")[:2]
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}


#: An answer of these bytes that ends as a broken connection does.
class Reset(bytes):
    pass


#: An answer of these bytes, and then nothing for as long as the client waits.
class Silence(bytes):
    pass


class RawSite(LoopbackServer):
    """Answers each request with what `answer(request, number)` returns, and ends the connection; number 1 is the first."""

    def __init__(self, answer):
        super().__init__(lambda connection: self.serve(connection, answer))
        self.requests = []
        self.url = f"http://127.0.0.1:{self.port}"

    def serve(self, connection, answer):
        text = read_head(connection)
        if not text:
            return
        request = Request(text.split(b"\r\n\r\n")[0].decode())
        self.requests.append(request)
        reply = answer(request, len(self.requests))
        connection.sendall(reply)
        if isinstance(reply, Silence):
            connection.recv(1)
        if isinstance(reply, Reset):
            # What was sent must have arrived: a reset takes back what has not.
            time.sleep(0.3)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

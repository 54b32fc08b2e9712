"""A proxy on loopback that serves every name from servers of this machine: whole URLs, CONNECT, and SOCKS 5."""

import base64
import select
import socket
import struct

from loopback_server import LoopbackServer, read_head


def relay(one, other):
    """Carries bytes between two sockets until one of them ends."""
    while True:
        for source in select.select([one, other], [], [], 30)[0] or [None]:
            data = source.recv(65536) if source else b""
            if not data:
                return
            (other if source is one else one).sendall(data)


class PlayedProxy(LoopbackServer):
    """`servers` says by host at which port of this machine it is; `password` is "USER:PASSWORD"."""

    def __init__(self, servers, password=None, refuses=None, socks=False):
        super().__init__(self.serve_socks if socks else self.serve)
        self.servers, self.password, self.refuses = servers, password, refuses
        #: (method, target, headers) of each request; of SOCKS ("SOCKS", "HOST:PORT", {}).
        self.requests = []
        self.address = f"127.0.0.1:{self.port}"

    def serve(self, client):
        data = read_head(client)
        if not data:
            return
        start, _, rest = data.partition(b"\r\n\r\n")
        lines = start.decode().split("\r\n")
        method, target, version = lines[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        self.requests.append((method, target, headers))
        expected = self.password and "Basic " + base64.b64encode(self.password.encode()).decode()
        if expected and headers.get("proxy-authorization") != expected:
            return client.sendall(b"HTTP/1.1 407 x\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n")
        if self.refuses:
            return client.sendall(f"HTTP/1.1 {self.refuses} x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        if method == "CONNECT":
            with self.connect(target.rsplit(":", 1)[0]) as server:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n" + rest)
                return relay(client, server)
        assert target.startswith("http://"), target
        host, _, path = target.removeprefix("http://").partition("/")
        kept = [line for line in lines[1:] if not line.lower().startswith(("proxy-", "connection:"))]
        with self.connect(host.split(":")[0]) as server:
            server.sendall("\r\n".join([f"{method} /{path} {version}", *kept, "Connection: close", "", ""]).encode() + rest)
            relay(client, server)

    def serve_socks(self, client):
        _, methods = client.recv(2)
        client.recv(methods)
        client.sendall(b"\x05\x00")
        _, _, _, kind = client.recv(4)
        assert kind == 3, "the proxy is to look the name up"
        host = client.recv(client.recv(1)[0]).decode()
        (port,) = struct.unpack(">H", client.recv(2))
        self.requests.append(("SOCKS", f"{host}:{port}", {}))
        if self.refuses:
            return client.sendall(b"\x05\x02\x00\x01" + bytes(6))
        with self.connect(host) as server:
            client.sendall(b"\x05\x00\x00\x01" + bytes(6))
            relay(client, server)

    def connect(self, host):
        return socket.create_connection(("127.0.0.1", self.servers[host]))

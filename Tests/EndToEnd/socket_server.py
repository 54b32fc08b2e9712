"""What all played engines are made of: an HTTP server on a Unix socket, and a handler that logs nothing."""

import http.server
import socket


class OnSocket:
    """Mixed into an HTTP server: its address is the path of a Unix socket."""

    address_family = socket.AF_UNIX

    def server_bind(self):
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "worker", 0

    def get_request(self):
        return self.socket.accept()[0], ("-", 0)


class SocketServer(OnSocket, http.server.ThreadingHTTPServer):
    pass


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def whole(self, status, data=b"{}", kind="application/json"):
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass

    def address_string(self):
        return "-"

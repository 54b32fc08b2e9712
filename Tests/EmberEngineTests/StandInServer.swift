@testable import EmberEngine

/// A small HTTP server (Python's standard library) in the place of an engine, with the faults that engines have.
enum StandInServer {
    /// Its command for `mode`, on the Unix socket unless `port` is set.
    static func command(_ mode: String, onPort port: Bool = false) -> [String] {
        ["python3", "-c", source] + (port ? ["--port", "${port}"] : ["--socket", "${socket}"]) + [mode]
    }

    static func engine(
        _ mode: String, onPort port: Bool = false, startTimeout: Double = patienceSeconds, grace: Double = 10,
        environment: [String: String] = [:], watchdog: Watchdog? = nil
    ) -> EngineProcess {
        engine(
            EngineSpec(
                name: "stand-in", launch: .command(command(mode, onPort: port)),
                startTimeoutSeconds: startTimeout, stopGraceSeconds: grace, environment: environment,
                watchdog: watchdog))
    }

    static func engine(_ spec: EngineSpec) -> EngineProcess {
        EngineProcess(
            spec: spec, directories: EngineDirectories(models: "/models", cache: "/cache"), logger: quietLogger,
            surroundings: .system)
    }

    private static let source = #"""
        import http.server, os, signal, socket, socketserver, subprocess, sys, time

        kind, where, mode = sys.argv[1:4]
        seen = []
        status = 503 if mode == "never-healthy" else 200


        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if self.path == "/crash":
                    print("about to crash", flush=True)
                    os._exit(9)
                if self.path == "/hang":
                    os.kill(os.getpid(), signal.SIGSTOP)
                if mode == "slow-health":
                    time.sleep(3)
                if mode == "mute-health":
                    time.sleep(1000)
                if mode == "loses-first" and not seen:
                    seen.append(1)
                    time.sleep(1000)
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

            def address_string(self):
                return "local"


        class UnixServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
            daemon_threads = True


        def listen():
            if kind == "--socket":
                return UnixServer(where, Handler)
            return http.server.ThreadingHTTPServer(("127.0.0.1", int(where)), Handler)


        def speak_nonsense():
            family = socket.AF_UNIX if kind == "--socket" else socket.AF_INET
            listener = socket.socket(family)
            listener.bind(where if kind == "--socket" else ("127.0.0.1", int(where)))
            listener.listen()
            while True:
                connection, _ = listener.accept()
                connection.recv(1000)
                connection.sendall(b"220 mail.example.com ready\r\n")
                connection.close()


        print("pid", os.getpid())
        print("at", where)
        print("stand-in", mode, flush=True)
        if mode == "exit":
            print("cannot load the model", file=sys.stderr, flush=True)
            sys.exit(3)
        if mode == "nonsense":
            speak_nonsense()
        if mode == "silent":
            time.sleep(1000)
        if mode == "ignore-term":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if mode == "grandchild":
            child = subprocess.Popen(["sleep", "1000"])
            print("grandchild", child.pid, flush=True)
        if mode == "environment":
            for name in sorted(os.environ):
                if name.startswith("STAND_IN_"):
                    print(name, os.environ[name], flush=True)
        listen().serve_forever()
        """#
}

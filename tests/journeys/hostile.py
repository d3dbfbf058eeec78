"""A program that serves as it is asked to: slowly, endlessly, in pieces, not at all."""

HOSTILE = """
import http.server, os, socketserver, threading, time

held, deaf, leaked, sick, me = threading.Event(), threading.Event(), [], [], os.urandom(4).hex()

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if os.environ.get("PING") == "never":
            time.sleep(600)
        self.answer(b"", sick.pop() if sick else 200)

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        word, _, rest = asked.partition(" ")
        getattr(self, "say_" + word, self.say)(rest or asked)

    def say(self, what):
        self.answer(what.encode())

    def say_crash(self, _):
        os._exit(3)

    def say_deaf(self, _):
        deaf.set()
        self.answer(b"deaf")

    def say_leak(self, _):
        while True:
            leaked.append(b"x" * (16 << 20))

    def say_huge(self, size):
        self.answer(b"x" * int(size))

    def say_garbage(self, _):
        self.wfile.write(b"I am a teapot, short and stout")
        self.close_connection = True

    def say_short(self, _):
        self.wfile.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 100\\r\\n\\r\\nonly this")
        self.close_connection = True

    def say_endless(self, _):
        self.wfile.write(b"HTTP/1.0 200 OK\\r\\n\\r\\nuntil I hang up")
        self.close_connection = True

    def say_sick(self, pings):
        sick.extend([503] * int(pings))
        self.answer(b"unwell")

    def say_whether(self, _):
        self.answer(f"{me} {len(sick)}".encode())

    def say_status(self, status):
        self.answer(b"so be it", int(status))

    def say_hold(self, _):
        held.wait()
        self.answer(b"held")

    def say_release(self, _):
        held.set()
        self.answer(b"released")

    def say_stream(self, words):
        self.begin()
        for word in words.split():
            if word == "break":
                self.close_connection = True
                return
            if word == "wait":
                held.wait()
            else:
                self.piece(word.encode())
        self.wfile.write(b"0\\r\\n\\r\\n")

    def say_flood(self, _):
        self.begin()
        sent = 0
        try:
            while True:
                self.piece(b"x" * 65536)
                sent += 65536
                print("sent", sent, flush=True)
        except OSError:
            print("the client is gone", flush=True)

    def begin(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def piece(self, data):
        self.wfile.write(b"%x\\r\\n%b\\r\\n" % (len(data), data))

    def answer(self, body, status=200):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return ""

class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def get_request(self):
        if deaf.is_set():
            os._exit(3)
        return super().get_request()

Server(os.environ["FIELDSTONE_BIND_TO_SOCKET"], Handler).serve_forever()
"""
"""What it is told: the first word of the question."""

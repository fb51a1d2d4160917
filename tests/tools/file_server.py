"""file_server.py FOLDER LOG: serves a folder on 127.0.0.1, ranges included, prints its port.

A request for NAME sends half of it and hangs up where NAME.cut exists (once: the marker is removed).
Each request is a line of LOG: path and range.
"""
import http.server
import os
import sys

folder, log = sys.argv[1:]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        wanted = self.headers.get("Range", "")
        with open(log, "a") as lines:
            print(self.path, wanted, file=lines)
        path = os.path.join(folder, os.path.basename(self.path))
        if not os.path.isfile(path):
            self.send_error(404)
            return
        with open(path, "rb") as file:
            data = file.read()
        first = int(wanted[len("bytes="):].split("-")[0]) if wanted else 0
        self.send_response(206 if wanted else 200)
        if wanted:
            self.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - first))
        self.end_headers()
        if os.path.exists(path + ".cut"):
            os.remove(path + ".cut")
            self.wfile.write(data[first:len(data) // 2])
            return
        self.wfile.write(data[first:])

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()

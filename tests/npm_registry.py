"""A registry of our own on loopback, to test the real npm client without a network."""

import base64
import gzip
import hashlib
import io
import json
import tarfile
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

PUBLISHED = "2026-01-02T03:04:05.000Z"


def archive(files):
    """A gzipped package archive of `{path: text}`, the same bytes for the same files."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, text in files.items():
            member = tarfile.TarInfo(f"package/{path}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return gzip.compress(packed.getvalue(), mtime=0)


class Registry:
    """Packages that a test publishes; `requests` are the paths that npm asked for."""

    def __init__(self):
        self.packages = {}
        self.archives = {}
        self.requests = []
        self.status = None
        registry = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                registry.requests.append(unquote(self.path))
                status, body = registry.answer(unquote(self.path).lstrip("/"))
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def answer(self, path):
        if self.status:
            return self.status, b"{}"
        if path in self.archives:
            return 200, self.archives[path]
        if path in self.packages:
            return 200, json.dumps(self.packages[path]).encode()
        return 404, b'{"error": "not found"}'

    def publish(self, name, version="1.0.0", files=None, **fields):
        manifest = {"name": name, "version": version, **fields}
        content = archive({"package.json": json.dumps(manifest), **(files or {})})
        place = f"-/{name.replace('/', '-')}-{version}.tgz"
        self.archives[place] = content
        integrity = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
        package = self.packages.setdefault(
            name, {"name": name, "dist-tags": {}, "versions": {}, "time": {}}
        )
        package["dist-tags"]["latest"] = version
        package["time"][version] = PUBLISHED
        dist = {"tarball": self.url + place, "integrity": integrity}
        package["versions"][version] = {**manifest, "dist": dist}
        return place

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def npm_registry(folder, monkeypatch):
    """An empty registry, and npm set up for it as a user would: in the environment."""
    running = Registry()
    empty = folder / "npmrc"
    empty.write_text("")
    monkeypatch.setenv("npm_config_registry", running.url)
    monkeypatch.setenv("npm_config_cache", str(folder / "npm-cache"))
    monkeypatch.setenv("npm_config_userconfig", str(empty))
    monkeypatch.setenv("npm_config_globalconfig", str(folder / "no-npmrc"))
    try:
        yield running
    finally:
        running.close()

"""Small wheels, and a Python index of our own on loopback."""

import base64
import hashlib
import io
import threading
import zipfile
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def wheel(name, version="1.0.0", files=None, *, needs=(), python=None, commands=None, extra=()):
    """The bytes of a wheel of `{path: text}`; `extra` are `(ZipInfo, bytes)` as they come."""
    plain = name.replace("-", "_")
    info = f"{plain}-{version}.dist-info"
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}"]
    metadata += [f"Requires-Python: {python}"] if python else []
    metadata += [f"Requires-Dist: {need}" for need in needs]
    whole = {
        **(files or {f"{plain}/__init__.py": ""}),
        f"{info}/METADATA": "\n".join(metadata) + "\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if commands:
        lines = [f"{command} = {entry}" for command, entry in commands.items()]
        whole[f"{info}/entry_points.txt"] = "\n".join(["[console_scripts]", *lines]) + "\n"
    record = [f"{path},{_digest(text.encode())},{len(text)}" for path, text in whole.items()]
    whole[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"]) + "\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in whole.items():
            archive.writestr(zipfile.ZipInfo(path), text, zipfile.ZIP_DEFLATED)
        for member, content in extra:
            archive.writestr(member, content)
    return packed.getvalue()


def _digest(content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=")
    return f"sha256={digest.decode()}"


class Index:
    """Files that a test publishes (PyPA specifications, "Simple repository API")."""

    def __init__(self):
        self.files = {}
        self.pages = {}
        self.requests = []
        index = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                index.requests.append(self.path)
                body, kind = index.answer(self.path)
                self.send_response(200 if body is not None else 404)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/simple/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def answer(self, path):
        if path.startswith("/files/"):
            return self.files.get(path.rpartition("/")[2]), "application/octet-stream"
        links = self.pages.get(path.strip("/").rpartition("/")[2])
        return ("\n".join(links).encode() if links else None), "text/html"

    def publish(self, name, version="1.0.0", *, python=None, file=None, **more):
        """Publish a wheel, or the bytes `(file name, content)` of something else."""
        content = wheel(name, version, python=python, **more)
        title = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
        if file:
            title, content = file
        self.files[title] = content
        limit = f' data-requires-python="{escape(python)}"' if python else ""
        digest = hashlib.sha256(content).hexdigest()
        link = f'<a href="/files/{title}#sha256={digest}"{limit}>{title}</a>'
        self.pages.setdefault(name, []).append(link)
        return content

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

"""Terminates TLS for every name, records every HTTP exchange raw, and answers it itself.

mitmproxy as a library, in reverse mode with lazy connections: every response is set in the request
hook, so it never connects anywhere (and in its network there is nowhere to connect to).
"""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from mitmproxy import connection, http, options
from mitmproxy.addons import core, next_layer, proxyserver, tlsconfig
from mitmproxy.master import Master
from mitmproxy.net.http import url
from mitmproxy.tls import ClientHelloData, TlsData

from undeclared.lab.recorder import Connection, Recording
from undeclared.lab.standin import Asked, Reply
from undeclared.model import HttpFlow, HttpRequest, HttpResponse, TlsFlow

_NOWHERE = "upstream.invalid"


class Interceptor:
    """Serves ports 80 and 443 of every address of its network namespace."""

    def __init__(self, authority: Path, answer: Callable[[Asked], Reply]) -> None:
        self._authority = authority
        self._answer = answer
        self.recording: Recording | None = None
        """Where the connections that begin now belong; None between runs."""
        self._connections: dict[str, Connection] = {}
        self._handshakes: dict[str, int] = {}
        self._flows: dict[str, int] = {}

    async def start(self) -> None:
        """Begin to serve; raises OSError if a port cannot be had."""
        logging.getLogger("mitmproxy").setLevel(logging.ERROR)
        master = Master(options.Options(confdir=str(self._authority)))
        # The library leaves these of its own functions untyped.
        server = proxyserver.Proxyserver()  # type: ignore[no-untyped-call]
        addons = (core.Core(), server, next_layer.NextLayer(), tlsconfig.TlsConfig(), self)
        master.addons.add(*addons)  # type: ignore[no-untyped-call]
        master.options.update(  # type: ignore[no-untyped-call]
            mode=[f"reverse:https://{_NOWHERE}@443", f"reverse:http://{_NOWHERE}@80"],
            connection_strategy="lazy",
            keep_host_header=True,
            upstream_cert=False,
            # A request that a strict proxy would refuse is evidence like any other.
            validate_inbound_headers=False,
            body_size_limit="64m",
        )
        self._serving = asyncio.create_task(master.run())
        while not server.is_running:
            if self._serving.done():
                raise OSError("the interceptor ended at its start")
            await asyncio.sleep(0.005)
        if not all(instance.is_running for instance in server.servers):
            raise OSError("ports 80 and 443 cannot be served")

    # --- hooks, called by the library ------------------------------------------------------------

    def client_connected(self, client: connection.Client) -> None:
        """A TCP connection was accepted."""
        if self.recording is not None:
            self._connections[client.id] = self.recording.connect()

    def client_disconnected(self, client: connection.Client) -> None:
        """A TCP connection has ended."""
        self._handshakes.pop(client.id, None)
        if connected := self._connections.pop(client.id, None):
            connected.recording.disconnect()

    def tls_clienthello(self, data: ClientHelloData) -> None:
        """A handshake began."""
        client = data.context.client
        connected = self._connections.get(client.id)
        if connected is None:
            return
        body = data.client_hello.raw_bytes(wrap_in_record=False)
        recording = connected.recording
        self._handshakes[client.id] = len(recording.flows)
        recording.flows.append(
            TlsFlow(
                started=recording.since(client.timestamp_start or time.time()),
                connection=connected.number,
                sni=data.client_hello.sni,
                port=client.sockname[1],
                # The library leaves off the handshake header: type 1 and a 24 bit length.
                client_hello=b"\x01" + len(body).to_bytes(3, "big") + body,
            )
        )

    def tls_failed_client(self, data: TlsData) -> None:
        """A handshake failed, most often because the agent refused our certificate."""
        connected = self._connections.get(data.conn.id)
        index = self._handshakes.get(data.conn.id)
        if connected is not None and index is not None:
            flows = connected.recording.flows
            flows[index] = flows[index].model_copy(update={"error": data.conn.error or "failed"})

    def requestheaders(self, flow: http.HTTPFlow) -> None:
        """Keep the header fields as sent: the library removes `Expect` when it has served it."""
        flow.metadata["fields"] = flow.request.headers.fields

    def request(self, flow: http.HTTPFlow) -> None:
        """A request is complete: answer and record it."""
        path, _, query = flow.request.path.partition("?")
        asked = Asked(
            method=flow.request.method,
            host=_host(flow),
            path=path,
            body=flow.request.get_content(strict=False) or b"",
            query=query,
            content_type=flow.request.headers.get("content-type", ""),
        )
        reply = self._answer(asked)
        headers = http.Headers(content_type=reply.content_type)
        flow.response = http.Response.make(reply.status, reply.body, headers)
        self._record(flow, reply, None)

    def error(self, flow: http.HTTPFlow) -> None:
        """An exchange broke off, before or after its answer was given."""
        self._record(flow, None, flow.error.msg if flow.error else "broke off")

    def _record(self, flow: http.HTTPFlow, reply: Reply | None, error: str | None) -> None:
        connected = self._connections.get(flow.client_conn.id)
        if connected is None:
            return
        flows = connected.recording.flows
        index = self._flows.pop(flow.id, None)
        if index is not None:
            flows[index] = flows[index].model_copy(update={"error": error})
            return
        if error is None:
            self._flows[flow.id] = len(flows)
        flows.append(
            HttpFlow(
                started=connected.recording.since(flow.request.timestamp_start),
                connection=connected.number,
                request=_raw(flow),
                response=_response(flow) if reply else None,
                answered_by=reply.answered_by if reply else "generic",
                step=reply.step if reply else None,
                error=error,
            )
        )

    def response(self, flow: http.HTTPFlow) -> None:
        """An exchange went through."""
        self._flows.pop(flow.id, None)


def _host(flow: http.HTTPFlow) -> str:
    """The name in `:authority` or `Host`, else the one of the handshake, else the address."""
    named = flow.request.authority or flow.request.headers.get("host", "")
    try:
        host = url.parse_authority(named, check=False)[0] if named else ""
    except ValueError:
        host = named
    return host or flow.client_conn.sni or str(flow.client_conn.sockname[0])


def _raw(flow: http.HTTPFlow) -> HttpRequest:
    data = flow.request.data
    target = data.path
    if data.authority and not flow.request.is_http2:
        target = b"%b://%b%b" % (data.scheme, data.authority, data.path)  # absolute form
    return HttpRequest(
        method=data.method,
        scheme="https" if flow.client_conn.tls_established else "http",
        host=_host(flow),
        port=flow.client_conn.sockname[1],
        target=target,
        version=flow.request.http_version,
        headers=flow.metadata.get("fields", data.headers.fields),
        body=data.content or b"",
    )


def _response(flow: http.HTTPFlow) -> HttpResponse | None:
    if flow.response is None:
        return None
    return HttpResponse(
        status=flow.response.status_code,
        headers=flow.response.headers.fields,
        body=flow.response.raw_content or b"",
    )

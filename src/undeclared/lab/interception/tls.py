"""Terminates TLS for every name, with certificates of the lab's own authority."""

import contextlib
import ipaddress
import os
import ssl
from dataclasses import replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from mitmproxy.certs import CertStore
from mitmproxy.tls import ClientHello

from undeclared.lab.authority import NAME
from undeclared.lab.interception.line import BrokeOffError, Line
from undeclared.lab.interception.visit import Follow, Visit
from undeclared.model import TlsFlow

_HANDSHAKE, _CLIENT_HELLO = 22, 1
_RECORD_HEADER, _MESSAGE_HEADER = 5, 4
_MOST_HELLO = 65536
_CONTEXTS = 256
_CHUNK = 65536
_DNS_OVER_TLS = 853


class Certificates:
    """The server's side of TLS, for any name."""

    def __init__(self, authority: Path) -> None:
        self._store = CertStore.from_store(authority, NAME, key_size=2048)
        self._contexts: dict[str, ssl.SSLContext] = {}

    def context(self, name: str) -> ssl.SSLContext:
        """One that proves to be `name`, a host name or an IP address.

        Raises ValueError if a certificate cannot carry the name.
        """
        if name not in self._contexts:
            if len(self._contexts) >= _CONTEXTS:
                self._contexts.clear()
            self._contexts[name] = self._make(name)
        return self._contexts[name]

    def _make(self, name: str) -> ssl.SSLContext:
        subject: x509.GeneralName
        try:
            subject = x509.IPAddress(ipaddress.ip_address(name))
        except ValueError:
            subject = x509.DNSName(name)
        common = name if len(name) <= 64 else None  # RFC 5280, ub-common-name
        entry = self._store.get_cert(common, [subject])
        key = entry.privatekey.private_bytes(
            Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
        )
        chain = b"".join(cert.to_pem() for cert in (entry.cert, *entry.chain_certs))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["h2", "http/1.1"])
        descriptor = os.memfd_create("certificate")
        try:
            os.write(descriptor, key + chain)
            context.load_cert_chain(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)
        return context


def client_hello(data: bytes) -> bytes | None:
    """The ClientHello message of the records that a connection begins with; None: it goes on.

    Header included (RFC 8446, section 4). Raises ValueError if the bytes are something else.
    """
    message = bytearray()
    while len(data) >= _RECORD_HEADER:
        if data[0] != _HANDSHAKE:
            raise ValueError("no handshake record")
        end = _RECORD_HEADER + int.from_bytes(data[3:5], "big")
        message += data[_RECORD_HEADER:end]
        if message and message[0] != _CLIENT_HELLO:
            raise ValueError("no ClientHello")
        if len(message) >= _MESSAGE_HEADER:
            size = _MESSAGE_HEADER + int.from_bytes(message[1:4], "big")
            if size > _MOST_HELLO:
                raise ValueError("a ClientHello of more than 64 KiB")
            if len(message) >= size:
                return bytes(message[:size])
        if len(data) < end or end == _RECORD_HEADER:
            break
        data = data[end:]
    return None


def server_name(hello: bytes) -> str | None:
    """The name asked for in a ClientHello; raises ValueError if it cannot be parsed."""
    try:
        return ClientHello(hello[_MESSAGE_HEADER:]).sni
    except Exception as error:  # the parser raises whatever its input leads it to
        raise ValueError("no ClientHello") from error


class _Secured:
    """The transport inside a TLS connection."""

    def __init__(self, outer: Line, context: ssl.SSLContext) -> None:
        self._outer = outer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self.received = False

    @property
    def protocol(self) -> str | None:
        return self._tls.selected_alpn_protocol()

    async def shake_hands(self) -> None:
        """Raises ssl.SSLError, BrokeOffError or ConnectionError."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._feed():
                    raise BrokeOffError(
                        "the agent closed the connection in the handshake"
                    ) from None
            except ssl.SSLError:
                await self._flush()  # our alert
                raise
            else:
                return await self._flush()

    async def _feed(self) -> bool:
        data = await self._outer.read()
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
        return bool(data)

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await self._outer.write(self._outgoing.read())

    async def read(self) -> bytes:
        while True:
            try:
                data = self._tls.read(_CHUNK)
            except ssl.SSLWantReadError:
                if not await self._feed():
                    return b""
            except ssl.SSLError:  # an alert, a goodbye, or an end without one
                return b""
            else:
                self.received = self.received or bool(data)
                return data

    async def write(self, data: bytes) -> None:
        try:
            self._tls.write(data)
        except ssl.SSLError as error:
            raise ConnectionResetError(str(error)) from error
        await self._flush()

    async def close(self) -> None:
        with contextlib.suppress(ssl.SSLError):  # we do not wait for the agent's goodbye
            self._tls.unwrap()
        with contextlib.suppress(ConnectionError):
            await self._flush()
        await self._outer.close()

    def abort(self) -> None:
        self._outer.abort()


async def speak(visit: Visit, certificates: Certificates, follow: Follow) -> None:
    """Shake hands, record the handshake, and go on with what is inside."""
    line, recording = visit.line, visit.recording
    try:
        while (hello := client_hello(line.ahead)) is None:
            if not await line.look() or line.ended:
                raise ValueError("the connection ended early")
        sni = server_name(hello)
    except ValueError:
        recording.stream(visit.endpoint, visit.began, line.ahead, "tls")
        return
    index = recording.add(
        TlsFlow(
            started=recording.since(visit.began),
            connection=visit.connection.number,
            sni=sni,
            port=visit.endpoint.port,
            client_hello=hello,
        )
    )
    if visit.endpoint.port == _DNS_OVER_TLS:
        recording.amend(index, error="DNS over TLS is refused")
        return
    try:
        secured = _Secured(line, certificates.context(sni or visit.endpoint.host))
        await secured.shake_hands()
    except (OSError, ValueError, BrokeOffError) as error:  # ssl.SSLError is an OSError
        recording.amend(index, error=_reason(error))
        return
    patient = visit.patient or secured.protocol is not None
    try:
        await follow(replace(visit, line=Line(secured), secure=True, sni=sni, patient=patient))
    finally:
        if not secured.received:
            recording.amend(index, error="nothing was sent after the handshake")


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    return str(error)

"""The certificate authority of a lab."""

from pathlib import Path

from mitmproxy.certs import CertStore

NAME = "mitmproxy"
"""The file name under which the interceptor looks for its authority."""


def create(folder: Path) -> None:
    """Create an authority, with its key, in a folder that no agent sees.

    Its subject names neither this tool nor the library: an agent can read its certificate.
    """
    CertStore.create_store(
        folder, NAME, key_size=2048, organization="Local Development", cn="Local Root CA"
    )


def certificate(folder: Path) -> str:
    """The authority's certificate (PEM)."""
    return (folder / f"{NAME}-ca-cert.pem").read_text(encoding="ascii")

"""Tar archives, well-formed and not."""

import io
import tarfile


def tar_bytes(members, form=tarfile.PAX_FORMAT):
    """An archive of `(name, content or type flag or TarInfo)` members."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=form) as tar:
        for name, what in members:
            member = what if isinstance(what, tarfile.TarInfo) else tarfile.TarInfo(name)
            member.name = name
            content = what if isinstance(what, bytes) else b""
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()

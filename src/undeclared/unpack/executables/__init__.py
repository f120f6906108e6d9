"""Executables with a program inside."""

from collections.abc import Iterator

from undeclared.unpack.executables import bun, deno, nexe, pkg, pyinstaller, sea
from undeclared.unpack.executables.image import Image, images
from undeclared.unpack.piece import HOSTILE, Budget, Embedded, Stopped

_FORMATS = (
    bun.embedded,
    sea.embedded,
    deno.embedded,
    pyinstaller.embedded,
    nexe.embedded,
    pkg.embedded,
)

__all__ = ["Image", "images", "programs"]


def programs(image: Image, budget: Budget) -> Iterator[Embedded]:
    """All programs in an executable, whatever put them there; usually none or one."""
    for embedded in _FORMATS:
        try:
            found = embedded(image, budget)
        except Stopped:
            raise
        except HOSTILE:
            continue
        if found:
            yield found

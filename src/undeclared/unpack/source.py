"""Everything that can be scanned in a folder, an archive or an executable."""

import mmap
import os
import stat
from collections.abc import Container, Iterator
from pathlib import Path

from undeclared.model import NotFound
from undeclared.model.code import FileKind, Omission, SourceFile
from undeclared.unpack import containers, html, sourcemap
from undeclared.unpack.executables import images, programs
from undeclared.unpack.executables.carve import text_runs
from undeclared.unpack.kinds import is_native, kind_of
from undeclared.unpack.labels import Labels, label, printable
from undeclared.unpack.limits import DEFAULT, Limits
from undeclared.unpack.piece import HOSTILE, Budget, Fault, Pieces, Stopped
from undeclared.unpack.wide import narrowed

_MAPPED_FROM = 1 << 20
_SCRIPTS = (FileKind.JAVASCRIPT, FileKind.TYPESCRIPT)
_CODE = (*_SCRIPTS, FileKind.PYTHON)
Given = Iterator[SourceFile | Omission]


def source_files(target: Path, limits: Limits = DEFAULT, without: Container[str] = ()) -> Given:
    """Every file in `target`, which is a folder, an archive or an executable, opened all the way.

    Containers are opened, and given themselves only if nothing came out; of an executable the bytes
    that belong to no program inside are given too. Text in UTF-16 is given as UTF-8. One at a time,
    in the order of the names; large ones as a view of a memory map, which lives as long as the
    view. No link is followed, nothing is run, and nothing is written but nameless temporary files
    for what is large when decompressed. What is in `without`, as the name of a folder or a path in
    `target`, is passed over: that is for what we put there ourselves.

    What cannot be opened is an Omission and the rest still comes; so is the end at a limit.
    Raises NotFound if there is no `target`, or it cannot be read.
    """
    try:
        found = target.stat()
        if stat.S_ISDIR(found.st_mode):
            os.scandir(target).close()
        elif stat.S_ISREG(found.st_mode):
            target.open("rb").close()
        else:
            raise OSError("neither a file nor a folder")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise NotFound(
            f"{target} cannot be read: {why}",
            means="nothing was scanned",
            next_step="Name a folder, an archive or an executable that you may read.",
        ) from error
    return _timed(target, Budget(limits), without)


def _timed(target: Path, budget: Budget, without: Container[str]) -> Given:
    budget.resume()
    for given in _Walk(budget, without).start(target):
        budget.pause()
        yield given
        budget.resume()


class _Walk:
    def __init__(self, budget: Budget, without: Container[str] = ()) -> None:
        self._budget = budget
        self._without = without
        self._limits = budget.limits
        self._labels = Labels()

    def start(self, target: Path) -> Given:
        folder = target.is_dir()
        name = "." if folder else label(target.name, self._limits)
        try:
            yield from self._folder(target) if folder else self._file(target.resolve(), name)
        except Stopped as stop:
            yield Omission(path=name, what=f"stopped before its end: {stop}")

    def _folder(self, root: Path) -> Given:
        refused: list[OSError] = []
        for place, folders, names in os.walk(root, onerror=refused.append):
            folders[:] = sorted(name for name in folders if name not in self._without)
            inner = Path(place).relative_to(root)
            if len(inner.parts) >= self._limits.max_depth:
                folders.clear()
                yield self._omitted(inner.as_posix(), "its folders are too deep to be read")
            for name in sorted((*names, *(one for one in folders if _linked(place, one)))):
                if (path := (inner / name).as_posix()) not in self._without:
                    yield from self._entry(root, Path(place, name), path)
            for error in refused:
                where = os.path.relpath(error.filename or place, root)
                yield self._omitted(where, f"the folder cannot be read: {error.strerror}")
            refused.clear()

    def _entry(self, root: Path, file: Path, name: str) -> Given:
        self._budget.check()
        name = label(name, self._limits)
        try:
            mode = file.lstat().st_mode
            if stat.S_ISLNK(mode):
                # What a link within the folder names comes by itself.
                if not file.resolve().is_relative_to(root.resolve()):
                    yield self._omitted(name, "a link out of the folder, not followed")
            elif not stat.S_ISREG(mode):
                yield self._omitted(name, "neither a file nor a folder")
            else:
                yield from self._file(file, name)
        except (OSError, RuntimeError, ValueError) as error:
            yield self._omitted(name, f"cannot be read: {getattr(error, 'strerror', '') or error}")

    def _file(self, file: Path, name: str) -> Given:
        try:
            data = _read(file)
        except (OSError, ValueError) as error:
            yield self._omitted(name, f"cannot be read: {getattr(error, 'strerror', '') or error}")
            return
        yield from self._opened(name, data, 0)

    def _opened(self, name: str, data: memoryview, depth: int) -> Given:
        """One file, or all that is in it."""
        self._budget.check()
        if len(data) > self._limits.max_file_bytes:
            yield self._omitted(name, f"it has more than {self._limits.max_file_bytes} bytes")
            return
        inside = containers.opener(name, data)
        native = inside is None and is_native(bytes(data[:64]))
        if (inside or native) and depth >= self._limits.max_nesting:
            yield self._omitted(name, f"more than {self._limits.max_nesting} containers deep")
            yield self._given(name, data, kind_of(name, data))
        elif inside:
            nothing = True
            for given in self._pieces(name, inside(data, self._budget), depth):
                nothing &= isinstance(given, Omission)
                yield given
            if nothing:
                yield self._given(name, data, kind_of(name, data))
        elif native:
            yield from self._executable(name, data, depth)
        else:
            yield from self._plain(name, data, depth)

    def _plain(self, name: str, data: memoryview, depth: int) -> Given:
        unread = containers.unread(data)
        if unread:
            yield self._omitted(name, f"{unread} is not opened")
        after = containers.appended(data)
        data = data if after else narrowed(data)
        kind = kind_of(name, data[:after])
        yield self._given(name, data[:after], kind)
        if depth >= self._limits.max_nesting:
            return
        if after:
            yield from self._pieces(name, containers.unzip(data, self._budget), depth)
        if kind is FileKind.SOURCE_MAP:
            yield from self._pieces(name, sourcemap.sources(data, self._budget), depth)
        elif kind in _SCRIPTS:
            yield from self._pieces(name, sourcemap.inline(data, self._budget), depth)
        elif kind is FileKind.TEXT and html.is_page(name, data):
            yield from self._pieces(name, html.scripts(data, self._budget), depth)

    def _executable(self, name: str, data: memoryview, depth: int) -> Given:
        taken: list[tuple[int, int]] = []
        for image in images(data):
            for program in programs(image, self._budget):
                taken.append((image.base + program.start, image.base + program.end))
                yield from self._pieces(name, program.pieces, depth)
            if image.end < len(image.data) and (what := containers.unread(image.data[image.end :])):
                yield self._omitted(name, f"{what} in it is not opened")
        after = containers.appended(data)
        if after:
            taken.append((after, len(data)))
            yield from self._pieces(name, containers.unzip(data, self._budget), depth)
        if b"UPX!" in bytes(data[:4096]):
            yield self._omitted(name, "it is packed by UPX, so that its strings cannot be read")
        if not taken:
            for start, end in text_runs(data):
                self._budget.check()
                run = data[start:end]
                kind = kind_of("", run)
                if kind in _CODE:
                    taken.append((start, end))
                    yield self._given(f"{name}!/text at {start:#x}", run, kind)
        for start, end in _rest(taken, len(data)):
            own = name if not start else f"{name}!/native at {start:#x}"
            yield self._given(own, data[start:end], FileKind.NATIVE)

    def _pieces(self, name: str, pieces: Pieces, depth: int) -> Given:
        try:
            for piece in pieces:
                self._budget.check()
                inner = label(piece.name, self._limits)
                if isinstance(piece, Fault):
                    yield self._omitted(f"{name}!/{inner}" if inner else name, piece.what)
                elif piece.kind:
                    yield self._given(f"{name}!/{inner}", piece.data, piece.kind)
                else:
                    yield from self._opened(f"{name}!/{inner}", piece.data, depth + 1)
        except Stopped:
            raise
        except HOSTILE as error:
            why = str(error) or type(error).__name__
            yield self._omitted(name, f"could not be opened to its end: {why}")

    def _given(self, name: str, data: memoryview, kind: FileKind) -> SourceFile:
        self._budget.give(len(data))
        return SourceFile(self._labels.unique(name), kind, data)

    def _omitted(self, name: str, what: str) -> Omission:
        self._budget.give(0)
        return Omission(path=label(name, self._limits), what=printable(what[:300]))


def _linked(place: str, folder: str) -> bool:
    return Path(place, folder).is_symlink()


def _read(file: Path) -> memoryview:
    """All bytes of a file, mapped where that is worth it; no link, nothing that blocks."""
    handle = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as stream:
        size = os.fstat(handle).st_size
        if size < _MAPPED_FROM:
            return memoryview(stream.read(_MAPPED_FROM * 2))
        return memoryview(mmap.mmap(handle, 0, access=mmap.ACCESS_READ))


def _rest(taken: list[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    """What is in none of the spans; a few bytes between two are nothing."""
    at = 0
    for start, end in sorted(taken):
        if start - at > (0 if not at else 64):
            yield at, start
        at = max(at, end)
    if size - at > (0 if not at else 64):
        yield at, size

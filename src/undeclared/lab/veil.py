"""Folders of this machine, lent to an agent without their paths.

A bind mount shows where its folder is in the file system that it comes from, for everybody to read
in `/proc/self/mountinfo`: `/home/alice/.cache/…`. An overlay of a single folder shows the words in
which the folder was named when it was mounted, and here that is a number.
"""

import os
import re
import subprocess
from pathlib import Path


def lend(folders: list[Path], space: Path) -> dict[Path, Path]:
    """Mount each folder again, read-only, below an existing folder `space` of our own mounts.

    Returns where each is now. One with other file systems mounted in it stays where it is, since
    an overlay would hide them; so do all where the kernel lends no overlays to users (before
    Linux 5.11).
    """
    mounted = _mount_points()
    lent: dict[Path, Path] = {}
    (space / "nothing").mkdir(parents=True)
    for number, folder in enumerate(dict.fromkeys(folders)):
        real = folder.resolve()
        lent[folder] = folder
        if real.is_dir() and not any(point.is_relative_to(real) for point in mounted - {real}):
            place = space / f"lent-{number}"
            if _overlay(real, place, space):
                lent[folder] = place
    return lent


def _overlay(folder: Path, place: Path, space: Path) -> bool:
    lower = space / str(place.name.removeprefix("lent-"))
    for made in (lower, place):
        made.mkdir()
    steps = (
        ["mount", "--bind", str(folder), str(lower)],
        [
            "mount",
            "-t",
            "overlay",
            "-o",
            f"ro,lowerdir={lower.name}:nothing",
            "overlay",
            place.name,
        ],
        ["umount", "--lazy", str(lower)],
    )
    return all(
        subprocess.run(step, cwd=space, check=False, capture_output=True).returncode == 0
        for step in steps
    )


def _mount_points() -> set[Path]:
    lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    return {_path(line.split(b" ")[4]) for line in lines}


def _path(field: bytes) -> Path:
    """A path as mountinfo writes it: spaces and the like as octal numbers (proc(5))."""
    raw = re.sub(rb"\\([0-7]{3})", lambda octal: bytes([int(octal[1], 8)]), field)
    return Path(os.fsdecode(raw))

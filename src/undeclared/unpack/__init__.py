"""Hostile archives and executables to plain files, within hard limits."""

from undeclared.unpack.archive import Unpacked, unpack_archive
from undeclared.unpack.limits import Limits
from undeclared.unpack.source import source_files
from undeclared.unpack.tree import tree
from undeclared.unpack.wheel import OURS

__all__ = ["OURS", "Limits", "Unpacked", "source_files", "tree", "unpack_archive"]

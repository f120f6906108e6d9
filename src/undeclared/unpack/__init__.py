"""Hostile archives and executables to plain files, within hard limits."""

from undeclared.unpack.archive import Unpacked, unpack_archive
from undeclared.unpack.limits import Limits
from undeclared.unpack.source import source_files
from undeclared.unpack.tree import tree

__all__ = ["Limits", "Unpacked", "source_files", "tree", "unpack_archive"]

"""Hostile archives to plain files, within hard limits."""

from undeclared.unpack.archive import Unpacked, unpack_archive
from undeclared.unpack.limits import Limits
from undeclared.unpack.tree import tree

__all__ = ["Limits", "Unpacked", "tree", "unpack_archive"]

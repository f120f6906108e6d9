"""What Python programs read, compare and send, found without running them.

An abstract interpretation (Cousot and Cousot, POPL 1977) over tree-sitter's syntax tree, which
gets through errors and old syntax: values are sets of constants, names from outside, objects of
the program, and facts of the machine.
"""

from undeclared.static.python.program import analyse, analyse_program

__all__ = ["analyse", "analyse_program"]

"""undeclared: find what a coding agent sends out that nobody declared."""

__version__ = "0.1.0"

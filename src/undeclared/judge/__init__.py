"""Turns observations into findings. Pure: no I/O beyond the catalogue."""

from undeclared.judge.canaries import canary_findings
from undeclared.judge.code import code_findings
from undeclared.judge.comparison import Column, compared
from undeclared.judge.contacts import contacts
from undeclared.judge.contents import contents, sought
from undeclared.judge.difference import difference
from undeclared.judge.findings import findings
from undeclared.judge.optouts import opt_out_findings, opt_outs, opted_out_hosts
from undeclared.judge.sites import hidden_in_code, reads_in_code

__all__ = [
    "Column",
    "canary_findings",
    "code_findings",
    "compared",
    "contacts",
    "contents",
    "difference",
    "findings",
    "hidden_in_code",
    "opt_out_findings",
    "opt_outs",
    "opted_out_hosts",
    "reads_in_code",
    "sought",
]

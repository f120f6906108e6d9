"""Measures this tool on specimens: small programs with a known truth.

specimens    folders with programs, and what is true of them
score        one report against one truth
baselines    what simpler methods say of the same runs
summary      rates over many, with intervals
drive        audits each specimen, keeps each result
table        the summary for a person
"""

from undeclared.bench.drive import DEFAULT_SIGNALS, BenchRequest, bench
from undeclared.bench.summary import Summary
from undeclared.bench.table import render

__all__ = ["DEFAULT_SIGNALS", "BenchRequest", "Summary", "bench", "render"]

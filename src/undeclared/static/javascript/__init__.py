"""What a program in JavaScript or TypeScript reads, compares and sends on."""

from collections.abc import Collection, Iterable
from functools import partial

from undeclared.catalogue.agent import AgentProfile
from undeclared.catalogue.syntax import javascript
from undeclared.model.code import HiddenConstants, Omission, SourceFile
from undeclared.static.facts import Facts
from undeclared.static.javascript.beginnings import beginnings, needles
from undeclared.static.javascript.conditions import Conditions
from undeclared.static.javascript.constants import Constants
from undeclared.static.javascript.flow import Flow
from undeclared.static.javascript.naming import Naming
from undeclared.static.javascript.program import Program
from undeclared.static.javascript.sinks import Sinks
from undeclared.static.javascript.sources import Sources
from undeclared.static.search import Search, find
from undeclared.static.signals import Signals

__all__ = ["analyse"]


def analyse(
    file: SourceFile,
    hidden: Iterable[HiddenConstants] = (),
    profile: AgentProfile | None = None,
    search: Search | None = None,
    only: Collection[str] | None = None,
) -> Facts:
    """Search a file for reads of facts of the machine, and follow each through the program.

    Only slices around what is of interest are parsed. `hidden` are the constants of this file
    that were decoded; the first is asked for when it is needed. `profile` names further variables
    that are signals; `search` finds texts in this file; `only` are the signals asked about.
    """
    data, syntax, signals = bytes(file.data), javascript(), Signals(profile, only)
    found, unseen = beginnings(data, (search or partial(find, data))(needles()), signals)
    if not found and not unseen:
        return Facts()
    program = Program(file._replace(data=data), syntax.ordinary)
    naming = Naming(program, syntax)
    constants = Constants(program, naming, hidden, syntax.iterations)
    conditions = Conditions(program, constants)
    sinks = Sinks(program, naming, syntax)
    flow = Flow(program, naming, constants, conditions, sinks, syntax)
    sources = Sources(program, naming, constants, flow, syntax, signals)
    flow.sources = sources
    sources.begin(found)
    flow.run()
    sinks.rest()
    # Without circles, all trees are gone with the last name of them; nobody has to look for them.
    flow.sources = None
    program.forget()
    omissions = []
    if unseen:
        what = f"{unseen} further places where a read may begin were not looked at"
        omissions.append(Omission(path=file.path, what=what))
    if flow.cut:
        what = (
            f"{flow.cut} ways of what comparisons choose were not followed to their end: "
            "more may be sent than is told"
        )
        omissions.append(Omission(path=file.path, what=what))
    return Facts(
        tuple(sources.found.values()),
        tuple(conditions.found.values()),
        tuple(sinks.found.values()),
        tuple(omissions),
    )

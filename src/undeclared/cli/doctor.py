"""`undeclared doctor`: can this machine run a lab, and what to do if not."""

import json
from textwrap import fill
from typing import TYPE_CHECKING

import click

from undeclared.cli.output import colour, deliver, width

if TYPE_CHECKING:
    from undeclared.lab.doctor import Diagnosis, Piece

_COLOURS = {"ok": "green", "limited": "yellow", "missing": "red"}
_LABEL = 9
_NAME = 17


@click.command()
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the findings are written.",
)
def doctor(form: str) -> int:
    """Say whether this machine can run a lab, and what to do if not."""
    from undeclared.lab import doctor as lab
    from undeclared.model import ExitCode

    diagnosis = lab.Diagnosis(pieces=tuple(lab.examine()))
    deliver(_json(diagnosis) if form == "json" else _text(diagnosis))
    return ExitCode.DONE if diagnosis.able else ExitCode.INCOMPLETE


def _json(diagnosis: "Diagnosis") -> str:
    pieces = [piece.model_dump(mode="json") for piece in diagnosis.pieces]
    return json.dumps({"able": diagnosis.able, "pieces": pieces}, indent=2) + "\n"


def _text(diagnosis: "Diagnosis") -> str:
    blocks = [_block(piece) for piece in diagnosis.pieces]
    states = [piece.state.value for piece in diagnosis.pieces]
    if not diagnosis.able:
        verdict = f"This machine cannot run a lab: {states.count('missing')} of its pieces missing."
    elif "limited" in states:
        verdict = f"This machine can run a lab; limited in {states.count('limited')} of its pieces."
    else:
        verdict = "This machine can run a lab."
    return "\n".join([*blocks, "", verdict, ""])


def _block(piece: "Piece") -> str:
    from undeclared.report.escape import lines

    state = piece.state.value
    label = f"{state:<{_LABEL}}"
    if colour():
        label = click.style(label, fg=_COLOURS[state])
    block = [f"{label}{piece.id:<{_NAME}} {lines(piece.found)}"]
    for name, text in (("means", piece.means), ("do", piece.fix)):
        for number, line in enumerate((text or "").splitlines()):
            margin = " " * _LABEL + (f"{name:<7}" if number == 0 else " " * 7)
            # What is indented is to be typed or copied as it is.
            if line.startswith(" "):
                block.append(margin + line)
            else:
                block.append(
                    fill(line, width(), initial_indent=margin, subsequent_indent=" " * (_LABEL + 7),
                         break_on_hyphens=False, break_long_words=False)
                )  # fmt: skip
    return "\n".join(block)

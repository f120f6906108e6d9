"""A real lab, and a real run in it: what all other pieces are for."""

import time
from importlib import resources
from pathlib import Path

from undeclared.catalogue import AgentProfile, Examples, Wire, scenarios
from undeclared.lab.doctor.piece import Piece, missing, ok
from undeclared.lab.pool import Lab
from undeclared.lab.target import Target
from undeclared.model import Environment, Outcome, Phase, Trial, UndeclaredError

_SCENARIO = "hello"
_PROFILE = AgentProfile(
    id="visitor",
    title="A program that asks the model once",
    command=("python3", "visitor.py", "{prompt}"),
    cwd="artifact",
    wire=Wire.ANTHROPIC_MESSAGES,
    base_url_env="MODEL_BASE_URL",
    key_env="MODEL_API_KEY",
    ca_env=("SSL_CERT_FILE",),
    examples=Examples(match=("visitor",), reject=("other",)),
)


def rehearse() -> list[Piece]:
    """Start a lab, and carry out one run in it."""
    scenario = scenarios()[_SCENARIO]
    guest = Path(str(resources.files("undeclared.lab").joinpath("guest")))
    began = time.monotonic()
    try:
        with Lab(Target(profile=_PROFILE, root=guest, program=None), scenario, {}, jobs=1) as lab:
            started = time.monotonic() - began
            trial = Trial(
                id="rehearsal", phase=Phase.PREFLIGHT, block=0, environment=Environment.of({})
            )
            (run,) = lab.run([trial])
    except UndeclaredError as error:
        return [missing("lab", error.what, error.next_step)]
    lab_piece = ok("lab", f"sealed and ready in {started:.1f} s")
    answer = run.stdout.decode(errors="replace").strip()
    if run.outcome is Outcome.COMPLETED and answer in scenario.turns[-1].text:
        return [lab_piece, ok("run", f"reached its answer in {run.seconds:.2f} s")]
    why = run.reason or f"the model's answer arrived as {answer!r}"
    return [lab_piece, missing("run", why, "Report this as a bug, with this output.")]

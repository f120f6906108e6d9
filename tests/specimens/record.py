"""Records the request bodies that test_receiver.py replays: python tests/specimens/record.py."""

import tempfile
from pathlib import Path

from oracle import HERE, SPECIMENS, read, run, triggers
from verify import body


def main() -> None:
    specimen = read(SPECIMENS / "s0001")
    with tempfile.TemporaryDirectory() as place:
        _, seen = next(iter(run([SPECIMENS / "s0001"], Path(place))))
    for name, wanted in (("plain", False), ("swapped", True)):
        shown = next(own for own in seen if triggers(specimen, own.levels) == wanted)
        for turn, event in enumerate(shown.of("http"), start=1):
            (HERE / "bodies" / f"{name}-{turn}.json").write_bytes(body(event))


if __name__ == "__main__":
    main()

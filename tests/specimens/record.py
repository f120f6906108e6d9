"""Records the request bodies that test_receiver.py replays: python tests/specimens/record.py."""

import tempfile
from pathlib import Path

from oracle import HERE, SPECIMENS, run


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        seen = run(SPECIMENS / "s0001", Path(place))
    for name, zone in (("plain", "Etc/UTC"), ("swapped", "Asia/Urumqi")):
        levels = {"timezone": zone, "base-url-host": "gateway.example.com"}
        bodies = next(shown.bodies for shown in seen if shown.levels == levels)
        for turn, body in enumerate(bodies, start=1):
            (HERE / "bodies" / f"{name}-{turn}.json").write_bytes(body)


if __name__ == "__main__":
    main()

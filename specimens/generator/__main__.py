"""`python -m generator FOLDER`: write the specimens, all of them or those named."""

import argparse
import json
import sys
from pathlib import Path

from generator.population import programs
from generator.writing import SKIPPED, digest, write

MANIFEST = Path(__file__).parents[1] / "manifest.json"


def main() -> int:
    """Write specimens; with `--manifest`, write down what they are instead."""
    parser = argparse.ArgumentParser(description="Write specimens.")
    parser.add_argument("folder", type=Path, nargs="?", default=MANIFEST.parent / "generated")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="*", help="ids")
    parser.add_argument("--plain", action="store_true", help="no bundles, no executables")
    parser.add_argument("--manifest", action="store_true", help="write manifest.json anew")
    chosen = parser.parse_args()
    found = programs(chosen.seed)
    if chosen.manifest:
        told = {"seed": chosen.seed, "specimens": len(found), "sha256": digest(found)}
        MANIFEST.write_text(json.dumps(told, indent=2) + "\n")
        return 0
    written = 0
    for program in found:
        if (chosen.only and program.id not in chosen.only) or (chosen.plain and program.package):
            continue
        if write(program, chosen.folder):
            written += 1
        else:
            print(f"{program.id}: {SKIPPED} ({program.package})", file=sys.stderr)  # noqa: T201
    print(f"{written} specimens in {chosen.folder}")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())

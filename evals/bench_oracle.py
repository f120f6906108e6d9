"""Checks the truth of all generated specimens by running each, sealed, as tests do for a few.

python evals/bench_oracle.py --jobs 2
python evals/bench_oracle.py --form apostrophe --form tools-order
"""

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "specimens"), str(ROOT / "tests" / "specimens")]

from generator.population import programs  # noqa: E402 - found only there
from generator.writing import write  # noqa: E402
from oracle import read, run  # noqa: E402
from verify import problems  # noqa: E402


def check(folders: list[Path]) -> dict[str, list[str]]:
    """What does not fit, by specimen."""
    with tempfile.TemporaryDirectory() as place:
        return {
            folder.name: found
            for folder, shown in run(folders, Path(place))
            if (found := problems(read(folder), shown))
        }


def main() -> int:
    parser = argparse.ArgumentParser(description="Check the truth of specimens by running them.")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--form", action="append", help="only these; all without")
    parser.add_argument("--packages", action="store_true", help="bundles and executables as well")
    chosen = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as place:
        folders = [
            Path(place, own.id)
            for own in programs(chosen.seed)
            if (chosen.form is None or own.form.name in chosen.form)
            and (chosen.packages or not own.package)
            and write(own, Path(place))
        ]
        parts = [folders[number :: chosen.jobs] for number in range(chosen.jobs)]
        with ThreadPoolExecutor(chosen.jobs) as pool:
            wrong = {name: own for part in pool.map(check, filter(None, parts))
                     for name, own in part.items()}  # fmt: skip
    for name, found in sorted(wrong.items()):
        print(f"{name}: {'; '.join(found)}")
    print(f"{len(folders)} specimens, {len(wrong)} wrong, {time.monotonic() - began:.0f} s")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())

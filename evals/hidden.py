"""How many hidden constants are found, and how much else: thousands of generated programs.

Lists of hosts, URLs, time zones, locales and words are encoded by random compositions of decoders
and put into the text of real programs of this machine; beside them lie decoys: encoded random
bytes, hashes, images, lists of words in plain text.

    .venv/bin/python evals/hidden.py --cases 2000
"""

import argparse
import collections
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from static.hidden import concealing

from undeclared.model.code import FileKind, SourceFile
from undeclared.static.hidden import hidden


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--misses", type=int, default=10, help="how many to show")
    parser.add_argument("files", nargs="*", type=Path, help="programs to hide in, else a made one")
    wanted = parser.parse_args()
    around = [path.read_text(errors="replace") for path in wanted.files]
    found: collections.Counter[str] = collections.Counter()
    asked: collections.Counter[str] = collections.Counter()
    false = decoys = 0
    began = time.process_time()
    for number in range(wanted.cases):
        chance = random.Random(wanted.seed * 1_000_003 + number)
        case = concealing.case(chance)
        text = concealing.program(chance, case, chance.choice(around) if around else "")
        kind = FileKind.PYTHON if case.python else FileKind.JAVASCRIPT
        constants, _ = hidden(SourceFile("program", kind, text.encode()))
        hit = any(one.entries == case.entries for one in constants)
        others = [one for one in constants if not set(one.entries) & set(case.entries)]
        decoys += case.decoys
        false += len(others)
        for label in (*case.labels, "all"):
            asked[label] += 1
            found[label] += hit
        if (not hit or others) and wanted.misses > 0:
            wanted.misses -= 1
            print(f"{number}: {'' if hit else 'missed'} {case.steps} {case.entries}"[:300])
            print(f"   {case.text}"[:300])
            for one in constants:
                print(f"   {one.score} {one.decoder} {one.entries}"[:300])
    for label in sorted(asked):
        print(f"{label:30} {found[label]:6} of {asked[label]:6}  {found[label] / asked[label]:.3f}")
    print(f"reported besides: {false}, among {decoys} decoys")
    print(f"{(time.process_time() - began) / max(1, wanted.cases) * 1000:.1f} ms of CPU each")


if __name__ == "__main__":
    main()

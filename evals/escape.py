"""Every attempt to leave the lab: how it ended, and what listeners outside saw of it.

The attempts are those of `tests/escape`; beside each that is also made outside the lab, as a
control, stands how it ended there.

    python evals/escape.py
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "escape"))

import suite


def main() -> None:
    with suite.make_lab() as lab:
        result = suite.try_all(lab)
    print(suite.table(result))
    held = sum(row.held for row in result.rows)
    print(f"\n{held} of {len(result.rows)} attempts held in {result.run.seconds:.1f} s")
    if held < len(result.rows) or result.changes:
        sys.exit(f"NOT SEALED {result.changes}")


if __name__ == "__main__":
    main()

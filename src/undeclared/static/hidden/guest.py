"""Runs pieces of JavaScript that others wrote; a program of its own, with nothing at hand.

Started as `python -I -S guest.py FOLDER`, with the folder that QuickJS is in, without environment
and with no open files but three pipes. Every line of standard input is a JSON object,
`{"code": "…", "calls": ["…", …]}`; the answer is one line, a list with for each call the texts that
it gave, or why it gave none.
"""

import json
import resource
import sys

sys.path.append(sys.argv[-1])
import _quickjs as quickjs  # type: ignore[import-not-found]

MEMORY = 64 << 20
"""Bytes of one interpreter."""
PROCESS_MEMORY = 512 << 20
CPU_SECONDS = 20
"""Of the whole process."""
CALL_SECONDS = 0.5
"""Of a processor (QuickJS asks `clock(3)`)."""
STACK = 256 << 10
MAX_ANSWER = 1 << 20
"""Characters of what one call gives."""


def confine() -> None:
    """Take from this process what it does not need any more."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (PROCESS_MEMORY, PROCESS_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def answer(shims: str, code: str, calls: list[str]) -> list[object]:
    """What each call gives: a list of texts, or a text that says why there is none."""
    context = quickjs.Context()
    context.set_memory_limit(MEMORY)
    context.set_max_stack_size(STACK)
    context.set_time_limit(CALL_SECONDS)
    context.eval(shims)
    try:
        context.eval(code)
    except quickjs.JSException as error:
        return [str(error)[:200]] * len(calls)
    said: list[object] = []
    for call in calls:
        context.set_time_limit(CALL_SECONDS)
        try:
            text = context.eval(f"__texts({call})")
        except quickjs.JSException as error:
            said.append(str(error)[:200])
        else:
            fits = isinstance(text, str) and len(text) <= MAX_ANSWER
            said.append(json.loads(text) if fits else "more than can be taken")
    return said


def main() -> None:
    """Answer until nothing is asked any more."""
    with open(__file__.replace("guest.py", "shims.js"), encoding="utf-8") as file:  # noqa: PTH123
        shims = file.read()
    confine()
    for line in sys.stdin.buffer:
        asked = json.loads(line)
        try:
            said = answer(shims, asked["code"], asked["calls"])
        except MemoryError:
            said = ["out of memory"] * len(asked["calls"])
        sys.stdout.buffer.write(json.dumps(said).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()

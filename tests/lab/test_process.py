import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from undeclared.lab import process
from undeclared.lab.launch import Launch
from undeclared.lab.world import Folders

KEPT = 50_000
LAUNCH = Launch(
    folders=Folders(home=Path(), repository=Path(), tmp=Path(), shm=Path(), etc=Path()),
    sandbox=[],
    variables={},
    command=["true"],
    stdin=None,
)


@given(st.lists(st.binary(min_size=1, max_size=40_000), max_size=8))
def test_a_tail_is_the_end_of_what_was_written(chunks):
    async def write_all():
        reading, writing = os.pipe()
        tail = process.Tail(reading, asyncio.get_running_loop(), KEPT)
        for chunk in chunks:
            os.write(writing, chunk)
            await asyncio.sleep(0)
        os.close(writing)
        kept = tail.close()
        os.close(reading)
        return kept

    assert asyncio.run(write_all()) == b"".join(chunks)[-KEPT:]


def test_it_never_ends_processes_outside_a_namespace_of_its_own():
    with pytest.raises(RuntimeError, match="first process"):
        asyncio.run(process.run(LAUNCH, bwrap="bwrap", timeout=1))


@pytest.mark.parametrize(("code", "status"), [(0, 0), (3, 3), (128, 128), (137, -9), (255, 255)])
def test_a_status_above_128_is_a_signal(code, status):
    assert process._status(code << 8) == status

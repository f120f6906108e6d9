"""Imported by a specimen's Python before anything else; does what still.cjs does for Node.js."""

import datetime
import os
import random
import time
import uuid

CHANCE = float(os.environ["STILL_CHANCE"])
NOW = datetime.datetime(2026, 1, 5, 12, tzinfo=datetime.UTC)


class _Datetime(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW.astimezone(tz)


def _shuffle(items):
    if CHANCE < 0.5:
        items.reverse()


random.random = lambda: CHANCE
random.randint = lambda low, high: int(low + CHANCE * (high + 1 - low))
random.choice = lambda items: items[int(CHANCE * len(items))]
random.shuffle = _shuffle
os.urandom = lambda size: b"\x5a" * size
uuid.uuid4 = lambda: uuid.UUID("00000000-0000-4000-8000-000000000000")
time.time = NOW.timestamp
time.time_ns = lambda: int(NOW.timestamp()) * 10**9
datetime.datetime = _Datetime

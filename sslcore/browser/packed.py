"""Named arrays and facts in one run of bytes, made for a browser: typed arrays look straight into it.

    uint32, little-endian       length of the JSON that follows
    JSON                        {"facts": {...}, "arrays": {name: [type, shape, offset]}}, padded with spaces
    data                        each array at its offset from here, a multiple of 8, little-endian

Types are numpy's: u1, u2, u4, i4, f2, f4, f8.  `unpack` in view/components/kit/data.js reads it.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

ALIGNED = 8
TYPES = ("u1", "u2", "u4", "i4", "f2", "f4", "f8")


def pack(facts: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """The bytes of these facts (what JSON holds) and arrays; ValueError for a type that a browser has no array of."""
    places, parts, offset = {}, [], 0
    for name, array in arrays.items():
        kind = array.dtype.str[1:]
        if kind not in TYPES:
            raise ValueError(f"array {name!r} is {array.dtype}; a browser reads {', '.join(TYPES)}")
        content = np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()
        places[name] = [kind, list(array.shape), offset]
        parts.append(content + b"\0" * (-len(content) % ALIGNED))
        offset += len(parts[-1])
    head = json.dumps({"facts": facts, "arrays": places}, allow_nan=False).encode()
    head += b" " * (-(len(head) + 4) % ALIGNED)
    return len(head).to_bytes(4, "little") + head + b"".join(parts)


def unpack(content: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """What `pack` was given."""
    length = int.from_bytes(content[:4], "little")
    head = json.loads(content[4 : 4 + length])
    arrays = {
        name: np.frombuffer(content, f"<{kind}", math.prod(shape), 4 + length + offset).reshape(shape)
        for name, (kind, shape, offset) in head["arrays"].items()
    }
    return head["facts"], arrays

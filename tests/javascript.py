"""JavaScript without a browser: scripts of the components evaluated by V8, for what is a pure function in them."""

import base64
import json

from py_mini_racer import MiniRacer

from sslcore.view.components import HERE

# what a browser has and V8 alone has not: the JSON of packed arrays is ASCII
DECODER = "class TextDecoder { decode(bytes) { return String.fromCharCode(...bytes); } }"
# what comes back is JSON, which knows no typed arrays, and of numbers only those that are finite
PLAIN = (
    """(name, x) => ArrayBuffer.isView(x) ? Array.from(x) : typeof x === "number" && !Number.isFinite(x) ? `${x}` : x"""
)


def evaluated(scripts, expression, **given):
    """What an expression makes, in the scope of these scripts (their paths in the components) and of values: JSON, or
    bytes as a Uint8Array."""
    values = "\n".join(f"const {name} = {_literal(value)};" for name, value in given.items())
    code = "\n".join((HERE / script).read_text().replace("export default ", "const component = ") for script in scripts)
    return json.loads(MiniRacer().eval(f"{DECODER}\n{code}\n{values}\nJSON.stringify({expression}, {PLAIN})"))


def _literal(value):
    if isinstance(value, bytes):
        return f"Uint8Array.fromBase64('{base64.b64encode(value).decode()}')"
    return json.dumps(value)

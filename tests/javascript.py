"""JavaScript without a browser: scripts of the components evaluated by V8, for what is a pure function in them."""

import json

from py_mini_racer import MiniRacer

from sslcore.view.components import HERE

# what a browser has and V8 alone has not: the JSON of packed arrays is ASCII
DECODER = "class TextDecoder { decode(bytes) { return String.fromCharCode(...bytes); } }"
# what comes back is JSON, which knows no typed arrays, and of numbers only those that are finite
PLAIN = """(name, x) => ArrayBuffer.isView(x) ? Array.from(x) : x === Infinity ? "inf" : Number.isNaN(x) ? "nan" : x"""


def evaluated(scripts, expression, **given):
    """What an expression makes, in the scope of these scripts (by their paths in the components) and of JSON values."""
    values = "\n".join(f"const {name} = {json.dumps(value)};" for name, value in given.items())
    code = "\n".join((HERE / script).read_text().replace("export default ", "const component = ") for script in scripts)
    return json.loads(MiniRacer().eval(f"{DECODER}\n{code}\n{values}\nJSON.stringify({expression}, {PLAIN})"))

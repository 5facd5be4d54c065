"""The project's own code, to be shown on a page: read from its files, so that nothing heavy is imported for it."""

import ast
import re
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[1]


def source(name: str) -> tuple[str, str, int]:
    """The text of a function or class, its file in the project and its first line."""
    path, parts = PACKAGE.parent, name.split(".")
    while (path / parts[0]).is_dir():
        path /= parts.pop(0)
    path = path / f"{parts.pop(0)}.py" if (path / f"{parts[0]}.py").exists() else path / "__init__.py"
    text = path.read_text()
    node: Any = ast.parse(text)
    for part in parts:
        node = next(n for n in node.body if getattr(n, "name", None) == part)
    lines = text.splitlines()[node.lineno - 1 : node.end_lineno]
    indent = len(lines[0]) - len(lines[0].lstrip())
    return "\n".join(line[indent:] for line in lines), str(path.relative_to(PACKAGE.parent)), node.lineno


def script(file: str, name: str) -> tuple[str, str, int]:
    """As `source`: a top-level function or class of a component's JavaScript, with the comment above it."""
    path = PACKAGE / "view" / "components" / file
    lines = path.read_text().splitlines()
    first = next(i for i, line in enumerate(lines) if re.match(rf"(function|class|const) {name}\b", line))
    last = next(i for i in range(first, len(lines)) if lines[i].startswith("}") or lines[i].endswith("};"))
    while lines[first - 1].startswith(("/**", " *")):
        first -= 1
    return "\n".join(lines[first : last + 1]), str(path.relative_to(PACKAGE.parent)), first + 1

"""The project's own code, to be shown on a page: read from its files, so that nothing heavy is imported for it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Objective:
    """What a page says of an objective."""

    formula: str  # the loss as TeX
    headline: tuple[str, ...]  # settings that come first
    forward: str  # the name of its code, for `source`


def objective(name: str) -> Objective | None:
    """The objective that a file of sslcore/objectives defines: its class is the one with a formula.  None for no file."""
    path = PACKAGE / "objectives" / f"{name}.py"
    if not path.is_file():  # of a run that was trained with a file that is gone
        return None
    classes = (node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef))
    cls, said = next((node, literals) for node in classes if "formula" in (literals := dict(_literals(node))))
    return Objective(said["formula"], said.get("headline", ()), f"sslcore.objectives.{name}.{cls.name}.forward")


def _literals(cls: ast.ClassDef) -> Iterator[tuple[str, Any]]:
    """The attributes that a class gives `formula` and `headline`."""
    for node in cls.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="formula" | "headline" as name)]):
                yield name, ast.literal_eval(node.value)


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

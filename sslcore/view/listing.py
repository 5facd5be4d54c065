"""The project's own code, to be shown on a page: read from its files, so that nothing heavy is imported for it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
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
    """The objective that a file of sslcore/objectives defines: the class with a formula.  None where no file does."""
    path = PACKAGE / "objectives" / f"{name}.py"
    return _defined(name, path.read_text()) if path.is_file() else None  # a run outlives the file it was trained by


@lru_cache
def _defined(name: str, text: str) -> Objective | None:
    for cls in ast.parse(text).body:
        if isinstance(cls, ast.ClassDef) and "formula" in (said := dict(_literals(cls))):
            forward = f"sslcore.objectives.{name}.{cls.name}.forward"
            return Objective(said["formula"], said.get("headline", ()), forward)
    return None


def _literals(cls: ast.ClassDef) -> Iterator[tuple[str, Any]]:
    """The attributes that a class gives `formula` and `headline`."""
    for node in cls.body:
        match node:
            case (
                ast.Assign(targets=[ast.Name(id="formula" | "headline" as name)], value=value)
                | ast.AnnAssign(target=ast.Name(id="formula" | "headline" as name), value=ast.expr() as value)
            ):
                yield name, ast.literal_eval(value)


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

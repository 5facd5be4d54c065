"""Type-checks each component's JavaScript as the one module that is served; findings name the files they are in."""

import importlib
import json
import pkgutil
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from sslcore.view import components  # noqa: E402


def modules() -> dict[str, list[Path]]:
    """The scripts of each component, by its name."""
    scripts = {"tick": [*components.KIT, components.HERE / "tick" / "tick.js"]}  # is no figure, and has but the kit
    for package in pkgutil.iter_modules(components.__path__, f"{components.__name__}."):
        for value in vars(importlib.import_module(package.name)).values():
            if isinstance(value, components.Component):
                scripts[value.name] = list(value.scripts)
    return scripts


def place(scripts: list[Path], line: int) -> str:
    """Where a line of the joined scripts stands."""
    for path in scripts:
        length = path.read_text().count("\n") + 1  # and the one that joins it to the next
        if line <= length:
            return f"{path.relative_to(ROOT)}:{line}"
        line -= length
    raise ValueError("that is beyond the last script")


def main() -> int:
    scripts = modules()
    with tempfile.TemporaryDirectory() as folder:
        for name, paths in scripts.items():
            (Path(folder) / f"{name}.js").write_text("\n".join(path.read_text() for path in paths))
        config = Path(folder) / "tsconfig.json"
        parts = {"extends": str(ROOT / "jsconfig.json"), "include": ["*.js", str(components.HERE / "types.d.ts")]}
        config.write_text(json.dumps(parts))
        told = subprocess.run([*sys.argv[1:], "--pretty", "false", "-p", str(config)], capture_output=True, text=True)
    findings = set()
    for line in told.stdout.splitlines():
        if at := re.match(r".*?(\w+)\.js\((\d+),\d+\): (.*)", line):
            findings.add(f"{place(scripts[at[1]], int(at[2]))}: {at[3]}")
        else:
            findings.add(line)
    print("\n".join(sorted(findings)) or f"{len(scripts)} components: no type error", told.stderr, sep="")
    return told.returncode


if __name__ == "__main__":
    sys.exit(main())

"""The house is small enough to be read: its files, lines and functions, and what stands at the package's root."""

import ast

from conftest import ROOT

FOLDERS = (ROOT / "sslcore", ROOT / "pages", ROOT / "tests")
KINDS = (".py", ".js", ".css")
FILES = [ROOT / "app.py", *(path for folder in FOLDERS for path in folder.rglob("*") if path.suffix in KINDS)]
TEXTS = {str(path.relative_to(ROOT)): path.read_text() for path in sorted(FILES)}


def test_no_file_is_longer_than_250_lines():
    assert [name for name, text in TEXTS.items() if len(text.splitlines()) > 250] == []


def test_no_line_is_wider_than_120_characters():
    wide = [(name, i) for name, text in TEXTS.items() for i, line in enumerate(text.splitlines(), 1) if len(line) > 120]
    assert [f"{name}:{i}" for name, i in wide] == []


def test_no_function_is_longer_than_60_lines():
    functions = [
        (name, node)
        for name, text in TEXTS.items()
        if name.endswith(".py")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    ]
    assert [f"{name}:{f.lineno} {f.name}" for name, f in functions if f.end_lineno - f.lineno + 1 > 60] == []


def test_at_most_nine_modules_stand_at_the_root():
    assert len(list((ROOT / "sslcore").glob("*.py"))) <= 9

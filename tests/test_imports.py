"""The import order of the package, and what a page may not load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

# a module may import only modules on lines above its own
ORDER = [
    ["settings", "files", "packed", "distributed", "gallery"],
    ["information", "losses", "networks", "augment", "data", "temperature", "neighbours", "plane", "optimisers"],
    ["snapshots", "maps"],
    ["objectives"],
    ["config"],
    ["run"],
    ["card"],
    ["latent", "decoder"],
    ["memory", "likelihood"],
    ["train"],
    ["evaluate", "project", "invariance"],
    ["jobs"],
    ["bench"],
    ["view"],
    ["__main__"],
]
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
FILES = [
    path for path in (ROOT / "sslcore").rglob("*.py") if path.name != "__init__.py" or path.parent.name != "sslcore"
]


def imported(path: Path) -> set[str]:
    """The modules of sslcore that a file imports anywhere, and the top-level names of all others."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_left(path):
    module = path.relative_to(ROOT / "sslcore").parts[0].removesuffix(".py")
    others = {name.split(".")[1] for name in imported(path) if name.startswith("sslcore.")} & RANK.keys()
    # run.py is read by pages without torch: it asks for config and objectives only inside functions
    late = {other for other in others if other != module and RANK[other] >= RANK[module]} - (
        {"information"} if module == "information" else set()
    )
    assert not late, f"{path.name} imports {late}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_view_knows_streamlit(path):
    if "view" not in path.parts:
        assert not any(name.split(".")[0] == "streamlit" for name in imported(path))


def test_charts_know_no_streamlit():
    for path in (ROOT / "sslcore" / "view").glob("*.py"):
        assert not any(name.split(".")[0] == "streamlit" for name in imported(path)), path.name


@pytest.mark.parametrize(
    "page",
    ["app.py", "pages/1_Latent_space.py", "pages/5_Temperature.py", "pages/7_Training.py", "pages/8_Evaluation.py"],
)
def test_pages_on_baked_data_load_nothing_heavy(page, trained):
    """Runs the page in a process of its own and reads sys.modules."""
    script = (
        "import sys; from streamlit.testing.v1 import AppTest; "
        f"app = AppTest.from_file({str(ROOT / page)!r}, default_timeout=60).run(); "
        "assert not app.exception, app.exception; "
        "print([m for m in ('torch', 'umap', 'numba', 'sklearn') if m in sys.modules])"
    )
    environment = {"PATH": "", "SSLCORE_CHECKPOINTS": str(trained), "PYTHONPATH": str(ROOT), "HOME": str(trained)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, cwd=ROOT)
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stdout + done.stderr

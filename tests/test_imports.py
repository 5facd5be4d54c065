"""The import order of the package, and what a page may not load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

# a module may import only modules on lines above its own, or of its own folder
ORDER = [
    ["settings", "files", "distributed", "named"],
    ["latent", "temperature", "losses", "information", "data"],
    ["augment", "networks"],
    ["objectives"],
    ["run"],
    ["browser", "project"],
    ["train"],
    ["evaluate"],
    ["jobs"],
    ["bench"],
    ["view"],
    ["__main__"],
]
VIEW = [
    ["colours", "listing", "threads", "baselines"],
    ["charts"],
    ["freeze", "tiles", "cached", "faces"],
    ["temperature"],  # its figures are arrays and facts in, Plotly out: a component has them too
    ["components"],
    ["widgets"],
    [
        "home",
        "latent_space",
        "reconstructions",
        "interpolation",
        "augmentations",
        "information",
        "training",
        "evaluation",
    ],
]
FILES = [path for path in (ROOT / "sslcore").rglob("*.py") if path.parent.name != "sslcore" or path.stem != "__init__"]


def imported(path: Path) -> set[str]:
    """The modules of sslcore that a file imports anywhere, and the top-level names of all others."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def late(path: Path, parent: tuple[str, ...], order: list[list[str]]) -> set[str]:
    """The rooms of the folder `parent` that this file imports though they do not stand above its own."""
    rank = {name: place for place, names in enumerate(order) for name in names}
    own = path.relative_to(ROOT.joinpath(*parent)).parts[0].removesuffix(".py")
    depth = len(parent)
    parts = [name.split(".") for name in imported(path)]
    others = {p[depth] for p in parts if len(p) > depth and tuple(p[:depth]) == parent and p[depth] in rank}
    return {other for other in others if other != own and rank[other] >= rank.get(own, len(order))}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_left(path):
    assert not late(path, ("sslcore",), ORDER)


@pytest.mark.parametrize(
    "path",
    [path for path in FILES if "view" in path.relative_to(ROOT).parts],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_imports_point_left_inside_the_view(path):
    assert not late(path, ("sslcore", "view"), VIEW)


def test_every_room_has_its_place():
    def rooms(folder):
        return {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}

    assert rooms(ROOT / "sslcore") - {"__init__"} == {name for names in ORDER for name in names}
    assert rooms(ROOT / "sslcore" / "view") - {"__init__"} == {name for names in VIEW for name in names}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_view_knows_streamlit(path):
    if "view" not in path.relative_to(ROOT).parts:
        assert not any(name.split(".")[0] == "streamlit" for name in imported(path))


def test_charts_know_no_streamlit():
    for path in (ROOT / "sslcore" / "view").glob("*.py"):
        if path.stem == "cached":
            continue
        assert not any(name.split(".")[0] == "streamlit" for name in imported(path)), path.name


BAKED = ["app.py", "pages/1_Latent_space.py", "pages/5_Temperature.py", "pages/7_Training.py", "pages/8_Evaluation.py"]
EVERY = ["app.py", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "pages").glob("*.py"))]


def test_pages_on_baked_data_load_nothing_heavy(trained):
    assert_light(BAKED, trained)


def test_no_page_loads_anything_heavy_before_it_has_a_run_to_show(tmp_path):
    """Its frame is on the screen while torch is still being read."""
    assert_light(EVERY, tmp_path)


def assert_light(pages, checkpoints):
    """Runs the pages, one after the other, in a process of their own and reads sys.modules."""
    script = f"""
import sys
from streamlit.testing.v1 import AppTest

for page in {pages}:
    app = AppTest.from_file(page, default_timeout=120).run()
    assert not app.exception, app.exception
    heavy = [m for m in ("torch", "lightning_fabric", "umap", "numba", "sklearn") if m in sys.modules]
    assert not heavy, (page, heavy)
"""
    environment = {
        "PATH": "",
        "SSLCORE_CHECKPOINTS": str(checkpoints),
        "PYTHONPATH": str(ROOT),
        "HOME": str(checkpoints),
    }
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, cwd=ROOT)
    assert done.returncode == 0, done.stderr

"""The JavaScript that is served: each component is one module that loads, of files and lines that can be read."""

import importlib
import pkgutil

import pytest
from py_mini_racer import MiniRacer

from sslcore.view import components

PACKAGES = [package.name for package in pkgutil.iter_modules(components.__path__) if package.ispkg]
REGISTERED = {
    value.name: value.scripts
    for package in PACKAGES
    for value in vars(importlib.import_module(f"{components.__name__}.{package}")).values()
    if isinstance(value, components.Component)
}
SCRIPTS = {**REGISTERED, "tick": [*components.KIT, components.HERE / "tick" / "tick.js"]}
FILES = sorted(components.HERE.rglob("*.js"))


def test_every_script_is_of_a_component():
    assert sorted({path for scripts in SCRIPTS.values() for path in scripts}) == FILES


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_component_is_one_module(name):
    """It loads: no name is declared twice, and no class extends or constant uses what only comes later."""
    module = "\n".join(path.read_text() for path in SCRIPTS[name])
    assert module.count("\nexport default ") == 1
    body = module.replace("export default ", "const component = ", 1)
    # in a block of strict code a second function of a name is an error, as it is in a module
    assert MiniRacer().eval(f'"use strict"; {{ {body}\n typeof component; }}') == "function"

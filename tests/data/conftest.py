"""No test of data reads the user's own cache or data root, or asks the network."""

import urllib.error
import urllib.request

import pytest

from sslcore.data import standard


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    path = tmp_path_factory.mktemp("cache") / "sslcore"
    monkeypatch.setenv("SSLCORE_CACHE", str(path))
    return path


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(urllib.request, "urlopen", refuse)


@pytest.fixture
def empty_root(tmp_path, monkeypatch):
    """A data root that holds nothing, and no other place to look."""
    monkeypatch.setenv("SSLCORE_DATA", str(tmp_path / "root"))
    monkeypatch.setattr(standard, "PROJECT", tmp_path / "elsewhere" / "project")
    monkeypatch.setattr(standard, "DEBIAN_FASHION_MNIST", tmp_path / "debian")
    return tmp_path / "root"

"""The server asks nobody for anything, also where somebody knocks who may not come in."""

import socket
import textwrap

import pytest
from streamlit.web.server.server_util import is_url_from_allowed_origins
from visitors import visitor
from websockets.exceptions import InvalidStatus

from sslcore.bench.chromium import server
from sslcore.view.widgets.frame import stay_offline

# notes every name that is looked up and every connection that leaves this machine
WATCH = """
    import os, socket

    def noted(ask, address_of):
        def asked(*words, **more):
            host = address_of(*words)
            if host not in (None, "", "localhost", "0.0.0.0") and not str(host).startswith(("127.", "::", "/")):
                with open(os.environ["ASKED"], "a") as file:
                    file.write(f"{host}\\n")
            return ask(*words, **more)
        return asked

    def to(this, address, *_):  # a datagram's socket that is connected sends nothing
        return None if this.type & socket.SOCK_DGRAM else address[0]

    socket.getaddrinfo = noted(socket.getaddrinfo, lambda host, *_: host)
    socket.socket.connect = noted(socket.socket.connect, to)
"""


def test_a_page_of_another_site_is_refused_and_nobody_is_asked(tmp_path, monkeypatch, trained):
    (tmp_path / "sitecustomize.py").write_text(textwrap.dedent(WATCH))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("ASKED", str(tmp_path / "asked"))
    with server(trained) as address:
        with visitor(address, origin=address) as welcome:
            assert welcome.run() == []
        with pytest.raises(InvalidStatus, match="403"), visitor(address, origin="http://198.51.100.7"):
            pass
    assert not (tmp_path / "asked").exists(), (tmp_path / "asked").read_text()


def test_the_watch_would_see_it(tmp_path, monkeypatch):
    monkeypatch.setenv("ASKED", str(tmp_path / "asked"))
    monkeypatch.setattr(socket, "getaddrinfo", socket.getaddrinfo)
    monkeypatch.setattr(socket.socket, "connect", socket.socket.connect)
    exec(textwrap.dedent(WATCH), {})
    with pytest.raises(OSError):  # noqa: PT011
        socket.create_connection(("nowhere.invalid", 80), timeout=1)
    assert (tmp_path / "asked").read_text() == "nowhere.invalid\n"


def test_an_origin_is_compared_with_this_machine_alone():
    stay_offline()
    assert is_url_from_allowed_origins("http://127.0.0.1:8501")
    assert not is_url_from_allowed_origins("http://198.51.100.7")

"""Pages without a browser."""

from pathlib import Path

from conftest import ROOT
from streamlit.testing.v1 import AppTest

PAGES = [ROOT / "app.py", *sorted((ROOT / "pages").glob("*.py"))]


def open_page(path: Path, **query: str) -> AppTest:
    app = AppTest.from_file(str(path), default_timeout=120)
    for name, value in query.items():
        app.query_params[name] = value
    return app.run()


def said(app: AppTest) -> str:
    """Everything in the page's messages."""
    return " ".join(message.value for kind in (app.info, app.warning, app.error) for message in kind)

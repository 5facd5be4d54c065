"""A server of the dashboard and a real Chromium to look at it with; tests use it too."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FIGURE = ".js-plotly-plot .main-svg, [data-testid=stImage] img, [data-testid=stHtml] img, .component[data-ready=true]"
# without these Chromium asks its makers' servers for this and that
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # and nobody else is there to be asked
)


@contextmanager
def server(checkpoints: Path | None = None, script: str = "app.py") -> Iterator[str]:
    """The address of a Streamlit server on a free port, stopped afterwards; no script is `streamlit hello`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = dict(os.environ) | ({"SSLCORE_CHECKPOINTS": str(checkpoints)} if checkpoints else {})
    what = ["run", script] if script else ["hello"]
    words = [sys.executable, "-m", "streamlit", *what, "--server.port", str(port), "--server.headless", "true"]
    process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1)
                break
            except OSError:
                if process.poll() is not None:
                    raise RuntimeError(f"streamlit ended with code {process.returncode}") from None
                time.sleep(0.25)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def chromium() -> Iterator[Any]:
    """A headless browser: an installed Chromium or Chrome, or Playwright's own (`playwright install chromium`)."""
    from playwright.sync_api import sync_playwright

    installed = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed, args=list(QUIET))
        yield browser
        browser.close()

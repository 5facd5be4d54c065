"""Freeze: a Plotly figure as ONE interactive HTML file that opens from disk, without a server and without a network."""

from html import escape

import plotly.graph_objects as go

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ margin: 1.5rem auto; padding: 0 1rem; max-width: 80rem }}
body {{ font-family: system-ui, sans-serif; color: #31333f; background: #fff }}
h1 {{ font-size: 1.5rem }}
</style>
<h1>{title}</h1>
<main>{figure}</main>
<footer>{about}</footer>
</html>
"""


def frozen(figure: go.Figure, title: str, about: str, name: str) -> bytes:
    """The file: `title` says what is seen, `about` where it is from (a line of Markdown), `name` its pictures' name."""
    camera = {"format": "png", "scale": 2, "filename": name}  # the page's own camera gives SVG
    tools = {"displaylogo": False, "responsive": True, "toImageButtonOptions": camera}
    white = go.Figure(figure).update_layout(template="plotly_white")
    html = white.to_html(include_plotlyjs=True, full_html=False, config=tools)
    line = escape("SSL Scope" + (" · " + about.replace("**", "") if about else ""))
    return PAGE.format(title=escape(title), figure=html, about=line).encode()

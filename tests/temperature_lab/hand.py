"""The hand on the temperature lab, and what it has measured."""

import numpy as np
from conftest import SHIPPED

from sslcore import temperature as t
from sslcore.run import Run


def measured(page):
    return page.locator(".temperature").evaluate(
        """root => Object.fromEntries(Object.entries(root.measured).map(([name, x]) =>
            [name, ArrayBuffer.isView(x) ? Array.from(x) : x]))"""
    )


def mark(page, name):
    return page.locator(f"[data-mark={name}]").get_attribute("d")


def set_tau(page, tau):
    """Through the slider itself, as a hand would."""
    page.locator(".temperature input[type=range]").evaluate(
        "(range, x) => { range.value = x; range.dispatchEvent(new Event('input')); }", float(np.log10(tau))
    )


def trained_at(name):
    return Run(SHIPPED / name).config.settings.temperature


def hardest(run, i, k):
    s = t.split(t.similarities(*run.pairs("test")))[1][i]
    return np.delete(np.arange(len(run.gallery)), i)[np.argsort(-s, kind="stable")[:k]]

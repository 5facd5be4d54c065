"""A fragment that runs again and again lets the page come to rest first."""

import pytest
from browsing import WAIT
from conftest import until
from playwright.sync_api import expect

from sslcore.bench.chromium import server
from sslcore.view.components import HERE

SCRIPT = """
import time
from pathlib import Path
import streamlit as st
from sslcore.view.components.tick import tick

LOG = Path(__file__).with_name(st.query_params["log"])

def note(what):
    with LOG.open("a") as file:
        file.write(f"{what} {time.monotonic():.3f}\\n")

@st.fragment
def look():
    note("look")
    begun = LOG.read_text().split("begin")[1:]
    if len(begun) < 2 or begun[-1].count("look") < 4:
        tick(0.2, "test")
    else:
        st.write("over")

note("begin")
st.button("Again")
look()
time.sleep(0.5)
note("end")
"""
PRESSES = """() => {
    window.pressed = 0;
    window.pressing = setInterval(() => {
        dispatchEvent(new KeyboardEvent("keydown", { key: "Shift" }));
        window.pressed += 1;
    }, 20);
}"""


@pytest.fixture(scope="module")
def ticking(tmp_path_factory):
    script = tmp_path_factory.mktemp("tick") / "app.py"
    script.write_text(SCRIPT)
    with server(script=str(script)) as url:
        yield script.parent, url


@pytest.fixture
def opened(contexts, ticking, request):
    """A page whose fragment looks again and again, and its log."""
    folder, url = ticking
    page, log = contexts(viewport={"width": 600, "height": 400}).new_page(), folder / request.node.name
    page.goto(f"{url}/?log={log.name}")
    page.get_by_role("button", name="Again").wait_for(timeout=WAIT)
    yield page, log
    page.close()


def test_a_fragment_waits_for_the_page_and_ends_when_it_is_not_asked_again(opened):
    page, log = opened
    until(lambda: log.read_text().count("look") >= 3)
    page.get_by_role("button", name="Again").click()
    expect(page.get_by_text("over")).to_be_visible(timeout=WAIT)
    page.wait_for_timeout(1000)  # one that rang again would be heard
    events = [(what, float(at)) for what, at in map(str.split, log.read_text().splitlines())]
    begun = [i for i, (what, _) in enumerate(events) if what == "begin"]
    assert len(begun) == 2
    for i in begun:
        assert [what for what, _ in events[i : i + 3]] == ["begin", "look", "end"]
        assert events[i + 3][1] - events[i + 2][1] > 0.25  # seconds of rest
    assert [what for what, _ in events[begun[1] :]].count("look") == 4


def test_while_something_is_pressed_it_does_not_ring(opened):
    """A click and a ring in one message would be one change of the ring's fragment."""
    page, log = opened
    page.wait_for_function("() => document.querySelector('[data-test-script-state=notRunning]')", timeout=WAIT)
    page.evaluate(PRESSES)
    page.wait_for_function("() => window.pressed > 40", timeout=WAIT)  # what rang before has been answered
    before = log.read_text().count("look")
    page.wait_for_function("() => window.pressed > 120", timeout=WAIT)
    assert log.read_text().count("look") == before
    page.evaluate("() => clearInterval(window.pressing)")
    page.get_by_role("button", name="Again").click()
    expect(page.get_by_text("over")).to_be_visible(timeout=WAIT)


def test_a_call_that_another_overtakes_ends_nothing(browser):
    """Streamlit calls what an overtaken call of a component returns, though its element stays, and its figure."""
    page = browser.new_page()
    page.set_content("<!doctype html>")
    kit = "\n".join((HERE / "kit" / f"{name}.js").read_text() for name in ("data", "draw", "picture"))
    clock = (HERE / "tick" / "tick.js").read_text().replace("export default ", "")
    found = page.evaluate(
        f"""async () => {{ {kit}\n{clock}
        const counted = {{ built: 0, ended: 0, rung: 0, told: [] }};
        const build = () => {{
          counted.built += 1;
          return {{
            update(facts, stores, state, fresh) {{ counted.told.push([facts.n, state.x, fresh]); }},
            destroy() {{ counted.ended += 1; }},
          }};
        }};
        // as Chromium sometimes is for good: never idle
        window.requestIdleCallback = (act, given) => given?.timeout && setTimeout(act, given.timeout);
        document.body.dataset.testid = "stApp";
        Object.assign(document.body.dataset, {{ testScriptState: "notRunning", testConnectionState: "CONNECTED" }});

        const bytes = new Uint8Array(NAME_LENGTH + 4 + 26), head = JSON.stringify({{ facts: {{}}, arrays: {{}} }});
        bytes.set(new TextEncoder().encode("a".repeat(NAME_LENGTH)));
        new DataView(bytes.buffer).setUint32(NAME_LENGTH, head.length, true);
        bytes.set(new TextEncoder().encode(head.padEnd(26)), NAME_LENGTH + 4);

        const all = [
          [(args) => live(args, build), {{ facts: {{ n: 1 }}, state: {{ x: 3 }}, stores: {{}} }}],
          [keep, bytes],
          [tick, 0.1, {{ setTriggerValue: () => {{ counted.rung += 1; }} }}],
        ].map(([component, data, more]) => {{
          const parentElement = document.createElement("div"), args = {{ parentElement, data, ...more }};
          document.body.append(parentElement);
          // its settings are those of the first call
          const other = data.facts ? {{ ...data, facts: {{ n: 2 }} }} : data;
          const overtaken = component(args), last = component({{ ...args, data: other }});
          overtaken();
          return () => {{ parentElement.remove(); last(); }};
        }});
        const pause = (time) => new Promise((resolve) => setTimeout(resolve, time)), began = performance.now();
        while (!counted.rung || !counted.told.length) await pause(50);
        const took = performance.now() - began;
        const {{ built, ended, told }} = counted;
        const stays = {{ built, ended, kept: SHELF.stores.size, rings: counted.rung > 0, told }};
        for (const leave of all) leave();
        const rung = counted.rung;
        await pause(2 * took); // it would have rung again
        return [stays, {{ ended: counted.ended, kept: SHELF.stores.size, rings: counted.rung > rung }}];
    }}"""
    )
    assert found == [
        {"built": 1, "ended": 0, "kept": 1, "rings": True, "told": [[2, 3, True]]},
        {"ended": 1, "kept": 0, "rings": False},
    ]
    page.close()

// A clock that rings when `data` seconds have passed and the page has been still for a moment: no run of the script,
// nothing pressed or typed, and no menu open, what is in one being exchanged under the pointer.
//
// Streamlit sends all that changes before its next timer as one change of the fragment that came first: a click that
// falls together with a ring is taken for the ring's fragment, and does nothing in its own.

const STEP = 0.05,
  STILL = 0.25; // seconds between two looks at the page; that it must have been still
const PRESSES = ["pointerdown", "pointerup", "keydown", "input"];
const MENUS = "[data-testid=stPopoverBody], [role=listbox]";
const CLOCKS = new WeakMap();
const now = () => performance.now() / 1000;
// Chromium may hold back an idle moment for good, hence the timeout; Safari knows of none
const idle = (ring) => (window.requestIdleCallback ? requestIdleCallback(ring, { timeout: 1000 }) : setTimeout(ring));

export default function tick(args) {
  const { parentElement } = args,
    before = CLOCKS.get(parentElement);
  if (before) before.args = args;
  else {
    /** @type {HTMLElement} */
    const app = document.querySelector("[data-testid=stApp]");
    const clock = { args, rung: now(), since: now() }; // since when it is still
    const due = () => now() - clock.rung >= clock.args.data && now() - clock.since >= STILL;
    const look = () => {
      const { testScriptState, testConnectionState } = app.dataset;
      const rests =
        testScriptState === "notRunning" && testConnectionState === "CONNECTED" && !document.querySelector(MENUS);
      clock.since = rests ? Math.min(clock.since, now()) : Infinity;
      if (due()) idle(ring); // once there is nothing else to do
    };
    const ring = () => {
      if (!due()) return; // it rang, or something was pressed meanwhile
      clock.rung = clock.since = now();
      clock.args.setTriggerValue("tick", true);
    };
    const press = () => {
      clock.since = now();
    };
    for (const event of PRESSES) addEventListener(event, press, true);
    clock.timer = setInterval(look, 1000 * STEP);
    clock.end = () => {
      clearInterval(clock.timer);
      clock.since = Infinity; // no ring that waits for its idle moment
      for (const event of PRESSES) removeEventListener(event, press, true);
    };
    CLOCKS.set(parentElement, clock);
  }
  return whenGone(parentElement, () => {
    CLOCKS.get(parentElement)?.end();
    CLOCKS.delete(parentElement);
  });
}

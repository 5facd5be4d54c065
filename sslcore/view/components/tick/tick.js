// A clock that rings when `data` seconds have passed and the page has been still for a moment, with no menu open: what is
// in one, a download for instance, would be exchanged under the pointer.

const STEP = 0.1, STILL = 0.3; // seconds between two looks at the page; that it must have been still
const CLOCKS = new WeakMap();

export default function tick(args) {
  const { parentElement } = args, before = CLOCKS.get(parentElement);
  if (before) before.args = args;
  else {
    const app = document.querySelector("[data-testid=stApp]"), clock = { args, passed: 0, still: 0 };
    const look = () => {
      const { testScriptState, testConnectionState } = app.dataset;
      clock.passed += STEP;
      const rests = testScriptState === "notRunning" && testConnectionState === "CONNECTED";
      clock.still = rests && !document.querySelector("[data-testid=stPopoverBody]") ? clock.still + STEP : 0;
      if (clock.passed < clock.args.data || clock.still < STILL) return;
      clock.passed = clock.still = 0;
      clock.args.setTriggerValue("tick", true);
    };
    clock.timer = setInterval(look, 1000 * STEP);
    CLOCKS.set(parentElement, clock);
  }
  return () => {
    clearInterval(CLOCKS.get(parentElement)?.timer);
    CLOCKS.delete(parentElement);
  };
}

// Dragging, keys, lighting up together, and playing.

/**
 * Follow a pointer over a node: move(x, y, event) with the place in the node's own pixels, from press to release, then
 * end().  Several pointers, or a right button, are not a drag.
 * @param {Element} node
 * @param {(x: number, y: number, event: PointerEvent) => void} move
 * @param {(event: PointerEvent) => void} end
 * @param {(event: PointerEvent) => boolean} begin
 */
function dragging(node, move, end, begin = () => true) {
  let active = null;
  const press = (event) => {
    if (event.button || active !== null || !begin(event)) return;
    active = event.pointerId;
    try {
      node.setPointerCapture(active);
    } catch {
      // a pointer that is gone already needs no capture
    }
    move(...pointed(node, event), event);
  };
  const go = (event) => {
    if (event.pointerId === active) move(...pointed(node, event), event);
  };
  const stop = (event) => {
    if (event.pointerId !== active) return;
    active = null;
    end(event);
  };
  for (const [kind, act] of Object.entries({
    pointerdown: press,
    pointermove: go,
    pointerup: stop,
    pointercancel: stop,
  }))
    node.addEventListener(kind, act);
}

/** Call `act` with each press of a key, and `end` once none has been pressed for a while: one commit, not thirty. */
function keys(node, act, end, pause = 400) {
  let timer = 0;
  node.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || act(event.key, event) === false) return;
    event.preventDefault();
    event.stopPropagation();
    clearTimeout(timer);
    timer = setTimeout(end, pause);
  });
}

/**
 * Parts that belong together light up together: point at or focus one, and all with its name are `.lit`.  A part's name
 * is its data-part, or the mark's name in a chart; an element may be several parts ("weight hardest").
 */
function linked(root) {
  let now = "";
  const names = (node) => {
    const part = node?.closest?.("[data-part], [data-mark]");
    return part ? (part.dataset.part ?? part.dataset.mark) : "";
  };
  const light = (wanted) => {
    if (wanted === now) return;
    now = wanted;
    for (const part of root.querySelectorAll(".lit")) part.classList.remove("lit");
    for (const name of wanted.split(" ").filter(Boolean))
      for (const part of root.querySelectorAll(`[data-part~="${name}"], [data-mark="${name}"]`))
        part.classList.add("lit");
  };
  const focused = () => names(root.querySelector(":focus-visible"));
  // not pointerover: the page may scroll under a pointer that rests, and that says nothing
  for (const kind of ["pointermove", "pointerdown"])
    root.addEventListener(kind, (event) => light(names(event.target) || focused()));
  root.addEventListener("pointerleave", () => light(focused()));
  root.addEventListener("focusin", (event) => light(names(event.target)));
  root.addEventListener("focusout", () => light(""));
}

/**
 * Something that plays: a button, `step(seconds)` each frame until it returns false; slower where motion is unwanted.
 * @returns {Player}
 */
function player(step, end, label = "Play") {
  const button = element(
    "button",
    { type: "button", class: "play", "aria-pressed": "false", title: `${label} (space)` },
    "▶ ",
    label,
  );
  let running = false,
    last = 0;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const frame = (now) => {
    if (!running) return;
    const passed = (now - last) / 1000;
    if (still.matches && passed < 0.8) return requestAnimationFrame(frame); // whole steps, no animation
    last = now;
    if (step(still.matches ? Math.max(passed, 0.8) : Math.min(passed, 0.1)) === false) return set(false);
    requestAnimationFrame(frame);
  };
  const set = (on) => {
    if (on === running) return;
    running = on;
    button.setAttribute("aria-pressed", String(on));
    button.replaceChildren(on ? "‖ Pause" : `▶ ${label}`);
    last = performance.now();
    if (on) requestAnimationFrame(frame);
    else end();
  };
  button.addEventListener("click", () => set(!running));
  return Object.assign(button, { stop: () => set(false), toggle: () => set(!running) });
}

// Elements, images and gestures.

const SVG = "http://www.w3.org/2000/svg",
  MATH = "http://www.w3.org/1998/Math/MathML";

/** An element with attributes (functions become listeners) and children; text stays text. */
function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}
function drawn(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}
function math(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(MATH, tag), attributes, children);
}
function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child != null));
  return node;
}

/** The page's colours, for canvases. */
function theme(root) {
  const style = getComputedStyle(root),
    read = (name) => style.getPropertyValue(`--st-${name}`).trim();
  return {
    text: read("text-color") || "#222",
    background: read("background-color") || "#fff",
    secondary: read("secondary-background-color") || "#eee",
    border: read("border-color") || "#bbb",
    primary: read("primary-color") || "#0072B2",
    font: style.fontFamily,
  };
}

/** How much larger a node is seen than it is laid out: 1, but for presenter mode, which enlarges whole figures. */
const enlarged = (node) => node.getBoundingClientRect().width / (node.offsetWidth ?? node.clientWidth) || 1;

/** Where in a node's own pixels a pointer is. */
function pointed(node, event) {
  const box = node.getBoundingClientRect(),
    scale = enlarged(node);
  return [(event.clientX - box.left) / scale, (event.clientY - box.top) / scale];
}

/** Make a canvas as large as it is shown, in the screen's own pixels: sharp at any zoom.  -> {context, width, height} */
function fit(canvas) {
  const width = canvas.clientWidth,
    height = canvas.clientHeight,
    ratio = devicePixelRatio * enlarged(canvas);
  const w = Math.round(width * ratio),
    h = Math.round(height * ratio);
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { context, width, height, ratio };
}

/** Call `redraw` when an element changes its size or the screen its pixel ratio; -> a function that ends it. */
function resized(node, redraw) {
  const observer = new ResizeObserver(() => redraw());
  observer.observe(node);
  let query = null;
  const changed = () => {
    redraw();
    watch();
  };
  const watch = () => {
    query = matchMedia(`(resolution: ${devicePixelRatio}dppx)`);
    query.addEventListener("change", changed, { once: true });
  };
  watch();
  return () => {
    observer.disconnect();
    query.removeEventListener("change", changed);
  };
}

/** A canvas for one image of this shape [channels, height, width]; the page scales it without blur. */
function imageCanvas([, h, w], label, className = "image") {
  const canvas = element("canvas", { width: w, height: h, class: className, role: "img", "aria-label": label });
  return Object.assign(canvas, place(canvas, 0, 0, h, w));
}

/** n images side by side on ONE canvas: each canvas is a layer that the browser puts together for every frame. */
function stripCanvas([, h, w], n, label) {
  const canvas = element("canvas", { width: n * w, height: h, class: "image", role: "img", "aria-label": label });
  return {
    canvas,
    cells: Array.from({ length: n }, (_, i) => ({ classList: canvas.classList, ...place(canvas, i * w, 0, h, w) })),
  };
}

/** Where `paint` puts one image on a canvas. */
function place(canvas, x, y, h, w) {
  const context = canvas.getContext("2d"),
    pixels = context.createImageData(w, h);
  pixels.data.fill(255);
  return { pixels, put: () => context.putImageData(pixels, x, y) };
}

/** Paint numbers in 0..255, channels last, on an imageCanvas or a cell of a strip. */
function paint(canvas, values, channels) {
  const out = canvas.pixels.data;
  for (let i = 0, q = 0; q < out.length; q += 4, i += channels) {
    out[q] = values[i];
    out[q + 1] = values[channels === 1 ? i : i + 1];
    out[q + 2] = values[channels === 1 ? i : i + 2];
  }
  canvas.put();
}

/** Image i of a gallery that stays as it is: an <img>, which costs a frame nothing. */
function picture(gallery, i, label) {
  const shape = gallery.shapes.pixels.slice(1),
    canvas = imageCanvas(shape, "");
  paint(canvas, galleryImage(gallery, i), shape[0]);
  return element("img", { src: canvas.toDataURL(), class: "image", alt: label });
}

/** Image i of packed `pixels`, uint8 [n, c, h, w], channels last. */
function galleryImage(gallery, i) {
  const [, c, h, w] = gallery.shapes.pixels,
    size = h * w,
    all = gallery.arrays.pixels,
    out = new Uint8Array(c * size);
  for (let k = 0; k < c; k++) for (let p = 0; p < size; p++) out[p * c + k] = all[(i * c + k) * size + p];
  return out;
}

/** The class of image i, with its number. */
function galleryName(gallery, i) {
  const { classes } = gallery.facts,
    labels = gallery.arrays.labels;
  return labels ? `${classes[labels[i]]} #${i}` : `#${i}`;
}

/**
 * Follow a pointer over a node: move(x, y, event) with the place in the node's own pixels, from press to release, then
 * end().  Several pointers, or a right button, are not a drag.
 */
function dragging(node, move, end, begin = () => true) {
  let active = null;
  node.addEventListener("pointerdown", (event) => {
    if (event.button || active !== null || !begin(event)) return;
    active = event.pointerId;
    try {
      node.setPointerCapture(active);
    } catch {
      /* a pointer that is gone already needs no capture */
    }
    move(...pointed(node, event), event);
  });
  node.addEventListener("pointermove", (event) => {
    if (event.pointerId === active) move(...pointed(node, event), event);
  });
  const stop = (event) => {
    if (event.pointerId !== active) return;
    active = null;
    end(event);
  };
  node.addEventListener("pointerup", stop);
  node.addEventListener("pointercancel", stop);
}

/** Call `act` with each press of these keys, and `end` once none has been pressed for a while: one commit, not thirty. */
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
  const light = (found) => {
    if (found === now) return;
    now = found;
    for (const part of root.querySelectorAll(".lit")) part.classList.remove("lit");
    for (const name of found.split(" ").filter(Boolean))
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

/** Something that plays: a button, `step(seconds)` each frame until it returns false; slower where motion is unwanted. */
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
  button.stop = () => set(false);
  button.toggle = () => set(!running);
  return button;
}

const digits = (value, n = 3) => {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return size && (size < 1e-3 || size >= 1e5)
    ? value.toExponential(n - 1).replace(/\.?0*e\+?/, "e")
    : String(+value.toPrecision(n));
};

// Elements, the page's colours, canvases and numbers.

const SVG = "http://www.w3.org/2000/svg",
  MATH = "http://www.w3.org/1998/Math/MathML";

/**
 * An element with attributes (functions become listeners) and children; text stays text.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @returns {HTMLElementTagNameMap[T]}
 */
function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}
/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @returns {SVGElementTagNameMap[T]}
 */
function svgElement(tag, attributes = {}, ...children) {
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

/** A button of this content; more of its attributes may follow. */
const button = (content, click, more = {}) => element("button", { type: "button", click, ...more }, content);

/** What has the focus, of the component that a node is in. */
const focusedIn = (node) => node.getRootNode().activeElement;

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

/**
 * Where in a node's own pixels a pointer is.
 * @returns {[number, number]}
 */
function pointed(node, event) {
  const box = node.getBoundingClientRect(),
    scale = enlarged(node);
  return [(event.clientX - box.left) / scale, (event.clientY - box.top) / scale];
}

/** Make a canvas as large as it is shown, in the screen's own pixels: sharp at any zoom; its size is as laid out. */
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

/** The path of a circle. */
function circle(context, x, y, radius) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
}

/** A number in n digits. */
const digits = (value, n = 3) => {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return size && (size < 1e-3 || size >= 1e5)
    ? value.toExponential(n - 1).replace(/\.?0*e\+?/, "e")
    : String(+value.toPrecision(n));
};

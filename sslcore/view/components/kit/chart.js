// A small chart as SVG: axes once, then only the marks that move.

const MARGIN = { left: 62, right: 14, top: 10, bottom: 44 };

/** A chart in `host`, of axes x and y; `label` says in words what it shows.  It is drawn once it has been told to. */
class Chart {
  /**
   * @param {HTMLElement} host
   * @param {{ height?: number, x: Axis, y: Axis, label: string }} options
   */
  constructor(host, { height = 300, x, y, label }) {
    this.host = host;
    this.height = height;
    /** @type {{ x: Axis, y: Axis }} */
    this.axes = { x: { format: digits, ...x }, y: { format: digits, ...y } };
    /** @type {Map<string, Mark>} */
    this.marks = new Map();
    /** @type {Map<string, Element>} */
    this.paths = new Map(); // by the mark's name
    const clip = `clip-${Math.random().toString(36).slice(2)}`;
    this.rect = svgElement("rect");
    this.frame = svgElement("g", { class: "axes" });
    this.body = svgElement("g", { "clip-path": `url(#${clip})` });
    this.svg = svgElement(
      "svg",
      { class: "chart", role: "img", "aria-label": label, height },
      svgElement("clipPath", { id: clip }, this.rect),
      this.frame,
      this.body,
    );
    this.legend = element("div", { class: "legend" });
    host.append(this.svg, this.legend);
    this.width = 0;
    this.destroy = resized(host, () => {
      if (host.clientWidth !== this.width) this.draw();
    });
  }

  /** Its size between the margins. */
  inner() {
    return [Math.max(10, this.width - MARGIN.left - MARGIN.right), this.height - MARGIN.top - MARGIN.bottom];
  }

  /** Where in the SVG a value lies, and a place of the SVG in data coordinates. */
  across(value) {
    return MARGIN.left + share(this.axes.x, value) * this.inner()[0];
  }
  up(value) {
    return MARGIN.top + (1 - share(this.axes.y, value)) * this.inner()[1];
  }
  under(px, py) {
    const [w, h] = this.inner();
    return [valueAt(this.axes.x, (px - MARGIN.left) / w), valueAt(this.axes.y, 1 - (py - MARGIN.top) / h)];
  }

  drawAxes() {
    const [w, h] = this.inner();
    const parts = [];
    for (const value of ticks(this.axes.x, w / 80)) {
      const at = this.across(value);
      parts.push(
        svgElement("line", { class: "grid", x1: at, x2: at, y1: MARGIN.top, y2: MARGIN.top + h }),
        svgElement("text", { x: at, y: MARGIN.top + h + 18, "text-anchor": "middle" }, this.axes.x.format(value)),
      );
    }
    for (const value of ticks(this.axes.y, h / 45)) {
      const at = this.up(value);
      parts.push(
        svgElement("line", { class: "grid", x1: MARGIN.left, x2: MARGIN.left + w, y1: at, y2: at }),
        svgElement("text", { x: MARGIN.left - 8, y: at + 4.5, "text-anchor": "end" }, this.axes.y.format(value)),
      );
    }
    const middle = MARGIN.top + h / 2;
    parts.push(
      svgElement(
        "text",
        { class: "title", x: MARGIN.left + w / 2, y: this.height - 6, "text-anchor": "middle" },
        this.axes.x.title ?? "",
      ),
      svgElement(
        "text",
        { class: "title", x: 15, y: middle, transform: `rotate(-90 15 ${middle})`, "text-anchor": "middle" },
        this.axes.y.title ?? "",
      ),
    );
    this.frame.replaceChildren(...parts);
    for (const [name, value] of Object.entries({ x: MARGIN.left, y: MARGIN.top, width: w, height: h }))
      this.rect.setAttribute(name, String(value));
  }

  /**
   * The path of a mark.
   * @param {Mark} mark
   */
  shape({ kind, xs, ys, low, radius = 5, symbol }) {
    const x = (i) => this.across(xs[i]).toFixed(2);
    const y = (i, values = ys) => this.up(values[i]).toFixed(2);
    const floor = this.up(this.axes.y.domain[0]).toFixed(2);
    if (kind === "rule") return `M${this.across(xs[0])} ${MARGIN.top}V${this.height - MARGIN.bottom}`;
    if (kind === "steps" || kind === "bars")
      return `M${x(0)} ${floor}${Array.from(ys, (_, i) => `V${y(i)}H${x(i + 1)}`).join("")}V${floor}`;
    if (kind === "dots") return Array.from(xs, (_, i) => `M${x(i)} ${y(i)}${dot(symbol, radius)}`).join("");
    const path = [];
    for (let i = 0, open = false; i < xs.length; i++) {
      const there = Number.isFinite(ys[i]) && Number.isFinite(xs[i]);
      if (there) path.push(`${open ? "L" : "M"}${x(i)} ${y(i)}`);
      open = there;
    }
    if (kind === "area") path.push(`L${x(xs.length - 1)} ${floor}L${x(0)} ${floor}Z`);
    if (kind === "band") for (let i = xs.length - 1; i >= 0; i--) path.push(`L${x(i)} ${y(i, low)}`);
    return path.join("");
  }

  place(name) {
    const mark = this.marks.get(name);
    const path = this.paths.get(name) ?? this.body.appendChild(svgElement("path", { "data-mark": name }));
    this.paths.set(name, path);
    const filled = ["area", "band", "dots", "bars"].includes(mark.kind) || mark.fill;
    const style = {
      d: this.shape(mark),
      stroke: mark.kind === "band" ? "none" : mark.colour,
      "stroke-width": mark.width ?? 2,
      "stroke-dasharray": mark.dash ?? "none",
      fill: filled ? mark.colour : "none",
      "fill-opacity": mark.kind === "dots" || mark.kind === "bars" ? (mark.opacity ?? 0.9) : (mark.opacity ?? 0.2),
    };
    for (const [key, value] of Object.entries(style)) path.setAttribute(key, String(value));
  }

  /** The legend. */
  named() {
    const titled = [...this.marks.values()].filter((mark) => mark.title && mark.legend !== false);
    this.legend.replaceChildren(
      ...titled.map((mark) =>
        element(
          "span",
          { class: "key" },
          svgElement("svg", { width: 22, height: 12, "aria-hidden": "true" }, sign(mark)),
          mark.title,
        ),
      ),
    );
  }

  draw() {
    this.width = this.host.clientWidth;
    this.svg.setAttribute("width", String(this.width));
    this.drawAxes();
    for (const name of this.marks.keys()) this.place(name);
  }

  /**
   * Add a mark, or put it in the place of the one of this name.
   * @param {string} name
   * @param {Mark} mark
   */
  set(name, mark) {
    const before = this.marks.get(name),
      known = before?.title === mark.title && before?.colour === mark.colour;
    this.marks.set(name, mark);
    if (this.width) this.place(name);
    if (!known) this.named();
  }

  remove(name) {
    this.paths.get(name)?.remove();
    this.paths.delete(name);
    this.marks.delete(name);
    this.named();
  }

  /** Change an axis. */
  axis(name, change) {
    Object.assign(this.axes[name], change);
    if (this.width) this.draw();
  }
}

/**
 * How far along an axis a value lies, 0..1.
 * @param {Axis} axis
 */
function share({ domain: [from, to], log }, value) {
  return log ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
}

/**
 * The value that lies there.
 * @param {Axis} axis
 */
function valueAt({ domain: [from, to], log }, t) {
  return log ? from * (to / from) ** t : from + t * (to - from);
}

/** The path of a dot, from its middle. */
function dot(symbol, r) {
  if (symbol === "diamond") return `m${-r} 0l${r} ${-r}l${r} ${r}l${-r} ${r}z`;
  return `m${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
}

/**
 * A mark in the legend.
 * @param {Mark} mark
 */
function sign({ kind, symbol, fill, colour, dash }) {
  if (symbol === "diamond") return svgElement("path", { d: "M5 6l6 -6l6 6l-6 6z", fill: colour });
  if (kind === "dots") return svgElement("circle", { cx: 11, cy: 6, r: 5, fill: colour });
  return svgElement("line", {
    x1: 1,
    x2: 21,
    y1: 6,
    y2: 6,
    stroke: colour,
    "stroke-width": kind === "band" || fill ? 8 : 3,
    "stroke-opacity": kind === "band" ? 0.3 : 1,
    "stroke-dasharray": dash ?? "none",
  });
}

/**
 * About n round values within an axis's domain; powers of ten (and their 2 and 5 where few) on a logarithmic one.
 * @param {Axis} axis
 */
function ticks({ domain: [from, to], log, ticks: given }, n) {
  if (given) return given.filter((value) => value >= from && value <= to);
  if (!log) return multiples(from, to, roundStep((to - from) / Math.max(2, n)));
  const decades = Math.log10(to / from),
    leads = decades < 2.5 ? [1, 2, 5] : [1],
    every = Math.max(1, Math.ceil(decades / n)),
    values = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.log10(to); power += 1)
    if (power % every === 0) for (const lead of leads) values.push(lead * 10 ** power);
  return values.filter((value) => value >= from * 0.999 && value <= to * 1.001);
}

/** The multiples of a step from one value to another. */
function multiples(from, to, step) {
  const values = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + 1e-9 * step; i++)
    values.push(+(i * step).toPrecision(12));
  return values;
}

/** The smallest of 1, 2, 5 times a power of ten that is no less than `rough`. */
function roundStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((lead) => lead * power >= rough * (1 - 1e-9)) ?? 10);
}

// A small chart as SVG: axes once, then only the marks that move.

/**
 * A chart in `host`.  x, y: {title, domain: [from, to], log, ticks: [values], format}.  label: what it shows, in words.
 * set(name, mark) adds or replaces a mark: {kind: "line" | "steps" | "bars" | "area" | "dots" | "rule" | "band",
 * xs, ys, low, colour, width, dash, opacity, radius, symbol: "diamond", title, legend: false}; "steps" has one more x than y, and so
 * have "bars", which are filled; "rule" is a vertical line at xs[0]; "band" lies between `low` and ys.  axis("x", {...}) changes an axis.  draw() draws.
 */
function chart(host, { height = 300, x, y, label }) {
  const axes = { x: { format: digits, ...x }, y: { format: digits, ...y } },
    marks = new Map(),
    drawnMarks = new Map();
  const clip = `clip-${Math.random().toString(36).slice(2)}`;
  const rect = drawn("rect"),
    frame = drawn("g", { class: "axes" }),
    body = drawn("g", { "clip-path": `url(#${clip})` });
  const svg = drawn(
    "svg",
    { class: "chart", role: "img", "aria-label": label, height },
    drawn("clipPath", { id: clip }, rect),
    frame,
    body,
  );
  const legend = element("div", { class: "legend" });
  host.append(svg, legend);
  const margin = { left: 62, right: 14, top: 10, bottom: 44 };
  let width = 0;
  const inner = () => [Math.max(10, width - margin.left - margin.right), height - margin.top - margin.bottom];
  const share = ({ domain: [from, to], log }, value) =>
    log ? Math.log(value / from) / Math.log(to / from) : (value - from) / (to - from);
  const across = (value) => margin.left + share(axes.x, value) * inner()[0];
  const up = (value) => margin.top + (1 - share(axes.y, value)) * inner()[1];

  function axis() {
    const [w, h] = inner();
    const parts = [];
    for (const value of ticks(axes.x, w / 80)) {
      const at = across(value);
      parts.push(
        drawn("line", { class: "grid", x1: at, x2: at, y1: margin.top, y2: margin.top + h }),
        drawn("text", { x: at, y: margin.top + h + 18, "text-anchor": "middle" }, axes.x.format(value)),
      );
    }
    for (const value of ticks(axes.y, h / 45)) {
      const at = up(value);
      parts.push(
        drawn("line", { class: "grid", x1: margin.left, x2: margin.left + w, y1: at, y2: at }),
        drawn("text", { x: margin.left - 8, y: at + 4.5, "text-anchor": "end" }, axes.y.format(value)),
      );
    }
    const middle = margin.top + h / 2;
    parts.push(
      drawn(
        "text",
        { class: "title", x: margin.left + w / 2, y: height - 6, "text-anchor": "middle" },
        axes.x.title ?? "",
      ),
      drawn(
        "text",
        { class: "title", x: 15, y: middle, transform: `rotate(-90 15 ${middle})`, "text-anchor": "middle" },
        axes.y.title ?? "",
      ),
    );
    frame.replaceChildren(...parts);
    for (const [name, value] of Object.entries({ x: margin.left, y: margin.top, width: w, height: h }))
      rect.setAttribute(name, value);
  }

  function shape(mark) {
    const { kind, xs, ys, low } = mark,
      at = (i, values = ys) => `${across(xs[i]).toFixed(2)} ${up(values[i]).toFixed(2)}`;
    if (kind === "rule") return `M${across(xs[0])} ${margin.top}V${height - margin.bottom}`;
    const floor = up(axes.y.domain[0]).toFixed(2),
      path = [];
    if (kind === "steps" || kind === "bars") {
      path.push(`M${across(xs[0]).toFixed(2)} ${floor}`);
      for (let i = 0; i < ys.length; i++) path.push(`V${up(ys[i]).toFixed(2)}H${across(xs[i + 1]).toFixed(2)}`);
      path.push(`V${floor}`);
    } else if (kind === "dots") {
      const r = mark.radius ?? 5;
      const dot =
        mark.symbol === "diamond"
          ? `m${-r} 0l${r} ${-r}l${r} ${r}l${-r} ${r}z`
          : `m${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`;
      for (let i = 0; i < xs.length; i++) path.push(`M${at(i)}${dot}`);
    } else {
      for (let i = 0, open = false; i < xs.length; i++) {
        const there = Number.isFinite(ys[i]) && Number.isFinite(xs[i]);
        if (there) path.push(`${open ? "L" : "M"}${at(i)}`);
        open = there;
      }
      if (kind === "area")
        path.push(`L${across(xs[xs.length - 1]).toFixed(2)} ${floor}L${across(xs[0]).toFixed(2)} ${floor}Z`);
      if (kind === "band") for (let i = xs.length - 1; i >= 0; i--) path.push(`L${at(i, low)}`);
    }
    return path.join("");
  }

  function place(name) {
    const mark = marks.get(name);
    let path = drawnMarks.get(name);
    if (!path) drawnMarks.set(name, (path = body.appendChild(drawn("path", { "data-mark": name }))));
    const filled = ["area", "band", "dots", "bars"].includes(mark.kind) || mark.fill;
    const style = {
      d: shape(mark),
      stroke: mark.kind === "band" ? "none" : mark.colour,
      "stroke-width": mark.width ?? 2,
      "stroke-dasharray": mark.dash ?? "none",
      fill: filled ? mark.colour : "none",
      "fill-opacity": mark.kind === "dots" || mark.kind === "bars" ? (mark.opacity ?? 0.9) : (mark.opacity ?? 0.2),
    };
    for (const [key, value] of Object.entries(style)) path.setAttribute(key, value);
  }

  function named() {
    legend.replaceChildren(
      ...[...marks.values()]
        .filter((mark) => mark.title && mark.legend !== false)
        .map((mark) =>
          element(
            "span",
            { class: "key" },
            drawn(
              "svg",
              { width: 22, height: 12, "aria-hidden": "true" },
              mark.symbol === "diamond"
                ? drawn("path", { d: "M5 6l6 -6l6 6l-6 6z", fill: mark.colour })
                : mark.kind === "dots"
                  ? drawn("circle", { cx: 11, cy: 6, r: 5, fill: mark.colour })
                  : drawn("line", {
                      x1: 1,
                      x2: 21,
                      y1: 6,
                      y2: 6,
                      stroke: mark.colour,
                      "stroke-width": mark.kind === "band" || mark.fill ? 8 : 3,
                      "stroke-opacity": mark.kind === "band" ? 0.3 : 1,
                      "stroke-dasharray": mark.dash ?? "none",
                    }),
            ),
            mark.title,
          ),
        ),
    );
  }

  const all = () => {
    width = host.clientWidth;
    svg.setAttribute("width", width);
    axis();
    for (const name of marks.keys()) place(name);
  };
  const end = resized(host, () => {
    if (host.clientWidth !== width) all();
  });
  return {
    svg,
    axes,
    across,
    up,
    /** Where in data coordinates the point (px, py) of the SVG lies. */
    under(px, py) {
      const back = ({ domain: [from, to], log }, t) => (log ? from * (to / from) ** t : from + t * (to - from)),
        [w, h] = inner();
      return [back(axes.x, (px - margin.left) / w), back(axes.y, 1 - (py - margin.top) / h)];
    },
    set(name, mark) {
      const before = marks.get(name),
        known = before?.title === mark.title && before?.colour === mark.colour;
      marks.set(name, mark);
      if (width) place(name);
      if (!known) named();
    },
    remove(name) {
      drawnMarks.get(name)?.remove();
      drawnMarks.delete(name);
      marks.delete(name);
      named();
    },
    axis(name, change) {
      Object.assign(axes[name], change);
      if (width) all();
    },
    draw: all,
    destroy: end,
  };
}

/** About n round values within an axis's domain; powers of ten (and their 2 and 5 where few) on a logarithmic one. */
function ticks({ domain: [from, to], log, ticks: given }, n) {
  if (given) return given.filter((value) => value >= from && value <= to);
  const found = [];
  if (log) {
    const decades = Math.log10(to / from),
      leads = decades < 2.5 ? [1, 2, 5] : [1],
      every = Math.max(1, Math.ceil(decades / n));
    for (let power = Math.floor(Math.log10(from)); power <= Math.log10(to); power += 1)
      if (power % every === 0) for (const lead of leads) found.push(lead * 10 ** power);
    return found.filter((value) => value >= from * 0.999 && value <= to * 1.001);
  }
  const step = roundStep((to - from) / Math.max(2, n));
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + 1e-9 * step; i++)
    found.push(+(i * step).toPrecision(12));
  return found;
}

/** The smallest of 1, 2, 5 times a power of ten that is no less than `rough`. */
function roundStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 5, 10].find((lead) => lead * power >= rough * (1 - 1e-9)) ?? 10);
}

// What figures of a training share: its loss, a map by class, inputs with their reconstructions.

const GREY = "#8C8C8C";

/**
 * The terms of a loss against the epoch, stacked, so that their height is the loss; as lines where one is negative.
 * x: its axis.  -> a chart with show(at, terms): epochs [n] and terms [k n]
 */
function lossChart(host, { terms, colours }, x) {
  const made = chart(host, {
    height: 230,
    label: "Loss against epoch",
    x: { title: "epoch", ...x },
    y: { title: terms.length > 1 ? "sum of the terms" : (terms[0] ?? ""), domain: [0, 1] },
  });
  let least = 0,
    most = 0;
  made.show = (at, values) => {
    const xs = Array.from(at),
      n = xs.length,
      stacked = values.every((value) => !(value < 0));
    let low = new Array(n).fill(0);
    const marks = terms.map((title, j) => {
      const ys = low.map((value, i) => value + values[j * n + i]);
      const mark = {
        kind: stacked ? "band" : "line",
        xs,
        ys,
        low,
        title,
        colour: colours[j % colours.length],
        opacity: stacked ? 0.3 : 1,
      };
      for (const value of ys)
        if (Number.isFinite(value)) [least, most] = [Math.min(least, value), Math.max(most, value)];
      if (stacked) low = ys;
      return mark;
    });
    const domain = [least * 1.05, most * 1.05 || 1];
    if (String(domain) !== String(made.axes.y.domain)) made.axis("y", { domain });
    for (const mark of marks) {
      made.set(mark.title, mark);
      if (stacked) made.set(`${mark.title} line`, { ...mark, kind: "line", opacity: 1, title: "" });
      else made.remove(`${mark.title} line`);
    }
    const sum = (i) => terms.reduce((total, _, j) => total + values[j * n + i], 0);
    made.svg.setAttribute(
      "aria-label",
      `Loss against epoch, from ${digits(sum(0))} to ${digits(sum(n - 1))}; terms ${stacked ? "stacked" : "as lines"}: ${terms.join(", ")}`,
    );
  };
  return made;
}

/** Fill `host` with r inputs, and under each an empty canvas of its reconstruction, which are returned. */
function pairGrid(host, gallery, shape, r, called) {
  const made = Array.from({ length: r }, (_, i) => imageCanvas(shape, `Reconstruction ${i + 1}`));
  host.replaceChildren(
    ...made.map((after, i) =>
      element("div", { class: "pair" }, picture(gallery, i, `Input ${i + 1}: ${called(i)}`), after),
    ),
  );
  return made;
}

/** Paint images uint8 [r, c, h, w] on those canvases. */
function paintAll(canvases, pixels, shape) {
  const frame = { arrays: { pixels }, shapes: { pixels: [canvases.length, ...shape] } };
  canvases.forEach((one, i) => paint(one, galleryImage(frame, i), shape[0]));
}

/** Fill `legend` with a button a class; choose(i) is called with the one to show alone, -1 for all. */
function classKeys(legend, { classes, colours, symbols }, choose) {
  let solo = -1;
  legend.replaceChildren(
    ...classes.map((name, i) => {
      const sign = element("canvas", { width: 28, height: 28, "aria-hidden": "true" }),
        context = sign.getContext("2d");
      context.setTransform(2, 0, 0, 2, 14, 14);
      symbol(context, symbols[i % symbols.length], 5);
      context.fillStyle = colours[i % colours.length];
      context.fill();
      return element(
        "button",
        {
          type: "button",
          class: "key",
          "aria-pressed": "false",
          click: () => {
            solo = solo === i ? -1 : i;
            [...legend.children].forEach((key, k) => key.setAttribute("aria-pressed", String(k === solo)));
            choose(solo);
          },
        },
        sign,
        name,
      );
    }),
  );
}

/**
 * Points on a canvas, coloured by class.  dress(facts, m) makes the symbols of m points, measure(box, axes) fits the
 * canvas to a box [x0, y0, x1, y1], draw(points, labels, solo, under) draws [2 m] numbers; xy is where they then are.
 */
function classMap(canvas) {
  let context = null,
    width = 0,
    height = 0,
    sprites = [],
    faint = null,
    colours = {},
    axes = false;
  const map = {
    xy: new Float32Array(0),
    place: (x, y) => [x, y],
    size: () => [width, height],
    get context() {
      return context;
    },
    get colours() {
      return colours;
    },

    dress({ classes, colours: shades, symbols }, m) {
      colours = theme(canvas);
      if (map.xy.length !== 2 * m) map.xy = new Float32Array(2 * m);
      const ratio = devicePixelRatio,
        radius = m > 1200 ? 3 : 4;
      const sprite = (shape, colour, alpha) => {
        // drawn once and then copied
        const side = Math.ceil(2 * (radius + 1) * ratio),
          one = element("canvas", { width: side, height: side }),
          to = one.getContext("2d");
        to.setTransform(ratio, 0, 0, ratio, side / 2, side / 2);
        to.globalAlpha = alpha;
        symbol(to, shape, radius);
        to.fillStyle = colour;
        to.fill();
        one.half = side / ratio / 2;
        return one;
      };
      sprites = Array.from({ length: classes.length || 1 }, (_, i) =>
        sprite(symbols[i % symbols.length], shades[i % shades.length], 0.85),
      );
      faint = sprite("circle", GREY, 0.3);
    },

    measure(box, withAxes) {
      if (!canvas.clientWidth || !box) return;
      ({ context, width, height } = fit(canvas));
      axes = withAxes;
      const left = axes ? 34 : 10,
        below = axes ? 24 : 10,
        around = 10;
      const spread = Math.max(
        (box[2] - box[0]) / (width - left - around),
        (box[3] - box[1]) / (height - below - around),
      );
      const scale = 1 / (spread || 1),
        middle = [(left + width - around) / 2, (around + height - below) / 2];
      map.place = (x, y) => [
        middle[0] + (x - (box[0] + box[2]) / 2) * scale,
        middle[1] - (y - (box[1] + box[3]) / 2) * scale,
      ];
      map.place.scale = scale;
      map.place.inside = [left, around, width - around, height - below];
    },

    draw(points, labels, solo = -1, under = () => {}) {
      if (!context) return;
      const { xy, place } = map,
        m = points.length / 2;
      context.clearRect(0, 0, width, height);
      if (axes) grid();
      under();
      const put = (i, sprite) =>
        context.drawImage(
          sprite,
          xy[2 * i] - sprite.half,
          xy[2 * i + 1] - sprite.half,
          2 * sprite.half,
          2 * sprite.half,
        );
      for (let i = 0; i < m; i++) {
        [xy[2 * i], xy[2 * i + 1]] = place(points[2 * i], points[2 * i + 1]);
        if (solo < 0) put(i, sprites[labels ? labels[i] : 0]);
        else if (labels[i] !== solo) put(i, faint);
      }
      if (solo >= 0) for (let i = 0; i < m; i++) if (labels[i] === solo) put(i, sprites[solo]);
    },
  };

  function grid() {
    const [left, top, right, bottom] = map.place.inside,
      [cx, cy] = map.place(0, 0),
      { scale } = map.place;
    context.font = `13px ${colours.font}`;
    context.fillStyle = colours.text;
    context.strokeStyle = colours.border;
    context.lineWidth = 1;
    context.beginPath();
    context.textAlign = "center";
    for (const value of ticks({ domain: [(left - cx) / scale, (right - cx) / scale] }, (right - left) / 80)) {
      const x = cx + value * scale;
      context.moveTo(x, top);
      context.lineTo(x, bottom);
      context.fillText(digits(value), x, bottom + 16);
    }
    context.textAlign = "right";
    for (const value of ticks({ domain: [(cy - bottom) / scale, (cy - top) / scale] }, (bottom - top) / 60)) {
      const y = cy - value * scale;
      context.moveTo(left, y);
      context.lineTo(right, y);
      context.fillText(digits(value), left - 5, y + 4.5);
    }
    context.globalAlpha = 0.5;
    context.stroke();
    context.globalAlpha = 1;
  }
  return map;
}

/** The path of a symbol of this radius around (0, 0). */
function symbol(context, name, r) {
  const round = (n, turn = 0, inner = 1) => {
    for (let i = 0; i < n; i++) {
      const angle = turn + (2 * Math.PI * i) / n,
        size = i % 2 ? r * inner : r;
      context.lineTo(size * Math.sin(angle), -size * Math.cos(angle));
    }
  };
  const cross = (turn) => {
    const t = r * 0.36;
    context.save();
    context.rotate(turn);
    for (const [x, y] of [
      [-t, -r],
      [t, -r],
      [t, -t],
      [r, -t],
      [r, t],
      [t, t],
      [t, r],
      [-t, r],
      [-t, t],
      [-r, t],
      [-r, -t],
      [-t, -t],
    ])
      context.lineTo(x, y);
    context.restore();
  };
  context.beginPath();
  (
    ({
      square: () => context.rect(-0.85 * r, -0.85 * r, 1.7 * r, 1.7 * r),
      diamond: () => round(4),
      "triangle-up": () => round(3),
      "triangle-down": () => round(3, Math.PI),
      cross: () => cross(0),
      x: () => cross(Math.PI / 4),
      star: () => round(10, 0, 0.45),
      pentagon: () => round(5),
      hexagram: () => round(12, 0, 0.58),
    })[name] ?? (() => context.arc(0, 0, 0.9 * r, 0, 2 * Math.PI))
  )();
  context.closePath();
}

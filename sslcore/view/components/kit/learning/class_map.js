const FAINT = "#8C8C8C"; // points of the classes that are not shown alone

/** Points on a canvas, coloured by class: dressed, measured, and then drawn as often as they move. */
class ClassMap {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.context = null;
    this.width = this.height = 0;
    this.sprites = []; // a symbol for each class, drawn once and then copied
    this.faint = null;
    this.colours = null;
    this.axes = false;
    this.xy = new Float32Array(0); // where the points are on the screen
    this.scale = 1; // pixels a unit
    this.middle = this.centre = [0, 0]; // of the canvas, and what of the map lies there
    this.inside = [0, 0, 0, 0]; // the canvas within its margins: left, top, right, bottom
  }

  /** The symbols of m points. */
  dress({ classes, colours, symbols }, m) {
    this.colours = theme(this.canvas);
    if (this.xy.length !== 2 * m) this.xy = new Float32Array(2 * m);
    const radius = m > 1200 ? 3 : 4;
    this.sprites = Array.from({ length: classes.length || 1 }, (_, i) =>
      symbolSprite(symbols[i % symbols.length], colours[i % colours.length], 0.85, radius),
    );
    this.faint = symbolSprite("circle", FAINT, 0.3, radius);
  }

  /** Fit the canvas to a box [x0, y0, x1, y1], with room for the numbers of axes. */
  measure(box, axes) {
    if (!this.canvas.clientWidth || !box) return;
    const { context, width, height } = fit(this.canvas);
    Object.assign(this, { context, width, height, axes });
    const left = axes ? 34 : 10,
      below = axes ? 24 : 10,
      around = 10;
    const spread = Math.max((box[2] - box[0]) / (width - left - around), (box[3] - box[1]) / (height - below - around));
    this.scale = 1 / (spread || 1);
    this.middle = [(left + width - around) / 2, (around + height - below) / 2];
    this.centre = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
    this.inside = [left, around, width - around, height - below];
  }

  /** Where a place of the map is on the screen. */
  place(x, y) {
    const { middle, centre, scale } = this;
    return [middle[0] + (x - centre[0]) * scale, middle[1] - (y - centre[1]) * scale];
  }

  /** Points [2 m]; `solo` is the class to be seen alone, -1 for all; under() draws what lies below them. */
  draw(points, labels, solo = -1, under = () => {}) {
    if (!this.context) return;
    const { xy, sprites } = this,
      m = points.length / 2;
    this.context.clearRect(0, 0, this.width, this.height);
    if (this.axes) this.grid();
    under();
    for (let i = 0; i < m; i++) {
      [xy[2 * i], xy[2 * i + 1]] = this.place(points[2 * i], points[2 * i + 1]);
      if (solo < 0) this.put(i, sprites[labels ? labels[i] : 0]);
      else if (labels[i] !== solo) this.put(i, this.faint);
    }
    if (solo >= 0) for (let i = 0; i < m; i++) if (labels[i] === solo) this.put(i, sprites[solo]);
  }

  put(i, { canvas, half }) {
    this.context.drawImage(canvas, this.xy[2 * i] - half, this.xy[2 * i + 1] - half, 2 * half, 2 * half);
  }

  grid() {
    const { context, colours, scale } = this,
      [left, top, right, bottom] = this.inside,
      [cx, cy] = this.place(0, 0);
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
}

/** One point as a small canvas, and half of its side. */
function symbolSprite(shape, colour, alpha, radius) {
  const side = Math.ceil(2 * (radius + 1) * devicePixelRatio),
    canvas = element("canvas", { width: side, height: side }),
    context = canvas.getContext("2d");
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, side / 2, side / 2);
  context.globalAlpha = alpha;
  symbol(context, shape, radius);
  context.fillStyle = colour;
  context.fill();
  return { canvas, half: side / devicePixelRatio / 2 };
}

/** Fill `legend` with a button a class; choose(i) is called with the one to show alone, -1 for all. */
function classKeys(legend, { classes, colours, symbols }, choose) {
  let solo = -1;
  const press = (i) => {
    solo = solo === i ? -1 : i;
    for (const [k, button] of buttons.entries()) button.setAttribute("aria-pressed", String(k === solo));
    choose(solo);
  };
  const buttons = classes.map((name, i) => {
    const sign = element("canvas", { width: 28, height: 28, "aria-hidden": "true" }),
      context = sign.getContext("2d");
    context.setTransform(2, 0, 0, 2, 14, 14);
    symbol(context, symbols[i % symbols.length], 5);
    context.fillStyle = colours[i % colours.length];
    context.fill();
    const attributes = { type: "button", class: "key", "aria-pressed": "false", click: () => press(i) };
    return element("button", attributes, sign, name);
  });
  legend.replaceChildren(...buttons);
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
    context.save();
    context.rotate(turn);
    for (const [x, y] of CROSS) context.lineTo(x * r, y * r);
    context.restore();
  };
  const paths = {
    square: () => context.rect(-0.85 * r, -0.85 * r, 1.7 * r, 1.7 * r),
    diamond: () => round(4),
    "triangle-up": () => round(3),
    "triangle-down": () => round(3, Math.PI),
    cross: () => cross(0),
    x: () => cross(Math.PI / 4),
    star: () => round(10, 0, 0.45),
    pentagon: () => round(5),
    hexagram: () => round(12, 0, 0.58),
  };
  context.beginPath();
  if (paths[name]) paths[name]();
  else context.arc(0, 0, 0.9 * r, 0, 2 * Math.PI);
  context.closePath();
}

const ARM = 0.36; // half as wide as a cross's arm, of its radius
// from corner to corner, a quarter of the cross after another
const CROSS = [0, 1, 2, 3].flatMap((quarter) =>
  [
    [-ARM, -1],
    [ARM, -1],
    [ARM, -ARM],
  ].map(
    ([x, y]) =>
      [
        [x, y],
        [-y, x],
        [-x, -y],
        [y, -x],
      ][quarter],
  ),
);

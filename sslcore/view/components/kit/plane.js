// A plane of a code: its points, its scale (one unit is as long on both axes), and what lies far from every point.

class Plane {
  /** In `host`, a canvas of points with one on top for what moves.  `over(context)` draws the latter, in pixels. */
  constructor(host, label, over) {
    this.back = element("canvas", { class: "layer", "aria-hidden": "true" });
    this.front = element("canvas", { class: "layer front", tabindex: 0, role: "application", "aria-label": label });
    this.host = host;
    this.over = over;
    host.classList.add("plane");
    host.append(this.back, this.front);
    this.end = resized(host, () => this.draw());
    this.pinch();
  }

  /** points: Float32Array [2 n]; shades: a colour for each; far: whether to shade what is far from all. */
  set(points, shades, far = true) {
    Object.assign(this, { points, shades, n: points.length / 2 });
    const [middle, half] = extent(points);
    this.home = { x: middle[0], y: middle[1], half };
    this.view = { ...this.home };
    this.field = far && this.n > 1 ? farField(points, middle, 2 * half) : null;
    this.shadow = null; // the field's picture, made when it is drawn
    this.draw();
  }

  get scale() {
    return Math.min(this.width, this.height) / (2 * this.view.half);
  } // pixels a unit
  toScreen(x, y) {
    return [this.width / 2 + (x - this.view.x) * this.scale, this.height / 2 - (y - this.view.y) * this.scale];
  }
  toPlane(px, py) {
    return [this.view.x + (px - this.width / 2) / this.scale, this.view.y - (py - this.height / 2) / this.scale];
  }

  /** Zoom by a factor around a place on the screen. */
  zoom(factor, px = this.width / 2, py = this.height / 2) {
    const [x, y] = this.toPlane(px, py),
      half = Math.min(20 * this.home.half, Math.max(this.home.half / 200, this.view.half * factor)),
      k = half / this.view.half;
    this.go({ x: x + (this.view.x - x) * k, y: y + (this.view.y - y) * k, half });
  }
  pan(dx, dy) {
    this.go({ ...this.view, x: this.view.x - dx / this.scale, y: this.view.y + dy / this.scale });
  }
  reset() {
    this.go({ ...this.home });
  }
  go(view) {
    this.view = view;
    this.soon();
    this.moved?.();
  }
  /** Where it looks, in units of the whole: [right, up, size]; the same place of another plane. */
  get looking() {
    return [
      (this.view.x - this.home.x) / this.home.half,
      (this.view.y - this.home.y) / this.home.half,
      this.view.half / this.home.half,
    ];
  }
  set looking([right, up, size]) {
    this.view = {
      x: this.home.x + right * this.home.half,
      y: this.home.y + up * this.home.half,
      half: size * this.home.half,
    };
    this.soon();
  }
  soon() {
    this.waiting ??= requestAnimationFrame(() => {
      this.waiting = null;
      this.draw();
    });
  }

  pinch() {
    const places = new Map();
    let apart = 0;
    const spread = () => {
      const [a, b] = [...places.values()];
      return [Math.hypot(a.x - b.x, a.y - b.y), (a.x + b.x) / 2, (a.y + b.y) / 2];
    };
    const place = (event) => {
      const [x, y] = pointed(this.front, event);
      places.set(event.pointerId, { x, y });
    };
    this.front.addEventListener("pointerdown", (event) => {
      place(event);
      if (places.size === 2) [apart] = spread();
    });
    this.front.addEventListener("pointermove", (event) => {
      if (!places.has(event.pointerId)) return;
      place(event);
      if (places.size !== 2) return;
      const [now, x, y] = spread();
      this.zoom(apart / Math.max(1, now), x, y);
      apart = now;
    });
    for (const kind of ["pointerup", "pointercancel"])
      this.front.addEventListener(kind, (event) => places.delete(event.pointerId));
    this.front.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.zoom(Math.exp(event.deltaY * 0.0015), ...pointed(this.front, event));
      },
      { passive: false },
    );
    Object.defineProperty(this, "pinching", { get: () => places.size > 1 });
  }

  draw() {
    if (!this.points || !this.host.clientWidth) return;
    const { context, width, height } = fit(this.back),
      colours = theme(this.host);
    Object.assign(this, { width, height, colours, above: fit(this.front).context });
    context.clearRect(0, 0, width, height);
    if (this.field) this.shade(context);
    this.grid(context);
    const radius =
      Math.min(5, Math.max(1.6, 110 / Math.sqrt(this.n))) * Math.min(1.6, Math.sqrt(this.home.half / this.view.half));
    const groups = new Map();
    for (let i = 0; i < this.n; i++) {
      const [px, py] = this.toScreen(this.points[2 * i], this.points[2 * i + 1]);
      if (px < -9 || py < -9 || px > width + 9 || py > height + 9) continue;
      if (!groups.has(this.shades[i])) groups.set(this.shades[i], new Path2D());
      const path = groups.get(this.shades[i]);
      path.moveTo(px + radius, py);
      path.arc(px, py, radius, 0, 2 * Math.PI);
    }
    context.globalAlpha = 0.75;
    for (const [shade, path] of groups) {
      context.fillStyle = shade;
      context.fill(path);
    }
    context.globalAlpha = 1;
    this.top();
  }

  /** Only what moves; asks for no size, as that would lay the page out in the middle of a gesture. */
  top() {
    if (!this.width) return;
    this.above.clearRect(0, 0, this.width, this.height);
    this.over(this.above, this);
  }

  shade(context) {
    const { cells, far, low, step } = this.field,
      [left, top] = this.toScreen(low[0], low[1] + cells * step),
      side = cells * step * this.scale;
    if (!this.shadow) {
      this.shadow = element("canvas", { width: cells, height: cells });
      const ink = this.shadow.getContext("2d"),
        image = ink.createImageData(cells, cells);
      for (let row = 0; row < cells; row++)
        for (let column = 0; column < cells; column++)
          if (far[row * cells + column]) image.data.set([128, 128, 128, 90], 4 * ((cells - 1 - row) * cells + column));
      ink.putImageData(image, 0, 0);
    }
    context.fillStyle = "rgba(128,128,128,0.353)"; // what is outside of the field is far too
    context.beginPath();
    context.rect(0, 0, this.width, this.height);
    context.rect(left, top, side, side);
    context.fill("evenodd");
    context.imageSmoothingEnabled = true;
    context.drawImage(this.shadow, left, top, side, side);
  }

  grid(context) {
    const { width, height, colours } = this;
    context.strokeStyle = colours.border;
    context.fillStyle = colours.text;
    context.font = `12px ${colours.font}`;
    context.lineWidth = 1;
    const [left, bottom] = this.toPlane(0, height),
      [right, top] = this.toPlane(width, 0);
    const step = roundStep((2 * this.view.half) / Math.max(2, Math.min(width, height) / 80));
    const marks = (from, to) =>
      Array.from(
        { length: Math.floor(to / step) - Math.ceil(from / step) + 1 },
        (_, i) => +((Math.ceil(from / step) + i) * step).toPrecision(6),
      );
    const xs = marks(left, right),
      ys = marks(bottom, top);
    context.globalAlpha = 0.55;
    context.beginPath();
    for (const x of xs) {
      const [px] = this.toScreen(x, 0);
      context.moveTo(px, 0);
      context.lineTo(px, height);
    }
    for (const y of ys) {
      const [, py] = this.toScreen(0, y);
      context.moveTo(0, py);
      context.lineTo(width, py);
    }
    context.stroke();
    context.globalAlpha = 0.9;
    context.textAlign = "center";
    for (const x of xs) {
      const [px] = this.toScreen(x, 0);
      if (px > 24 && px < width - 14) context.fillText(digits(x), px, height - 5);
    }
    context.textAlign = "left";
    for (const y of ys) {
      const [, py] = this.toScreen(0, y);
      if (py > 14 && py < height - 22) context.fillText(digits(y), 4, py - 3);
    }
    context.globalAlpha = 1;
  }

  /** The point nearest to a place of the plane, and how far. */
  nearest(x, y) {
    let best = -1,
      least = Infinity;
    for (let i = 0; i < this.n; i++) {
      const dx = this.points[2 * i] - x,
        dy = this.points[2 * i + 1] - y,
        square = dx * dx + dy * dy;
      if (square < least) [best, least] = [i, square];
    }
    return [best, Math.sqrt(least)];
  }
  isFar(x, y) {
    if (!this.field) return false;
    const { cells, far, low, step } = this.field,
      column = Math.floor((x - low[0]) / step),
      row = Math.floor((y - low[1]) / step);
    return column < 0 || row < 0 || column >= cells || row >= cells || far[row * cells + column] === 1;
  }
}

/** Middle and half side of the square that holds all but the outermost half percent of points [2 n]. */
function extent(points) {
  const ends = [0, 1].map((axis) => {
    const values = Float32Array.from({ length: points.length / 2 }, (_, i) => points[2 * i + axis]).sort();
    const at = (q) => values[Math.round(q * (values.length - 1))];
    return [at(0.005), at(0.995)];
  });
  const half = 0.55 * Math.max(...ends.map(([low, high]) => high - low));
  return [ends.map(([low, high]) => (low + high) / 2), half > 0 ? half : 1];
}

/**
 * Which cells of a square around `middle` are far from every point: farther than 99 % of the points are from their
 * fifth neighbour (of at most 1,000 points), and than a cell.  Distances by the exact transform of Felzenszwalb &
 * Huttenlocher 2012 on the grid.
 */
function farField(points, middle, half, cells = 200) {
  const n = points.length / 2,
    low = [middle[0] - half, middle[1] - half],
    step = (2 * half) / cells;
  const squares = new Float64Array(cells * cells).fill(1e12);
  for (let i = 0; i < n; i++) {
    const column = Math.floor((points[2 * i] - low[0]) / step),
      row = Math.floor((points[2 * i + 1] - low[1]) / step);
    if (column >= 0 && row >= 0 && column < cells && row < cells) squares[row * cells + column] = 0;
  }
  const line = new Float64Array(cells),
    vertex = new Int32Array(cells),
    edge = new Float64Array(cells + 1);
  const transform = (start, stride) => {
    for (let i = 0; i < cells; i++) line[i] = squares[start + i * stride];
    let k = 0;
    vertex[0] = 0;
    edge[0] = -Infinity;
    edge[1] = Infinity;
    for (let q = 1; q < cells; q++) {
      let s;
      do {
        const v = vertex[k];
        s = (line[q] + q * q - line[v] - v * v) / (2 * q - 2 * v);
      } while (s <= edge[k] && --k >= 0);
      vertex[++k] = q;
      edge[k] = s;
      edge[k + 1] = Infinity;
    }
    for (let i = 0, j = 0; i < cells; i++) {
      while (edge[j + 1] < i) j++;
      squares[start + i * stride] = (i - vertex[j]) ** 2 + line[vertex[j]];
    }
  };
  for (let column = 0; column < cells; column++) transform(column, cells);
  for (let row = 0; row < cells; row++) transform(row * cells, 1);
  const limit = Math.max(usualDistance(points), 1.5 * step) / step,
    far = new Uint8Array(cells * cells);
  for (let i = 0; i < far.length; i++) far[i] = squares[i] > limit * limit ? 1 : 0;
  return { cells, far, low, step };
}

function usualDistance(points, most = 1000, k = 5) {
  const n = points.length / 2,
    every = Math.max(1, Math.floor(n / most)),
    fifth = [];
  for (let i = 0; i < n; i += every) {
    const near = new Array(k + 1).fill(Infinity); // itself is one of them
    for (let j = 0; j < n; j += every) {
      const square = (points[2 * i] - points[2 * j]) ** 2 + (points[2 * i + 1] - points[2 * j + 1]) ** 2;
      for (let at = 0, value = square; at <= k; at++) if (value < near[at]) [near[at], value] = [value, near[at]];
    }
    if (near[k] < Infinity) fifth.push(Math.sqrt(near[k]));
  }
  fifth.sort((a, b) => a - b);
  return fifth.length ? fifth[Math.floor(0.99 * (fifth.length - 1))] : 0;
}

/** Codes [n d] on the plane origin + x u + y v -> Float32Array [2 n]. */
function project(codes, d, { origin, u, v }) {
  const n = codes.length / d,
    out = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    let x = 0,
      y = 0;
    for (let k = 0; k < d; k++) {
      const c = codes[i * d + k] - origin[k];
      x += c * u[k];
      y += c * v[k];
    }
    out[2 * i] = x;
    out[2 * i + 1] = y;
  }
  return out;
}

/** Two deviations of N(mean, diag(e^log_var)) as it falls on a plane: the projected Gaussian's own ellipse, [x, y] pairs. */
function posteriorEllipse(centre, logVar, { u, v }, deviations = 2) {
  let a = 0,
    b = 0,
    c = 0; // the projected covariance [[a, b], [b, c]]
  for (let k = 0; k < logVar.length; k++) {
    const variance = Math.exp(logVar[k]);
    a += variance * u[k] * u[k];
    b += variance * u[k] * v[k];
    c += variance * v[k] * v[k];
  }
  const mean = (a + c) / 2,
    spread = Math.hypot((a - c) / 2, b),
    turn = 0.5 * Math.atan2(2 * b, a - c);
  const long = deviations * Math.sqrt(Math.max(0, mean + spread)),
    short = deviations * Math.sqrt(Math.max(0, mean - spread));
  return Array.from({ length: 65 }, (_, i) => {
    const angle = (2 * Math.PI * i) / 64,
      p = long * Math.cos(angle),
      q = short * Math.sin(angle);
    return [centre[0] + p * Math.cos(turn) - q * Math.sin(turn), centre[1] + p * Math.sin(turn) + q * Math.cos(turn)];
  });
}

/** The plane of two principal directions of a packed code; a code of one or two dimensions is its own plane. */
function principal({ arrays, facts: { latent } }) {
  if (latent > 2)
    return { origin: arrays.mean, u: arrays.principal.subarray(0, latent), v: arrays.principal.subarray(latent) };
  const unit = (k) => Float32Array.from({ length: latent }, (_, i) => +(i === k));
  return { origin: new Float32Array(latent), u: unit(0), v: unit(1) };
}

/** The colour of each image's class. */
function shadesOf(gallery) {
  const { colours } = gallery.facts,
    { labels } = gallery.arrays,
    n = gallery.shapes.pixels[0];
  return Array.from({ length: n }, (_, i) => colours[labels ? labels[i] % colours.length : 0]);
}

// A plane of a code: its points, its scale (one unit is as long on both axes), and what lies far from every point.

class Plane {
  /**
   * In `host`, a canvas of points with one on top for what moves.
   * @param {HTMLElement} host
   * @param {string} label
   * @param {(context: CanvasRenderingContext2D) => void} over draws what moves, in pixels
   */
  constructor(host, label, over) {
    this.back = element("canvas", { class: "layer", "aria-hidden": "true" });
    this.front = element("canvas", { class: "layer front", tabindex: 0, role: "application", "aria-label": label });
    this.host = host;
    this.over = over;
    this.points = null;
    this.shades = [];
    this.n = 0;
    this.home = this.view = { x: 0, y: 0, half: 1 }; // where all is seen, and what is seen
    this.field = null;
    this.shadow = null; // the field's picture, made when it is drawn
    this.width = this.height = 0;
    this.colours = null;
    this.above = null; // the context of the canvas on top
    this.waiting = 0; // for the next frame
    this.moved = () => {}; // told of each change of the view by hand
    this.fingers = new Map();
    host.classList.add("plane");
    host.append(this.back, this.front);
    this.end = resized(host, () => this.draw());
    this.pinch();
  }

  /** points: Float32Array [2 n]; shades: a colour for each. */
  set(points, shades) {
    [this.points, this.shades] = [points, shades];
    this.n = points.length / 2;
    const [middle, half] = extent(points);
    this.home = { x: middle[0], y: middle[1], half };
    this.view = { ...this.home };
    this.field = this.n > 1 ? farField(points, middle, 2 * half) : null;
    this.shadow = null;
    this.draw();
  }

  /** Pixels a unit. */
  get scale() {
    return Math.min(this.width, this.height) / (2 * this.view.half);
  }
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
    this.moved();
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
    this.waiting ||= requestAnimationFrame(() => {
      this.waiting = 0;
      this.draw();
    });
  }

  /** Whether two fingers are on it: that is no drag. */
  get pinching() {
    return this.fingers.size > 1;
  }
  pinch() {
    const places = this.fingers;
    let apart = 0;
    /** @returns {[number, number, number]} */
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
    const lift = (event) => places.delete(event.pointerId);
    for (const kind of ["pointerup", "pointercancel"]) this.front.addEventListener(kind, lift);
    this.front.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        this.zoom(Math.exp(event.deltaY * 0.0015), ...pointed(this.front, event));
      },
      { passive: false },
    );
  }

  draw() {
    if (!this.points || !this.host.clientWidth) return;
    const { context, width, height } = fit(this.back);
    [this.width, this.height, this.colours, this.above] = [width, height, theme(this.host), fit(this.front).context];
    context.clearRect(0, 0, width, height);
    if (this.field) this.shade(context);
    this.grid(context);
    this.dots(context);
    this.top();
  }

  dots(context) {
    const { width, height } = this;
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
  }

  /** Only what moves; asks for no size, as that would lay the page out in the middle of a gesture. */
  top() {
    if (!this.width) return;
    this.above.clearRect(0, 0, this.width, this.height);
    this.over(this.above);
  }

  shade(context) {
    const { cells, low, step } = this.field,
      [left, top] = this.toScreen(low[0], low[1] + cells * step),
      side = cells * step * this.scale;
    this.shadow ??= fieldPicture(this.field);
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
    const xs = multiples(left, right, step),
      ys = multiples(bottom, top, step);
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

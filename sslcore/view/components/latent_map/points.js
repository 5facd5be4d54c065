const SHAPED = 5000; // this many points in sight or fewer are shapes; more are pixels

/** A map's points on its lower canvas: as pixels, as shapes, and with their thumbnails. */
class Points {
  /** @param {MapPane} pane */
  constructor(pane) {
    this.pane = pane;
    this.map = pane.map;
    this.canvas = element("canvas", { class: "points", "aria-hidden": "true" });
    this.shades = new Uint8Array(0); // of every point, in the grid's order
    this.greys = 0; // how many are not lit
    this.image = null; // for points as pixels: the canvas's, and its 32 bits a pixel
    this.pixels = null;
    this.sprites = new Map(); // by shade
    this.spriteKey = "";
    this.thumbnails = { key: "", rows: [], set: new Set() }; // that are shown
  }

  /** What depends on the canvas's size, or on what is lit. */
  forget() {
    this.image = null;
    this.thumbnails.key = "";
  }

  /** After the choice, the colouring or the filter has changed. */
  shade() {
    const { grid, values } = this.pane;
    if (this.shades.length !== grid.there) this.shades = new Uint8Array(grid.there);
    this.greys = 0;
    for (let j = 0; j < grid.there; j++) {
      const row = grid.rows[j],
        shade = this.map.choice.lit(row) ? this.map.shade(row, values) : GREYED;
      this.shades[j] = shade;
      if (shade === GREYED) this.greys += 1;
    }
    this.thumbnails.key = "";
  }

  /** visit(from, to) the runs of points in sight and some pixels around it; -> how many they are. */
  runsInSight(around, visit = (_from, _to) => {}) {
    const { pane } = this,
      [x0, y1] = pane.under(-around, -around),
      [x1, y0] = pane.under(pane.width + around, pane.height + around);
    let count = 0;
    runs(pane.grid, x0, y0, x1, y1, (from, to) => {
      count += to - from;
      visit(from, to);
    });
    return count;
  }

  /** visit(j) each point in sight, the greyed ones first. */
  inSight(around, visit) {
    const { shades } = this;
    for (const grey of this.greys ? [true, false] : [false])
      this.runsInSight(around, (from, to) => {
        for (let j = from; j < to; j++) if ((shades[j] === GREYED) === grey) visit(j);
      });
  }

  draw() {
    const context = this.canvas.getContext("2d"),
      count = this.runsInSight(0);
    if (count > SHAPED) this.splat(context, count);
    else {
      context.clearRect(0, 0, this.canvas.width, this.canvas.height);
      this.stampDots(context, count);
    }
    if (this.map.faces.tiles) this.stampTiles(context);
  }

  /** From the grid to the screen's own pixels: a scale, and where the grid's corner is. */
  get inPixels() {
    const { view, width, height, ratio } = this.pane,
      s = this.pane.scale * ratio;
    return [s, (width / 2) * ratio - view.x * s, (height / 2) * ratio + view.y * s];
  }

  splat(context, count) {
    const { width: w, height: h } = this.canvas,
      size = Math.max(1, Math.round(this.pane.ratio * Math.max(1, Math.min(5, 600 / Math.sqrt(count))))),
      half = Math.floor(size / 2),
      stamp = disc(size, w);
    if (!this.image) {
      this.image = context.createImageData(w, h);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    this.pixels.fill(0);
    const { pixels, shades } = this,
      { x, y } = this.pane.grid,
      { pixel } = this.map.colours,
      [s, ox, oy] = this.inPixels;
    this.inSight(0, (j) => {
      const px = (x[j] * s + ox) | 0,
        py = (oy - y[j] * s) | 0;
      if (px < half || py < half || px >= w - size || py >= h - size) return;
      const at = py * w + px,
        colour = pixel[shades[j]];
      for (let m = 0; m < stamp.length; m++) pixels[at + stamp[m]] = colour;
    });
    context.putImageData(this.image, 0, 0);
  }

  stampDots(context, count) {
    const { map, shades } = this,
      { grid, ratio } = this.pane,
      small = map.faces.tiles ? 0.75 : 1,
      radius = (small * Math.round(2 * Math.max(2.8, Math.min(6, 190 / Math.sqrt(count))))) / 2,
      key = `${radius} ${ratio} ${map.look}`;
    if (key !== this.spriteKey) [this.sprites, this.spriteKey] = [new Map(), key];
    const [s, ox, oy] = this.inPixels;
    this.inSight(8, (j) => {
      const dot = this.sprites.get(shades[j]) ?? sprite(map.colours, shades[j], !map.valued, radius, ratio),
        half = dot.width / 2;
      this.sprites.set(shades[j], dot);
      context.drawImage(dot, Math.round(grid.x[j] * s + ox - half), Math.round(oy - grid.y[j] * s - half));
    });
  }

  stampTiles(context) {
    const { map, pane, canvas } = this,
      { ratio, scale } = pane,
      tiles = map.faces.tiles,
      key = `${scale} ${map.choice.row} ${map.look}`;
    if (this.thumbnails.key !== key) {
      const rows = decluttered(pane.grid, scale, map.choice.linked ?? [], tiles.reach);
      this.thumbnails = { key, rows, set: new Set(rows) };
    }
    const wide = tiles.wide * ratio,
      high = tiles.high * ratio,
      line = 1.5 * ratio,
      [besides, above] = tiles.reach.map((half) => 2 * half * ratio);
    for (const row of this.thumbnails.rows) {
      const [x, y] = pane.spot(row).map((v) => v * ratio),
        left = Math.round(x - wide / 2),
        top = Math.round(y - high / 2);
      if (x < -besides || y < -above || x > canvas.width + besides || y > canvas.height + above) continue;
      const lit = map.choice.lit(row);
      context.globalAlpha = lit ? 1 : 0.3;
      context.fillStyle = map.colours.css[lit ? map.shade(row, pane.values) : GREYED];
      context.fillRect(left - line, top - line, wide + 2 * line, high + 2 * line);
      tiles.put(context, row, left, top, ratio, map.colours);
    }
    context.globalAlpha = 1;
  }

  /** Half the width and height of a row's thumbnail, where it has one. */
  tileOf(row) {
    const tiles = this.map.faces.tiles;
    return tiles && this.thumbnails.set.has(row) ? tiles.reach : null;
  }

  /** The row whose thumbnail is at a place, or -1. */
  tileAt(px, py) {
    const tiles = this.map.faces.tiles;
    if (!tiles) return -1;
    const [besides, above] = tiles.reach;
    return (
      this.thumbnails.rows.find((row) => {
        const [x, y] = this.pane.spot(row);
        return Math.abs(x - px) <= besides && Math.abs(y - py) <= above;
      }) ?? -1
    );
  }
}

/** The pixels of a disc of this size around its middle, as offsets in an image that is w wide. */
function disc(size, w) {
  const half = Math.floor(size / 2),
    middle = (size - 1) / 2,
    offsets = [];
  for (let dy = 0; dy < size; dy++)
    for (let dx = 0; dx < size; dx++)
      if (size < 3 || Math.hypot(dx - middle, dy - middle) <= size / 2) offsets.push((dy - half) * w + dx - half);
  return offsets;
}

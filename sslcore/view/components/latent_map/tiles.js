// Thumbnails: a picture, or the beginning of a text, on its point.

const TILE = 36; // the longer side of a picture, in CSS pixels
const APART = 4; // CSS pixels between two thumbnails
const TEXT = { wide: 124, high: 22, letters: 20 };

/** The pictures of a gallery, all on one canvas, in rows of `columns`. */
class PictureTiles {
  /** @param {Store} gallery */
  constructor(gallery) {
    const [n, , h, w] = gallery.shapes.pixels;
    this.h = h;
    this.w = w;
    this.columns = Math.ceil(Math.sqrt(n));
    this.canvas = element("canvas", { width: this.columns * w, height: Math.ceil(n / this.columns) * h });
    this.wide = (TILE * w) / Math.max(w, h); // of a tile, in CSS pixels
    this.high = (TILE * h) / Math.max(w, h);
    this.reach = [TILE / 2, TILE / 2]; // from its middle, of what is its own
    const context = this.canvas.getContext("2d"),
      image = context.createImageData(this.canvas.width, this.canvas.height);
    this.fill(new Uint32Array(image.data.buffer), gallery);
    context.putImageData(image, 0, 0);
  }

  fill(out, gallery) {
    const { h, w, columns, canvas } = this,
      [n, c] = gallery.shapes.pixels,
      all = gallery.arrays.pixels,
      size = h * w,
      [green, blue] = c === 3 ? [size, 2 * size] : [0, 0];
    for (let i = 0; i < n; i++) {
      const corner = Math.floor(i / columns) * h * canvas.width + (i % columns) * w;
      for (let p = 0, q = i * c * size; p < size; p++, q++)
        out[corner + Math.floor(p / w) * canvas.width + (p % w)] =
          ((255 << 24) | (all[q + blue] << 16) | (all[q + green] << 8) | all[q]) >>> 0;
    }
  }

  put(context, row, left, top, ratio) {
    const { w, h, columns } = this,
      [x, y] = [(row % columns) * w, Math.floor(row / columns) * h];
    context.imageSmoothingEnabled = Math.max(w, h) > TILE * ratio;
    context.drawImage(this.canvas, x, y, w, h, left, top, this.wide * ratio, this.high * ratio);
  }
}

/** The beginnings of a gallery's texts. */
class TextTiles {
  /**
   * @param {Store} gallery
   * @param {string} font
   */
  constructor(gallery, font) {
    this.texts = gallery.facts.texts;
    this.font = font;
    this.wide = TEXT.wide;
    this.high = TEXT.high;
    this.reach = [TEXT.wide / 2, TEXT.high / 2];
  }

  put(context, row, left, top, ratio, { ground, text }) {
    context.fillStyle = ground;
    context.fillRect(left, top, this.wide * ratio, this.high * ratio);
    context.fillStyle = text;
    context.font = `${12 * ratio}px ${this.font}`;
    context.textBaseline = "middle";
    const words = shortened(this.texts[row], TEXT.letters);
    context.fillText(words, left + 5 * ratio, top + (this.high / 2) * ratio, (this.wide - 10) * ratio);
  }
}

/**
 * Which rows show their thumbnails at `scale` pixels a step of the grid, so that none overlaps another: `first` before
 * the others, and these in their order, so that zooming in adds thumbnails and moves none.
 */
function decluttered({ n, xy }, scale, first, reach) {
  const [wide, high] = reach.map((half) => 2 * half + APART),
    columns = Math.ceil((NOWHERE * scale) / wide) + 3,
    lines = Math.ceil((NOWHERE * scale) / high) + 3,
    taken = new Int32Array(columns * lines).fill(-1),
    shown = [];
  const put = (i) => {
    if (xy[2 * i] === NOWHERE) return;
    const x = xy[2 * i] * scale,
      y = xy[2 * i + 1] * scale,
      column = Math.floor(x / wide) + 1,
      line = Math.floor(y / high) + 1;
    for (let r = line - 1; r <= line + 1; r++)
      for (let c = column - 1; c <= column + 1; c++) {
        const other = taken[r * columns + c];
        if (other < 0) continue;
        if (Math.abs(xy[2 * other] * scale - x) < wide && Math.abs(xy[2 * other + 1] * scale - y) < high) return;
      }
    taken[line * columns + column] = i;
    shown.push(i);
  };
  for (const i of first) put(i);
  for (let i = 0; i < n; i++) put(i);
  return shown;
}

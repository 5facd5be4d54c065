const REACH = 14; // pixels from the pointer to the point that it means
const CARD_AFTER = 125,
  CARD_LEAVES = 260; // milliseconds

/** The map of a training at any of its epochs: points travel, one that is pointed at shows its way and its face. */
class EpochMap {
  constructor() {
    this.canvas = element("canvas", {
      class: "map",
      tabindex: 0,
      role: "img",
      pointermove: (event) => {
        if (event.pointerType === "mouse") this.hover(this.under(event));
      },
      pointerleave: () => this.hover(-1),
      click: (event) => this.hold(this.under(event)),
    });
    this.card = element("div", { class: "card", "aria-live": "polite", hidden: true });
    this.legend = element("div", { class: "legend", role: "group", "aria-label": "Show one class alone" });
    this.heading = element("h2");
    this.note = element("p", { class: "note" });
    const stage = element("div", { class: "stage" }, this.canvas, this.card);
    this.node = element("section", { class: "pane" }, this.heading, stage, this.legend, this.note);
    this.map = new ClassMap(this.canvas);
    this.facts = null;
    /** @type {Store} */
    this.training = null;
    this.m = 0; // items
    this.last = -1; // snapshot
    this.position = 0;
    this.box = null;
    this.between = new Float32Array(0);
    this.solo = this.hovered = this.held = -1;
    this.timer = 0;
  }

  /** What is made once for a run. */
  begin(facts, training) {
    const [snapshots, m] = training.shapes.points;
    [this.training, this.m, this.last] = [training, m, snapshots - 1];
    this.between = new Float32Array(2 * m);
    [this.solo, this.hovered, this.held] = [-1, -1, -1];
    classKeys(this.legend, facts, (i) => {
      this.solo = i;
      this.draw();
    });
    this.map.dress(facts, m);
    this.box = boxAround(training.arrays.points); // of every snapshot: the axes stand still
  }

  say(facts) {
    this.facts = facts;
    const { title, note } = facts.map;
    this.heading.textContent = title;
    this.note.textContent = note;
    const how = "Up and down walk through the images, left and right through the epochs.";
    this.canvas.setAttribute("aria-label", `${title}. ${how}`);
  }

  measure() {
    this.map.measure(this.box, this.facts.map?.axes);
  }

  restyle() {
    this.map.dress(this.facts, this.m);
  }

  /** The points at a place between two snapshots. */
  draw(position = this.position) {
    this.position = position;
    if (!this.map.context) return;
    const from = Math.floor(position),
      to = Math.min(this.last, from + 1),
      share = eased(position - from);
    const { points, labels } = this.training.arrays,
      a = 2 * this.m * from,
      b = 2 * this.m * to,
      regarded = this.hovered >= 0 ? this.hovered : this.held;
    for (let i = 0; i < 2 * this.m; i++) this.between[i] = points[a + i] + share * (points[b + i] - points[a + i]);
    this.map.draw(this.between, labels, this.solo, () => {
      if (regarded >= 0) this.trail(regarded);
    });
    if (regarded >= 0) this.ring(regarded);
  }

  /** The way of one item through all snapshots. */
  trail(i) {
    const { context, colours } = this.map,
      { points } = this.training.arrays;
    context.beginPath();
    for (let k = 0; k <= this.last; k++) {
      const at = 2 * (this.m * k + i);
      context.lineTo(...this.map.place(points[at], points[at + 1]));
    }
    context.strokeStyle = colours.text;
    context.lineWidth = 1.5;
    context.globalAlpha = 0.7;
    context.stroke();
    context.globalAlpha = 1;
  }

  ring(i) {
    const { context, colours, xy } = this.map;
    circle(context, xy[2 * i], xy[2 * i + 1], 8);
    context.strokeStyle = colours.text;
    context.lineWidth = 2.5;
    context.stroke();
    if (!this.card.hidden) this.hang(i);
  }

  // ---- the card ----

  called(i) {
    return sampleName(this.training, this.facts.classes, i);
  }

  showCard(i) {
    const name = this.called(i);
    this.card.replaceChildren(face(this.training, i, name, painted), element("span", {}, name));
    this.card.hidden = false;
    this.hang(i);
  }

  /** Put the card beside its point. */
  hang(i) {
    const { offsetWidth: w, offsetHeight: h } = this.card,
      { width, height, xy } = this.map,
      [x, y] = [xy[2 * i], xy[2 * i + 1]];
    this.card.style.left = `${Math.max(0, Math.min(width - w, x > width / 2 ? x - w - 14 : x + 14))}px`;
    this.card.style.top = `${Math.max(0, Math.min(height - h, y - h / 2))}px`;
  }

  /** Hold an item's card and way, or none's (-1). */
  hold(i) {
    [this.held, this.hovered] = [i, -1];
    if (i < 0) this.card.hidden = true;
    else this.showCard(i);
    this.draw();
  }

  /** Hold the next item (1) or the one before (-1). */
  walk(by) {
    const from = this.held < 0 && by < 0 ? 0 : this.held;
    this.hold((from + this.m + by) % this.m);
  }

  /** The item nearest to a pointer, or -1. */
  under(event) {
    const [x, y] = pointed(this.canvas, event),
      { xy } = this.map,
      { labels } = this.training.arrays;
    let best = -1,
      least = REACH ** 2;
    for (let i = 0; i < this.m; i++) {
      if (this.solo >= 0 && labels[i] !== this.solo) continue;
      const distance = (xy[2 * i] - x) ** 2 + (xy[2 * i + 1] - y) ** 2;
      if (distance < least) [best, least] = [i, distance];
    }
    return best;
  }

  hover(i) {
    if (i === this.hovered) return;
    this.hovered = i;
    clearTimeout(this.timer);
    if (i < 0) this.timer = setTimeout(() => this.leave(), CARD_LEAVES);
    else if (this.card.hidden) this.timer = setTimeout(() => this.showCard(i), CARD_AFTER);
    else this.showCard(i);
    this.draw();
  }

  leave() {
    if (this.held >= 0) this.showCard(this.held);
    else this.card.hidden = true;
  }
}

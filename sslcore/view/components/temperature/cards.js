const SHOWN = 17; // hardest negatives: with the anchor, two rows of nine
const SHEET = 18; // items to choose an anchor from, a page

const percent = (share) => (share >= 0.001 ? `${(100 * share).toFixed(1)} %` : "<0.1 %");

/** The anchor and its hardest negatives as cards, each of which can be made the anchor. */
class Cards {
  /** @param {(i: number) => void} choose */
  constructor(choose) {
    this.choose = choose;
    this.node = element("div", { class: "tiles" });
    this.cards = []; // the anchor's first
  }

  /** Cards for a run with m negatives. */
  lay(m) {
    this.cards = Array.from({ length: Math.min(SHOWN, m) + 1 }, (_, place) => this.card(place));
    this.node.replaceChildren(...this.cards.map(({ node }) => node));
  }

  get negatives() {
    return this.cards.length - 1;
  }

  card(place) {
    const span = (part) => element("span", { class: part }),
      parts = { kind: span("kind"), number: span("number"), cosine: span("cosine"), weight: span("weight") };
    const card = { image: 0, node: null, ...parts };
    card.node = button("", () => this.choose(card.image), {
      class: place ? "card" : "card anchor",
      "data-part": { 0: "positive", 1: "hardest" }[place],
    });
    return card;
  }

  showAnchor({ i, images, s, positive, same }, /** @type {Store} */ gallery) {
    const { labels } = gallery.arrays,
      { classes } = gallery.facts;
    for (const [place, card] of this.cards.entries()) {
      const j = place ? images[place - 1] : i,
        alike = place > 0 && Boolean(same?.[place - 1]);
      card.image = j;
      card.kind.textContent = alike ? "same class" : labels ? classes[labels[j]] : "";
      card.number.textContent = place ? `#${j}` : `anchor #${j}`;
      card.cosine.textContent = place ? `s ${s[place - 1].toFixed(3)}` : `s_ii ${positive.toFixed(3)}`;
      card.node.title = galleryName(gallery, j);
      card.node.classList.toggle("false", alike);
      const shown = face(gallery, j, place ? "" : "the anchor");
      card.node.replaceChildren(shown, card.kind, card.number, card.cosine, card.weight);
    }
  }

  showWeights({ r, probability }) {
    for (const [place, { weight }] of this.cards.entries())
      weight.textContent = place ? `r ${percent(r[place - 1])}` : `P ${digits(probability)}`;
  }
}

/** A page of the gallery to choose an anchor from. */
class AnchorSheet {
  /** @param {(i: number) => void} choose */
  constructor(choose) {
    this.choose = choose;
    this.heading = element("span", {});
    this.earlier = button("‹", () => this.turn(-1), { "aria-label": "Earlier images" });
    this.later = button("›", () => this.turn(1), { "aria-label": "Later images" });
    this.head = element("div", { class: "row choose" }, this.heading, this.earlier, this.later);
    this.node = element("div", { class: "sheet" });
    /** @type {Store} */
    this.gallery = null;
    this.n = 0;
    this.first = 0; // item of the page
    this.anchor = 0;
    this.thumbs = [];
  }

  /** Of the first n items of a gallery, the page with the anchor. */
  lay(gallery, n, anchor) {
    [this.gallery, this.n, this.first] = [gallery, n, Math.floor(anchor / SHEET) * SHEET];
    this.mark(anchor);
    this.turn(0);
  }

  turn(by) {
    const { gallery, n } = this;
    this.first = Math.min(Math.max(this.first + by * SHEET, 0), Math.floor((n - 1) / SHEET) * SHEET);
    const last = Math.min(this.first + SHEET, n),
      rows = Array.from({ length: last - this.first }, (_, k) => this.first + k);
    this.thumbs = rows.map((j) => {
      const name = galleryName(gallery, j);
      return button(face(gallery, j, name), () => this.choose(j), { title: name, "data-row": j });
    });
    this.node.replaceChildren(...this.thumbs);
    this.heading.textContent = `Another anchor: images ${this.first} to ${last - 1} of ${n}`;
    this.earlier.disabled = this.first === 0;
    this.later.disabled = last === n;
    this.mark(this.anchor);
  }

  mark(anchor) {
    this.anchor = anchor;
    for (const thumb of this.thumbs) thumb.setAttribute("aria-pressed", String(+thumb.dataset.row === anchor));
  }
}

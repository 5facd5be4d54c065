/** What is chosen on the maps, and which points that lights up. */
class Choice {
  /** @param {LatentMap} map */
  constructor(map) {
    this.map = map;
    this.state = null; // the settings
    this.row = -1; // the chosen item
    this.solo = null; // the classes that are seen alone
    this.enclosed = null; // by a lasso: uint8 [n]
    this.linked = null; // the chosen row and its neighbours
    this.counted = 0; // in the lasso
  }

  take(settings) {
    const { image, lasso, classes, side } = Object.assign(this.state, settings),
      { panes, facts, labels, count } = this.map;
    this.row = image < count ? image : -1;
    const there = classes.filter((k) => facts.classes[k] !== undefined); // another run may have fewer
    this.solo = labels && there.length ? new Set(there) : null;
    this.enclosed = lasso.length >= 6 && panes[side] ? inside(panes[side].grid, lasso) : null;
    this.linked = this.row >= 0 ? new Set([this.row, ...panes.flatMap((_, i) => this.links(i))]) : null;
    this.counted = 0;
    if (this.enclosed) for (let row = 0; row < count; row++) if (this.lit(row)) this.counted += 1;
  }

  /** Whether a row is of the classes that are seen. */
  fits(row) {
    return !this.solo || this.solo.has(this.map.labels[row]);
  }

  lit(row) {
    if (!this.fits(row)) return false;
    if (this.enclosed) return this.enclosed[row] === 1;
    return this.linked ? this.linked.has(row) : true;
  }

  /** The rows that lines lead to on a map. */
  links(index) {
    const { links } = this.map.facts;
    return links?.image === this.row ? (links.near[index] ?? []) : [];
  }

  /** What a lasso that is interrupted brings back. */
  get kept() {
    const { image, lasso, side } = this.state;
    return { image, lasso, side };
  }
}

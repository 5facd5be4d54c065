/** The faces of the items: fetched after the points have been drawn, and shown on them where thumbnails are wanted. */
class Faces {
  /** @param {LatentMap} map */
  constructor(map) {
    this.map = map;
    this.asked = undefined; // the name of the store
    /** @type {Store} */
    this.gallery = null;
    this.sheet = null; // of thumbnails
  }

  async fetch(name) {
    const { map } = this;
    if (this.asked === name) return;
    [this.asked, this.gallery, this.sheet] = [name, null, null];
    map.toolbar.offer(Boolean(name), false);
    if (!name) return;
    const { gallery } = await stored({ gallery: name });
    if (this.asked !== name) return;
    this.gallery = gallery;
    map.toolbar.offer(true, Boolean(gallery.facts.texts));
    map.strip.update();
    for (const pane of map.panes) pane.redraw();
    map.root.dataset.pictures = "true";
  }

  /** The thumbnails, where they are wanted and have come. */
  get tiles() {
    const { gallery, map } = this;
    if (!map.choice.state.thumbnails || !gallery) return null;
    this.sheet ??= gallery.facts.texts ? new TextTiles(gallery, theme(map.root).font) : new PictureTiles(gallery);
    return this.sheet;
  }
}

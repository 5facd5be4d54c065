// The figures of a page, one at a time and in large type.

const CONTROLS = ["Slider", "NumberInput", "Selectbox", "ButtonGroup", "Checkbox", "Radio", "Button"]
  .map((name) => `.st${name}`)
  .join();
const FEW = 3; // controls that a slide has room for
const LABEL = 90; // letters of a label that it has room for
const DESK = 900; // no component is laid out narrower than this to be enlarged
const SCALES = [2.5, 2.2, 2, 1.8, 1.6, 1.4, 1.25, 1.1, 1, 0.9, 0.8, 0.7, 0.6, 0.5];

const before = (a, b) => Boolean(a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING);

/** What a leaf of the page shows, if it is a figure. */
function kindOf(leaf) {
  if (leaf.querySelector(".stPlotlyChart")) return "plot";
  if (leaf.querySelector("[data-testid=stImage] img, .stHtml img")) return "picture";
  return shadowed(leaf).some((shadow) => shadow.querySelector(".component")) ? "component" : null;
}

/** Figures in the order of the page: each a list of element containers, those of one row together. */
function slides(page) {
  const figures = all(page, LEAF)
    .filter((leaf) => !leaf.closest("[data-testid=stExpander], [data-testid=stPopoverBody], .st-key-lecture"))
    .map((leaf) => ({ leaf, kind: kindOf(leaf), row: leaf.closest(ROW), column: leaf.closest(COLUMN) }))
    .filter(({ kind }) => kind);
  const together = (row) => {
    const here = figures.filter((figure) => figure.row === row),
      columns = new Set(here.map(({ column }) => column)),
      alike = here.every(({ kind }) => kind === here[0].kind);
    return row && here.length > 1 && columns.size === here.length && alike ? here : null;
  };
  return figures.flatMap((figure) => {
    const row = together(figure.row);
    if (!row) return [[figure]];
    return row[0] === figure ? [row] : [];
  });
}

/** What stands on a slide beside its figures: the heading, short labels that begin bold, and controls if few. */
function company(page, figures, earlier) {
  const first = figures[0].leaf,
    last = figures[figures.length - 1].leaf;
  const headings = all(page, "[data-testid=stHeading]").filter((node) => before(node, first));
  const heading = headings[headings.length - 1],
    start = heading ?? page.firstElementChild;
  const controls = all(page, CONTROLS).filter(
    (node) =>
      before(start, node) &&
      before(node, last) &&
      !node.closest("[data-testid=stExpander], [data-testid=stPopover], .st-key-lecture"),
  );
  const labels = figures.flatMap(({ leaf, column }) => {
    const from = earlier && before(start, earlier) ? earlier : start;
    const here = all(column ?? page, "[data-testid=stMarkdown]").filter(
      (node) =>
        node.querySelector("p")?.firstChild?.nodeName === "STRONG" &&
        node.innerText.length < LABEL &&
        node.closest(COLUMN) === column &&
        (figures.length > 1 || (before(from, node) && before(node, leaf))),
    );
    return figures.length > 1 ? here.slice(0, 1) : here.slice(-1);
  });
  return [heading, ...labels, ...(controls.length > FEW ? [] : controls)]
    .filter(Boolean)
    .map((node) => node.closest(LEAF));
}

const frames = async (n) => {
  for (let i = 0; i < n; i++) await new Promise(requestAnimationFrame);
};

/** Make a figure as large as the window lets it be; text in it grows with it. */
async function enlarge({ leaf, kind }, current) {
  const set = (scale, width, shown = 1) => {
    for (const [name, value] of Object.entries({ scale, width: `${width}px`, opacity: shown }))
      leaf.style.setProperty(`--slide-${name}`, value);
  };
  const room = leaf.closest(COLUMN) ?? document.querySelector(PAGE),
    style = getComputedStyle(room);
  const wide = room.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const high = innerHeight - leaf.getBoundingClientRect().top - 56;
  const image = leaf.querySelector("[data-testid=stImage] img");
  if (image) {
    set(1, wide);
    await image.decode().catch(() => {});
    const caption = leaf.offsetHeight - image.offsetHeight;
    return set(1, Math.min(wide, (Math.max(120, high - caption) * image.naturalWidth) / image.naturalHeight));
  }
  if (kind === "plot") {
    // keeps its height; only the drawing is enlarged, as Streamlit measures its frame as it is seen
    const scale = Math.min(SCALES[0], high / leaf.offsetHeight);
    return set(scale, wide / scale);
  }
  if (kind === "picture") {
    // tiles, which have a width of their own
    set(1, wide);
    const left = leaf.getBoundingClientRect().left;
    const own = Math.max(...all(leaf, "img").map((tile) => tile.getBoundingClientRect().right)) - left;
    const scale = Math.min(SCALES[0], wide / own, high / leaf.offsetHeight);
    return set(scale, wide / scale);
  }
  const scales = SCALES.filter((scale) => scale <= 1 || wide / scale >= DESK);
  let [low, top] = [0, scales.length - 1]; // the first that fits
  while (low < top && current()) {
    const middle = (low + top) >> 1;
    set(scales[middle], wide / scales[middle], 0);
    await frames(2);
    if (leaf.offsetHeight * scales[middle] <= high) top = middle;
    else low = middle + 1;
  }
  set(scales[low], wide / scales[low]);
}

/** Show the one figure; called whenever something on the page has changed, and quick where nothing that matters has. */
function present(say) {
  if (!LECTURE.presenting) return;
  const page = document.querySelector(PAGE);
  if (!page) return;
  const everyFigure = slides(page),
    running = document.querySelector(RUNNING),
    wanted = LECTURE.figure;
  address({ present: "1" });
  if (!everyFigure.length || (wanted >= everyFigure.length && running)) {
    // more is to come
    if (!running) document.documentElement.dataset.present = "text";
    return;
  }
  const at = Math.min(wanted, everyFigure.length - 1); // while figures are still loading, not yet what is wanted
  LECTURE.at = at;
  const figures = everyFigure[at],
    earlier = everyFigure[at - 1]?.slice(-1)[0].leaf;
  const kept = new Map();
  for (const leaf of [...company(page, figures, earlier), document.querySelector(".st-key-lecture")])
    for (let node = leaf; node && node !== page; node = node.parentElement) kept.set(node, "");
  for (const { leaf } of figures) {
    for (let node = leaf.parentElement; node !== page; node = node.parentElement) kept.set(node, "");
    kept.set(leaf, "figure");
  }
  for (const node of all(page, "[data-slide]")) if (!kept.has(node)) delete node.dataset.slide;
  for (const [node, what] of kept) if (node.dataset.slide !== what) node.dataset.slide = what;
  document.documentElement.dataset.present = "figure";
  const place = wanted < Infinity ? wanted : at;
  address({ figure: place ? String(place + 1) : null });
  const heading = all(page, "[data-slide] :is(h1, h2, h3, h4)")[0]?.innerText ?? "";
  say(at, everyFigure.length, heading);
  const size = `${innerWidth} ${innerHeight} ${devicePixelRatio}`;
  if (
    LECTURE.size === size &&
    figures.length === LECTURE.fitted.length &&
    figures.every(({ leaf }, i) => leaf === LECTURE.fitted[i])
  )
    return;
  [LECTURE.fitted, LECTURE.size] = [figures.map(({ leaf }) => leaf), size];
  refit(figures);
}

async function refit(figures) {
  LECTURE.watch?.disconnect();
  document.querySelector("[data-testid=stMain]").scrollTop = 0;
  const turn = Symbol(),
    current = () => LECTURE.turn === turn;
  LECTURE.turn = turn;
  await Promise.all(figures.map((figure) => enlarge(figure, current)));
  if (!current()) return;
  const heights = new Map(figures.map(({ leaf }) => [leaf, leaf.offsetHeight]));
  let timer = 0;
  // a figure that comes to its size later, or grows as it is used, is fitted again
  LECTURE.watch = new ResizeObserver(() => {
    if (!figures.some(({ leaf }) => Math.abs(leaf.offsetHeight - heights.get(leaf)) > 8)) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (current()) refit(figures);
    }, 150);
  });
  for (const { leaf } of figures) LECTURE.watch.observe(leaf);
}

function leave() {
  LECTURE.presenting = false;
  LECTURE.turn = LECTURE.size = null;
  LECTURE.watch?.disconnect();
  delete document.documentElement.dataset.present;
  for (const node of all(document, "[data-slide]")) delete node.dataset.slide;
  address({ present: null, figure: null });
}

/** Go to the next (+1) or previous (-1) page, as a click in the sidebar does: the session goes on. */
function turn(by, figure = 0) {
  const links = /** @type {HTMLAnchorElement[]} */ (all(document, NAVIGATION)),
    plain = (path) => path.replace(/\/$/, "");
  const link = links[links.findIndex(({ pathname }) => plain(pathname) === plain(location.pathname)) + by];
  if (!link) return;
  LECTURE.figure = figure;
  link.click();
}

// The lecture kit: what it does, it does to the document; a page switch builds it anew, so what lasts is in LECTURE.

const LECTURE = (SHELF.lecture ??= { presenting: false, figure: 0, at: 0, fitted: [] });
const PAGE = "[data-testid=stMainBlockContainer]",
  LEAF = "[data-testid=stElementContainer]",
  ROW = "[data-testid=stHorizontalBlock]";
const COLUMN = "[data-testid=stColumn]",
  NAVIGATION = "[data-testid=stSidebarNavLink]",
  RUNNING = "[data-test-script-state=running]";
const BOX = `${LEAF}, ${COLUMN}, [data-testid=stLayoutWrapper], [data-testid=stVerticalBlock]`;
const CONTROLS = ["Slider", "NumberInput", "Selectbox", "ButtonGroup", "Checkbox", "Radio", "Button"]
  .map((name) => `.st${name}`)
  .join();
const FIELDS =
  "input, textarea, select, [contenteditable], [role=slider], [role=combobox], [role=listbox] *, [role=tab], [role=radio]";
const FEW = 3,
  LABEL = 90; // controls that a slide has room for, and letters
const DESK = 900; // no component is laid out narrower than this to be enlarged
const SCALES = [2.5, 2.2, 2, 1.8, 1.6, 1.4, 1.25, 1.1, 1, 0.9, 0.8, 0.7, 0.6, 0.5];
const KEYS = [
  ["f", "present: one figure, large type"],
  ["Esc", "leave it"],
  ["n, Page down, ↓", "next figure while presenting"],
  ["p, Page up, ↑", "previous figure while presenting"],
  ["→, ←", "next and previous page while presenting"],
  ["n, p", "next and previous page otherwise; Page down at its end, too"],
  ["Space", "play and pause"],
  ["r", "reset"],
  ["?", "these keys"],
];

// ---- the document: what a page switch may not undo

const STYLE = `
.katex-display { padding: 3px 4px 8px !important; } /* braces reach over the edge: a few pixels are no reason to scroll */
html[data-present] :is([data-testid=stSidebar], [data-testid=stHeader], [data-testid=stExpandSidebarButton], [data-testid=stElementToolbar],
  [data-testid=stHeaderActionElements], .modebar-container) { display: none !important; }
html[data-present] ${PAGE} { max-width: none; min-height: 100vh; padding: 1.5vh 2vw 3.5rem; overflow-x: clip; }
html[data-present] :is(h1, h2, h3, h4) { font-size: clamp(1.6rem, 3.2vw, 4rem) !important; padding: 0 0 .5vh; }
html[data-present] ${PAGE} :is(p, li, label p) { font-size: clamp(1.1rem, 1.7vw, 2rem) !important; }
html[data-present=figure] ${PAGE} :is(${BOX}):not([data-slide]) { display: none !important; }
html[data-present=figure] ${COLUMN}[data-slide] { flex: 1 1 0 !important; min-width: 0; }
html[data-present=figure] [data-slide=figure] { width: var(--slide-width) !important; max-width: none !important; flex: none !important;
  opacity: var(--slide-opacity); }
html[data-present=figure] :is([data-slide=figure]:not(:has(.stPlotlyChart)), [data-slide=figure] .js-plotly-plot) {
  transform: scale(var(--slide-scale)); transform-origin: 0 0; }
html[data-present=figure] [data-slide=figure]:has(.stPlotlyChart), html[data-present=figure] [data-slide=figure] :is(div:has(.js-plotly-plot)) {
  overflow: visible !important; }
html[data-present=figure] [data-slide=figure]:has([data-testid=stImage]) { align-self: center; }
html[data-present=figure] [data-slide=figure] [data-testid=stImage] img { width: 100% !important; max-width: none !important; }
html[data-present] hr { display: none; }
`;

function address(change) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(change))
    value ? url.searchParams.set(name, value) : url.searchParams.delete(name);
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

const shadowed = (host) =>
  [...host.querySelectorAll("[data-testid^=stBidi], [data-testid^=stBidi] *")]
    .map((node) => node.shadowRoot)
    .filter(Boolean);

/** The first visible element of this kind in the page's components: on the slide, or else in the window, or anywhere. */
function inComponents(selector) {
  const found = shadowed(document.querySelector(PAGE)).flatMap((shadow) => [...shadow.querySelectorAll(selector)]);
  const seen = found.filter((node) => node.checkVisibility());
  const inWindow = ({ top, bottom }) => bottom > 0 && top < innerHeight;
  return seen.find((node) => inWindow(node.getBoundingClientRect())) ?? seen[0];
}

/** Formulas and tables that are wider than their place can be scrolled by the keyboard. */
function reachable() {
  for (const node of document.querySelectorAll(`${PAGE} :is(.katex-display, [data-testid=stMarkdown] :has(> table))`)) {
    const wide = node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1;
    if (wide !== node.hasAttribute("tabindex"))
      wide ? node.setAttribute("tabindex", "0") : node.removeAttribute("tabindex");
  }
}

// ---- slides

const before = (a, b) => Boolean(a.compareDocumentPosition(b) & Node.DOCUMENT_POSITION_FOLLOWING);

/** Figures in the order of the page: each a list of element containers, those of one row together. */
function slides(page) {
  const found = [];
  for (const leaf of page.querySelectorAll(LEAF)) {
    if (leaf.closest("[data-testid=stExpander], [data-testid=stPopoverBody], .st-key-lecture")) continue;
    const kind = leaf.querySelector(".stPlotlyChart")
      ? "plot"
      : leaf.querySelector("[data-testid=stImage] img, .stHtml img")
        ? "picture"
        : shadowed(leaf).some((shadow) => shadow.querySelector(".component"))
          ? "component"
          : null;
    if (kind) found.push({ leaf, kind, row: leaf.closest(ROW), column: leaf.closest(COLUMN) });
  }
  const together = (row) => {
    const here = found.filter((one) => one.row === row),
      columns = new Set(here.map((one) => one.column));
    return row && here.length > 1 && columns.size === here.length && here.every((one) => one.kind === here[0].kind)
      ? here
      : null;
  };
  return found.flatMap((one) => {
    const row = together(one.row);
    return !row ? [[one]] : row[0] === one ? [row] : [];
  });
}

/** What stands on a slide beside its figures: the heading, short labels that begin bold, and controls if they are few. */
function company(page, figures, earlier) {
  const first = figures[0].leaf,
    last = figures[figures.length - 1].leaf;
  const headings = [...page.querySelectorAll("[data-testid=stHeading]")].filter((node) => before(node, first));
  const heading = headings[headings.length - 1],
    start = heading ?? page.firstElementChild;
  const controls = [...page.querySelectorAll(CONTROLS)].filter(
    (node) =>
      before(start, node) &&
      before(node, last) &&
      !node.closest("[data-testid=stExpander], [data-testid=stPopover], .st-key-lecture"),
  );
  const labels = figures.flatMap(({ leaf, column }) => {
    const from = earlier && before(start, earlier) ? earlier : start;
    const here = [...(column ?? page).querySelectorAll("[data-testid=stMarkdown]")].filter(
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
    const own = Math.max(...[...leaf.querySelectorAll("img")].map((tile) => tile.getBoundingClientRect().right)) - left;
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
  const all = slides(page),
    running = document.querySelector(RUNNING),
    wanted = LECTURE.figure;
  address({ present: "1" });
  if (!all.length || (wanted >= all.length && running)) {
    // more is to come
    if (!running) document.documentElement.dataset.present = "text";
    return;
  }
  const at = (LECTURE.at = Math.min(wanted, all.length - 1)); // while figures are still loading, not yet what is wanted
  const figures = all[at],
    earlier = all[at - 1]?.slice(-1)[0].leaf;
  const kept = new Map();
  for (const leaf of [...company(page, figures, earlier), document.querySelector(".st-key-lecture")])
    for (let node = leaf; node && node !== page; node = node.parentElement) kept.set(node, "");
  for (const { leaf } of figures) {
    for (let node = leaf.parentElement; node !== page; node = node.parentElement) kept.set(node, "");
    kept.set(leaf, "figure");
  }
  for (const node of page.querySelectorAll("[data-slide]")) if (!kept.has(node)) delete node.dataset.slide;
  for (const [node, what] of kept) if (node.dataset.slide !== what) node.dataset.slide = what;
  document.documentElement.dataset.present = "figure";
  const place = wanted < Infinity ? wanted : at;
  address({ figure: place ? String(place + 1) : null });
  const heading = page.querySelector("[data-slide] :is(h1, h2, h3, h4)")?.innerText ?? "";
  say(at, all.length, heading);
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
  const turn = (LECTURE.turn = Symbol()),
    current = () => LECTURE.turn === turn;
  await Promise.all(figures.map((figure) => enlarge(figure, current)));
  if (!current()) return;
  const heights = new Map(figures.map(({ leaf }) => [leaf, leaf.offsetHeight]));
  let timer = 0;
  // a figure that comes to its size later, or grows as it is used, is fitted again
  LECTURE.watch = new ResizeObserver((entries) => {
    if (!entries.some(({ target }) => Math.abs(target.offsetHeight - heights.get(target)) > 8)) return;
    clearTimeout(timer);
    timer = setTimeout(() => current() && refit(figures), 150);
  });
  for (const { leaf } of figures) LECTURE.watch.observe(leaf);
}

function leave() {
  LECTURE.presenting = false;
  LECTURE.turn = LECTURE.size = null;
  LECTURE.watch?.disconnect();
  delete document.documentElement.dataset.present;
  for (const node of document.querySelectorAll("[data-slide]")) delete node.dataset.slide;
  address({ present: null, figure: null });
}

/** Go to the next (+1) or previous (-1) page, as a click in the sidebar does: the session goes on. */
function turn(by, figure = 0) {
  const links = [...document.querySelectorAll(NAVIGATION)],
    plain = (path) => path.replace(/\/$/, "");
  const link = links[links.findIndex((one) => plain(one.pathname) === plain(location.pathname)) + by];
  if (!link) return;
  LECTURE.figure = figure;
  link.click();
}

// ---- the tour

const remembered = (name) => {
  try {
    return localStorage.getItem(`sslscope-${name}`);
  } catch {
    return null;
  }
};
const remember = (name, value) => {
  try {
    localStorage.setItem(`sslscope-${name}`, value);
  } catch {
    /* a private window forgets */
  }
};

/** The part of the page that a step points at: a heading's section, or what a selector finds, in components too. */
function target(name) {
  const page = document.querySelector(PAGE),
    shown = (node) => {
      const box = node?.getBoundingClientRect();
      return box && box.width > 0 && box.height > 0 && box.right > 0 ? node : null;
    };
  const heading = [...page.querySelectorAll("[data-testid=stHeading]")].find((node) =>
    node.innerText.trim().startsWith(name),
  );
  if (heading) {
    const leaf = heading.closest(LEAF);
    return shown(leaf.parentElement.firstElementChild === leaf ? leaf.parentElement : leaf);
  }
  try {
    for (const root of [document, ...shadowed(page)]) {
      const found = [...root.querySelectorAll(name)].find(shown);
      if (found) return found;
    }
  } catch {
    /* a heading that is not on this page is no selector */
  }
  return null;
}

function tour(root, steps, ended) {
  const found = steps.map(([name, text]) => ({ name, text })).filter(({ name }) => target(name));
  if (!found.length) return null;
  let at = 0,
    alive = true;
  const frame = element("div", { class: "frame", popover: "manual", "aria-hidden": "true" });
  const count = element("strong", { id: "count" }),
    text = element("p", { id: "step" });
  const back = element("button", { type: "button", click: () => go(at - 1) }, "Back");
  const next = element("button", { type: "button", class: "primary", click: () => go(at + 1) });
  const bubble = element(
    "div",
    {
      class: "bubble",
      popover: "manual",
      role: "dialog",
      "aria-labelledby": "count",
      "aria-describedby": "step",
      tabindex: "-1",
    },
    count,
    text,
    element(
      "div",
      { class: "row" },
      back,
      next,
      element("button", { type: "button", class: "quiet", click: () => end() }, "Skip the tour"),
    ),
  );
  root.append(frame, bubble);
  frame.showPopover();
  bubble.showPopover();

  function end() {
    if (!alive) return;
    alive = false;
    frame.remove();
    bubble.remove();
    ended();
  }
  function go(to) {
    if (to >= found.length) return end();
    at = Math.max(0, to);
    const node = target(found[at].name);
    if (!node) return to < at ? go(to - 1) : go(at + 1);
    count.textContent = `${at + 1} of ${found.length}`;
    text.replaceChildren(...found[at].text.split("**").map((part, i) => (i % 2 ? element("strong", {}, part) : part)));
    back.disabled = at === 0;
    next.textContent = at === found.length - 1 ? "Done" : "Next";
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches,
      tall = node.getBoundingClientRect().height > 0.6 * innerHeight;
    node.scrollIntoView({ block: tall ? "start" : "center", behavior: still ? "auto" : "smooth" });
    bubble.focus({ preventScroll: true });
  }
  function follow() {
    if (!alive) return;
    const box = target(found[at].name)?.getBoundingClientRect();
    if (box) {
      const left = Math.max(4, box.left - 8),
        top = Math.max(4, box.top - 8);
      const right = Math.min(innerWidth - 4, box.right + 8),
        bottom = Math.min(innerHeight - 4, box.bottom + 8);
      Object.assign(frame.style, {
        left: `${left}px`,
        top: `${top}px`,
        width: `${Math.max(0, right - left)}px`,
        height: `${Math.max(0, bottom - top)}px`,
      });
      const { offsetWidth: w, offsetHeight: h } = bubble;
      const y = bottom + h + 12 < innerHeight ? bottom + 12 : top - h - 12 > 0 ? top - h - 12 : innerHeight - h - 20;
      const x = y === innerHeight - h - 20 ? right - w - 12 : left; // in front of a tall part: in its corner
      Object.assign(bubble.style, {
        left: `${Math.max(8, Math.min(x, innerWidth - w - 8))}px`,
        top: `${Math.max(8, y)}px`,
      });
    }
    requestAnimationFrame(follow);
  }
  go(0);
  follow();
  return { end, back: () => go(at - 1), next: () => go(at + 1) };
}

// ---- the buttons, and the keys

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // no permission, or not a secure address
    const field = element("textarea", {}, text);
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}

const MOUNTED = new WeakMap();

export default function lecture({ data, parentElement }) {
  const before = MOUNTED.get(parentElement);
  if (before) before.data = data;
  else MOUNTED.set(parentElement, mounted(parentElement, data));
  return whenGone(parentElement, () => {
    MOUNTED.get(parentElement)?.end();
    MOUNTED.delete(parentElement);
  });
}

function mounted(parent, data) {
  const it = { data },
    ending = new AbortController(),
    { signal } = ending;
  let touring = null,
    pending = 0;
  const button = (name, title, click, more = {}) => element("button", { type: "button", title, click, ...more }, name);
  const live = element("span", { class: "said", role: "status" });
  const tell = (text) => {
    live.textContent = text;
  };

  const begin = () => {
    touring?.end();
    [LECTURE.presenting, LECTURE.figure, LECTURE.size] = [true, 0, null];
    show();
  };
  const stop = () => {
    leave();
    stage.hidden = true;
    bar.hidden = false;
    tell("");
    start.focus();
  };
  const welcomed = () => {
    remember("toured", "1");
    [offer.hidden, guide.hidden] = [true, false];
  };
  const startTour = () => {
    touring?.end();
    welcomed();
    touring = tour(root, it.data.tour, () => {
      touring = null;
      guide.focus();
    });
  };
  const start = button("Present", "One figure at a time, in large type (f)", begin);
  const guide = button("Tour", "What to look at on this page", startTour, {
    hidden: !data.tour.length || !remembered("toured"),
  });
  const link = button("Copy link", "The address of this page with all its settings", async () =>
    tell((await copied(location.href)) ? "Copied" : "Not copied: take it from the address bar"),
  );
  const help = button("?", "Keys (?)", () => dialog.showModal(), { "aria-label": "Keys" });
  const offer = element(
    "span",
    { class: "offer", hidden: Boolean(remembered("toured")) || !data.tour.length },
    button("New here? Tour", "A few steps, which you can leave at any time", startTour),
    button(
      "×",
      "No, thank you",
      () => {
        welcomed();
        guide.focus();
      },
      { "aria-label": "No tour, thank you" },
    ),
  );
  const bar = element(
    "div",
    { class: "bar", role: "group", "aria-label": "This page" },
    offer,
    guide,
    link,
    start,
    help,
  );

  const where = element("span", { class: "where" });
  const stage = element(
    "div",
    { class: "stage", hidden: true, role: "group", "aria-label": "Presenting" },
    button("‹", "Previous figure (p, Page up)", () => move(-1), { "aria-label": "Previous figure" }),
    where,
    button("›", "Next figure (n, Page down)", () => move(1), { "aria-label": "Next figure" }),
    button("Leave", "Leave (Esc)", stop),
  );

  const letters = element("input", {
    type: "checkbox",
    change: () => remember("letters", letters.checked ? "on" : "off"),
  });
  letters.checked = remembered("letters") !== "off";
  const dialog = element(
    "dialog",
    { "aria-labelledby": "keys" },
    element("h2", { id: "keys" }, "Keys"),
    element(
      "dl",
      {},
      ...KEYS.flatMap(([key, what]) => [
        element("dt", {}, ...key.split(", ").map((one) => element("kbd", {}, one))),
        element("dd", {}, what),
      ]),
    ),
    element("label", {}, letters, " Single letters are keys"),
    element("form", { method: "dialog" }, element("button", { class: "primary" }, "Close")),
  );
  const root = element("div", { class: "lecture" }, bar, live, stage, dialog);
  parent.append(root);

  if (!document.getElementById("sslscope-present"))
    document.head.append(element("style", { id: "sslscope-present" }, STYLE));
  const asked = new URLSearchParams(location.search);
  if (!LECTURE.presenting && asked.get("present") === "1")
    [LECTURE.presenting, LECTURE.figure] = [true, Math.max(0, (parseInt(asked.get("figure"), 10) || 1) - 1)];

  const say = (i, n, heading) => {
    [stage.hidden, bar.hidden] = [false, true];
    const text = `${i + 1} / ${n}`;
    if (where.textContent === text && it.heading === heading) return;
    where.textContent = text;
    it.heading = heading;
    tell(`Figure ${i + 1} of ${n}: ${heading}`);
  };
  const show = () => {
    if (!LECTURE.presenting) return;
    document.documentElement.dataset.present ??= "text";
    stage.hidden = false;
    bar.hidden = true;
    present(say);
  };
  const soon = () => {
    pending ||= setTimeout(() => {
      pending = 0;
      reachable();
      show();
    }, 40);
  };
  const move = (by) => {
    const all = slides(document.querySelector(PAGE)),
      to = LECTURE.at + by;
    if (to >= all.length) return turn(1);
    if (to < 0) return turn(-1, Infinity);
    LECTURE.figure = to;
    show();
  };

  const act = (key, event) => {
    if (key.length === 1 && key !== " " && !letters.checked) return false;
    if (touring && ["ArrowRight", "ArrowLeft", "Escape"].includes(key))
      return { ArrowRight: touring.next, ArrowLeft: touring.back, Escape: touring.end }[key]();
    if (LECTURE.presenting) {
      if (key === "Escape") return stop();
      if (["n", "PageDown", "ArrowDown"].includes(key)) return move(1);
      if (["p", "PageUp", "ArrowUp"].includes(key)) return move(-1);
      if (key === "ArrowRight") return turn(1);
      if (key === "ArrowLeft") return turn(-1);
    } else {
      if (key === "n") return turn(1);
      if (key === "p") return turn(-1);
      const main = document.querySelector("[data-testid=stMain]"),
        { scrollTop, clientHeight, scrollHeight } = main;
      if (key === "PageDown")
        return scrollTop + clientHeight < scrollHeight - 2 ? void main.scrollBy(0, 0.9 * clientHeight) : turn(1);
      if (key === "PageUp") return scrollTop > 0 ? void main.scrollBy(0, -0.9 * clientHeight) : turn(-1);
    }
    if (key === "f" || key === "P") return LECTURE.presenting ? stop() : begin();
    if (key === "?") return void (dialog.open || dialog.showModal());
    const press = key === " " ? inComponents(".play") : key === "r" ? inComponents("[data-reset]") : null;
    if (press) return press.click();
    return key === "r" && !event.shiftKey ? undefined : false; // Streamlit's own "r" runs the page again
  };
  // remotes send Page up and Page down, whatever was touched last: while presenting they are no slider's
  const remote = (event) => LECTURE.presenting && (event.key === "PageDown" || event.key === "PageUp");
  const pressed = (event, early) => {
    if (
      event.defaultPrevented ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      dialog.open ||
      early !== Boolean(remote(event))
    )
      return;
    const at = event.composedPath()[0];
    const taken = event.key === "Escape" ? "[role=combobox], [role=listbox] *" : FIELDS; // a slider has no use for Escape
    if (!early && at.matches?.(taken)) return;
    if (event.key === " " && at.matches?.("button, a, summary, [role=button]")) return;
    if (act(event.key, event) === false) return;
    event.preventDefault();
    event.stopPropagation();
  };
  window.addEventListener("keydown", (event) => pressed(event, true), { signal, capture: true });
  document.documentElement.addEventListener("keydown", (event) => pressed(event, false), { signal });
  window.addEventListener("resize", soon, { signal });
  document.fonts.addEventListener("loadingdone", soon, { signal }); // a formula grows with its letters
  const observer = new MutationObserver(soon);
  observer.observe(document.querySelector("[data-testid=stMain]"), { childList: true, subtree: true });
  const state = new MutationObserver(soon);
  state.observe(document.querySelector("[data-testid=stApp]"), { attributeFilter: ["data-test-script-state"] });
  show();

  it.end = () => {
    ending.abort();
    observer.disconnect();
    state.disconnect();
    clearTimeout(pending);
    touring?.end();
  };
  return it;
}

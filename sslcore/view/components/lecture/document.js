// The lecture kit: what it does, it does to the document; a page switch builds it anew, so what lasts is in LECTURE.

SHELF.lecture ??= { presenting: false, figure: 0, at: 0, fitted: [], size: null, turn: null, watch: null };
const LECTURE = SHELF.lecture;
const PAGE = "[data-testid=stMainBlockContainer]",
  LEAF = "[data-testid=stElementContainer]",
  ROW = "[data-testid=stHorizontalBlock]";
const COLUMN = "[data-testid=stColumn]",
  NAVIGATION = "[data-testid=stSidebarNavLink]",
  RUNNING = "[data-test-script-state=running]";
const BOX = `${LEAF}, ${COLUMN}, [data-testid=stLayoutWrapper], [data-testid=stVerticalBlock]`;

// what a page switch may not undo
const STYLE = `
/* braces reach over the edge: a few pixels are no reason to scroll */
.katex-display { padding: 3px 4px 8px !important; }
html[data-present] :is([data-testid=stSidebar], [data-testid=stHeader], [data-testid=stExpandSidebarButton],
  [data-testid=stElementToolbar], [data-testid=stHeaderActionElements], .modebar-container) {
  display: none !important; }
html[data-present] ${PAGE} { max-width: none; min-height: 100vh; padding: 1.5vh 2vw 3.5rem; overflow-x: clip; }
html[data-present] :is(h1, h2, h3, h4) { font-size: clamp(1.6rem, 3.2vw, 4rem) !important; padding: 0 0 .5vh; }
html[data-present] ${PAGE} :is(p, li, label p) { font-size: clamp(1.1rem, 1.7vw, 2rem) !important; }
html[data-present=figure] ${PAGE} :is(${BOX}):not([data-slide]) { display: none !important; }
html[data-present=figure] ${COLUMN}[data-slide] { flex: 1 1 0 !important; min-width: 0; }
html[data-present=figure] [data-slide=figure] { width: var(--slide-width) !important; max-width: none !important;
  flex: none !important; opacity: var(--slide-opacity); }
html[data-present=figure] :is([data-slide=figure]:not(:has(.stPlotlyChart)), [data-slide=figure] .js-plotly-plot) {
  transform: scale(var(--slide-scale)); transform-origin: 0 0; }
html[data-present=figure] [data-slide=figure]:has(.stPlotlyChart),
html[data-present=figure] [data-slide=figure] :is(div:has(.js-plotly-plot)) { overflow: visible !important; }
html[data-present=figure] [data-slide=figure]:has([data-testid=stImage]) { align-self: center; }
html[data-present=figure] [data-slide=figure] [data-testid=stImage] img { width: 100% !important;
  max-width: none !important; }
html[data-present] hr { display: none; }
`;

/**
 * The elements of a page, or of a part of it, that a selector finds.
 * @param {ParentNode} root
 * @returns {HTMLElement[]}
 */
const all = (root, selector) => [...root.querySelectorAll(selector)];

function address(change) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(change))
    if (value) url.searchParams.set(name, value);
    else url.searchParams.delete(name);
  if (url.href !== location.href) history.replaceState(history.state, "", url);
}

const shadowed = (host) =>
  all(host, "[data-testid^=stBidi], [data-testid^=stBidi] *")
    .map((node) => node.shadowRoot)
    .filter(Boolean);

/** The first visible element of this kind in the page's components: on the slide, or in the window, or anywhere. */
function inComponents(selector) {
  const nodes = shadowed(document.querySelector(PAGE)).flatMap((shadow) => all(shadow, selector));
  const seen = nodes.filter((node) => node.checkVisibility());
  const inWindow = ({ top, bottom }) => bottom > 0 && top < innerHeight;
  return seen.find((node) => inWindow(node.getBoundingClientRect())) ?? seen[0];
}

/** Formulas and tables that are wider than their place can be scrolled by the keyboard. */
function reachable() {
  for (const node of all(document, `${PAGE} :is(.katex-display, [data-testid=stMarkdown] :has(> table))`)) {
    const wide = node.scrollWidth > node.clientWidth + 1 || node.scrollHeight > node.clientHeight + 1;
    if (wide === node.hasAttribute("tabindex")) continue;
    if (wide) node.setAttribute("tabindex", "0");
    else node.removeAttribute("tabindex");
  }
}

// ---- what lasts longer than a visit; a private window forgets

function remembered(name) {
  try {
    return localStorage.getItem(`sslscope-${name}`);
  } catch {
    return null;
  }
}
function remember(name, value) {
  try {
    localStorage.setItem(`sslscope-${name}`, value);
  } catch {
    // as said
  }
}

// What every component shares: reading packed arrays, finding them by name, and living through reruns.

const VIEWS = {
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  i4: Int32Array,
  f2: Uint16Array,
  f4: Float32Array,
  f8: Float64Array,
};

/** Packed bytes (sslcore/packed.py) -> {facts, arrays: {name: typed array}, shapes}; float16 becomes Float32Array. */
function unpack(bytes) {
  if (bytes.byteOffset % 8) bytes = bytes.slice(); // typed arrays look only at aligned places
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  const arrays = {},
    shapes = {};
  for (const [name, [kind, shape, offset]] of Object.entries(head.arrays)) {
    const size = shape.reduce((a, b) => a * b, 1);
    const view = new VIEWS[kind](bytes.buffer, bytes.byteOffset + 4 + length + offset, size);
    arrays[name] = kind === "f2" ? halves(view) : view;
    shapes[name] = shape;
  }
  return { facts: head.facts, arrays, shapes };
}

let HALF = null; // every float16 there is, as float32
function halves(bits) {
  if (!HALF) {
    HALF = new Float32Array(65536);
    for (let i = 0; i < 65536; i++) {
      const sign = i & 0x8000 ? -1 : 1,
        exponent = (i >> 10) & 31,
        fraction = i & 1023;
      HALF[i] =
        exponent === 31
          ? fraction
            ? NaN
            : sign * Infinity
          : sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
    }
  }
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = HALF[bits[i]];
  return out;
}

/**
 * What a component returns: Streamlit calls it when the element has gone, and also once a call of the component is done that
 * the next call has overtaken.  The element stays then, and with it all that lives there.
 */
const whenGone = (parentElement, end) => () => {
  if (!parentElement.isConnected) end();
};

// one shelf for the whole browser tab: a store may arrive after the component that asks for it
const SHELF = (globalThis.sslscope ??= { stores: new Map(), fetched: 0 });
const NAME_LENGTH = 24;

function slot(name) {
  if (!SHELF.stores.has(name)) {
    const entry = { holders: 0 };
    entry.promise = new Promise((resolve) => (entry.resolve = resolve));
    SHELF.stores.set(name, entry);
  }
  return SHELF.stores.get(name);
}

const HELD = new WeakMap(); // element of a store component -> the name it holds

/** Put a store's bytes (its name, then packed arrays) on the shelf until nobody holds it; what is there is not read again. */
function keep({ data, parentElement }) {
  const name = new TextDecoder().decode(data.subarray(0, NAME_LENGTH)),
    entry = slot(name),
    before = HELD.get(parentElement);
  if (before !== name) {
    HELD.set(parentElement, name);
    entry.holders += 1;
    if (before) drop(before);
  }
  if (!entry.kept) {
    entry.kept = true;
    SHELF.fetched += 1;
    entry.resolve(unpack(data.slice(NAME_LENGTH)));
  }
  return whenGone(parentElement, () => {
    drop(HELD.get(parentElement));
    HELD.delete(parentElement);
  });
}

function drop(name) {
  const entry = SHELF.stores.get(name);
  if (entry && --entry.holders <= 0) SHELF.stores.delete(name);
}

/** A promise of the stores of these names: {part: unpacked}. */
async function stored(names) {
  const parts = Object.keys(names);
  const found = await Promise.all(parts.map((part) => slot(names[part]).promise));
  return Object.fromEntries(parts.map((part, i) => [part, found[i]]));
}

/** Figures of a page that opens are drawn one by one: the first is on the screen before the next begins. */
function inTurn() {
  const mine = SHELF.turn ?? Promise.resolve();
  SHELF.turn = mine.then(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
  return mine;
}

const LIVING = new WeakMap();

/**
 * Where a component begins.  `build(root, api)` makes its elements once and returns {update(facts, stores, state, fresh)}.
 * update is called when the stores are there, and again when facts or stores change; `fresh` is true where the state
 * comes from Python (the first time, and when Python sets it anew), and state is else what was last committed.
 * api.commit({name: value}) hands settings to Python: one rerun, so on release and never on move.
 */
function live(args, build) {
  let it = LIVING.get(args.parentElement);
  if (!it) {
    const root = element("div", { class: "component" });
    args.parentElement.append(root);
    it = { root, state: {}, told: null, seen: null, fresh: false };
    it.api = {
      commit(change) {
        if (!root.isConnected) return; // what was playing ends with its figure, and the address is another page's by then
        it.state = { ...it.state, ...change };
        it.args.setStateValue("state", it.state);
      },
    };
    it.figure = build(root, it.api);
    LIVING.set(args.parentElement, it);
  }
  it.args = args;
  const { facts, state, stores } = args.data,
    seen = JSON.stringify([facts, stores]),
    told = JSON.stringify(state);
  if (seen === it.seen && told === it.told) {
    if (it.root.dataset.ready) it.figure.restyle?.(); // the theme has changed
  } else {
    if (told !== it.told) Object.assign(it, { fresh: true, state: { ...it.state, ...state } });
    [it.seen, it.told] = [seen, told];
    stored(stores).then(async (found) => {
      if (!it.root.dataset.ready) await inTurn();
      if (it.seen !== seen) return; // a later call has overtaken this one
      it.figure.update(facts, found, it.state, it.fresh);
      it.fresh = false;
      it.root.setAttribute("role", "group");
      it.root.setAttribute("aria-label", facts.alt);
      footer(it.root, facts);
      it.root.dataset.ready = "true";
    });
  }
  return whenGone(args.parentElement, () => {
    it.seen = null; // what waits for its stores is not drawn any more
    it.figure.destroy?.();
    LIVING.delete(args.parentElement);
  });
}

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

/**
 * What packed bytes (sslcore/browser/packed.py) hold; float16 becomes Float32Array.
 * @param {Uint8Array} bytes
 * @returns {Store}
 */
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
      if (exponent === 31) HALF[i] = fraction ? NaN : sign * Infinity;
      else HALF[i] = sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
    }
  }
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = HALF[bits[i]];
  return out;
}

/**
 * What a component returns: Streamlit calls it when the element has gone, and also once a call of the component is done
 * that the next call has overtaken.  The element stays then, and with it all that lives there.
 */
const whenGone = (parentElement, end) => () => {
  if (!parentElement.isConnected) end();
};

// one shelf for the whole browser tab: a store may arrive after the component that asks for it
globalThis.sslscope ??= { stores: new Map(), fetched: 0, turn: Promise.resolve() };
const SHELF = globalThis.sslscope;
const NAME_LENGTH = 24;

function slot(name) {
  if (!SHELF.stores.has(name)) {
    const { promise, resolve } = opened();
    SHELF.stores.set(name, { promise, resolve, holders: 0, kept: false });
  }
  return SHELF.stores.get(name);
}

/** A promise, and what fulfils it. */
function opened() {
  let resolve = null;
  const promise = new Promise((fulfil) => {
    resolve = fulfil;
  });
  return { promise, resolve };
}

const HELD = new WeakMap(); // element of a store component -> the name it holds

/** Put a store's bytes (its name, then packed arrays) on the shelf until nobody holds it; it is read once. */
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

/**
 * A promise of the stores of these names, by part.
 * @param {Record<string, string>} names
 * @returns {Promise<Record<string, Store>>}
 */
async function stored(names) {
  const named = async ([part, name]) => [part, await slot(name).promise];
  return Object.fromEntries(await Promise.all(Object.entries(names).map(named)));
}

/** Figures of a page that opens are drawn one by one: the first is on the screen before the next begins. */
function inTurn() {
  const mine = SHELF.turn;
  SHELF.turn = mine.then(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve))));
  return mine;
}

const LIVING = new WeakMap();

/**
 * Where a component begins.  `build(root, api)` makes its elements once and returns the figure.  Its update is called
 * when the stores are there, and again when facts or stores change; `fresh` is true where the state comes from Python
 * (the first time, and when Python sets it anew), and state is else what was last committed.
 * @param {Args} args
 * @param {(root: HTMLElement, api: Api) => Figure} build
 */
function live(args, build) {
  const { parentElement, data } = args;
  const it = LIVING.get(parentElement) ?? beginning(parentElement, build);
  it.args = args;
  const seen = JSON.stringify([data.facts, data.stores]),
    told = JSON.stringify(data.state);
  if (seen === it.seen && told === it.told) {
    if (it.root.dataset.ready) it.figure.restyle?.(); // the theme has changed
  } else {
    if (told !== it.told) Object.assign(it, { fresh: true, state: { ...it.state, ...data.state } });
    [it.seen, it.told] = [seen, told];
    updated(it, data);
  }
  return whenGone(parentElement, () => {
    it.seen = null; // what waits for its stores is not drawn any more
    it.figure.destroy?.();
    LIVING.delete(parentElement);
  });
}

/** A component's element, with nothing in it yet but what `build` makes. */
function beginning(parentElement, build) {
  const root = element("div", { class: "component" });
  parentElement.append(root);
  const it = { root, figure: null, args: null, state: {}, told: null, seen: null, fresh: false };
  it.figure = build(root, {
    commit(change) {
      if (!root.isConnected) return; // what was playing ends with its figure, and the address is another page's by then
      it.state = { ...it.state, ...change };
      it.args.setStateValue("state", it.state);
    },
  });
  LIVING.set(parentElement, it);
  return it;
}

async function updated(it, { facts, stores }) {
  const { root, seen } = it,
    arrived = await stored(stores);
  if (!root.dataset.ready) await inTurn();
  if (it.seen !== seen) return; // a later call has overtaken this one
  it.figure.update(facts, arrived, it.state, it.fresh);
  it.fresh = false;
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", facts.alt);
  footer(root, facts);
  root.dataset.ready = "true";
}

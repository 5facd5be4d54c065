// Types that the components' JavaScript shares; nothing of it is served.

/** What `unpack` makes of packed bytes. */
interface Store {
  facts: Record<string, any>;
  arrays: Record<string, any>; // typed arrays
  shapes: Record<string, number[]>;
}

/** What a figure may ask of the page. */
interface Api {
  commit(change: Record<string, unknown>): void;
}

/** What `live` is given a figure to be. */
interface Figure {
  update(facts: Record<string, any>, stores: Record<string, Store>, state: Record<string, any>, fresh: boolean): void;
  restyle?(): void;
  destroy?(): void;
}

/** What Streamlit, or a frozen page, calls a component with. */
interface Args {
  parentElement: HTMLElement;
  data: { facts: Record<string, any>; state: Record<string, any>; stores: Record<string, string> };
  setStateValue(name: string, value: unknown): void;
}

/** Where `paint` paints an image: a canvas of its own, or a cell of a strip. */
interface Cell {
  pixels: ImageData;
  put(): void;
}

type Player = HTMLButtonElement & { stop(): void; toggle(): void };

/** An axis of a chart; without `ticks`, round values. */
interface Axis {
  title?: string;
  domain: number[]; // from, to
  log?: boolean;
  ticks?: number[];
  format?: (value: number) => string | number;
}

/**
 * A mark of a chart: "line", "steps", "bars", "area", "dots", "rule" or "band".  "steps" has one more x than y, and so
 * have "bars", which are filled; "rule" is a vertical line at xs[0]; "band" lies between `low` and ys.
 */
interface Mark {
  kind: string;
  xs: ArrayLike<number>;
  ys?: ArrayLike<number>;
  low?: ArrayLike<number>;
  colour: string;
  width?: number;
  dash?: string;
  opacity?: number;
  fill?: boolean;
  radius?: number;
  symbol?: string; // of dots: else circles, or "diamond"
  title?: string;
  legend?: boolean;
}

interface Window {
  sslscope: { stores: Map<string, any>; fetched: number; turn: Promise<unknown>; lecture?: Record<string, any> };
}

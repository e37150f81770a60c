/** Specifications of Plotly without what leads elsewhere. */

type Spec = Readonly<Record<string, unknown>>;

/** What a figure is made of. */
export interface Figure {
  readonly data: unknown;
  readonly layout: unknown;
  readonly frames: unknown;
}

/** Return a figure that fills its frame, and has no link and no image from elsewhere. */
export function cleanFigure(spec: Spec): Figure {
  const layout = { ...(clean(spec["layout"]) as Spec), autosize: true } as Record<string, unknown>;
  delete layout["width"];
  return { data: clean(spec["data"]), layout, frames: clean(spec["frames"]) };
}

const SOURCES = new Set(["source", "url", "geojson", "style", "topojsonURL"]);

function clean(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) {
    // Long lists of numbers are as they are.
    return typeof value[0] === "number" ? value : value.map((one) => clean(one, key));
  }
  if (typeof value === "string") return cleanText(value, key);
  if (typeof value !== "object" || value === null) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, one] of Object.entries(value)) {
    if (name !== "__proto__") copy[name] = clean(one, name);
  }
  return copy;
}

function cleanText(text: string, key: string): string {
  if (
    SOURCES.has(key) &&
    /^\s*(?:[a-z][\w+.-]*:|\/\/)/i.test(text) &&
    !text.startsWith("data:image/")
  ) {
    return "";
  }
  return text.includes("<") ? text.replace(/<\/?a\b[^>]*>?/gi, "") : text;
}

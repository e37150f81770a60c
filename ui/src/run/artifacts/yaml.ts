/** Reads the YAML that programs write: maps, lists and scalars by indentation, and JSON in them. */

/** A value of YAML, whose maps have no prototype that a key could reach. */
export type Yaml = string | number | boolean | null | Yaml[] | Map<string, Yaml>;

interface Line {
  readonly indent: number;
  readonly text: string;
}

/** Return the value of a text; throw if it has what is not read here, such as anchors. */
export function parseYaml(text: string): Yaml {
  return new Reader(text).document();
}

const KEY = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'#&*!|>%@`{[][^#]*?)\s*:(?:\s+(.*))?$/;
const DEEPEST = 100;

class Reader {
  private readonly lines: Line[];
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.lines = text
      .split(/\r?\n/)
      .map((line) => ({ indent: line.search(/\S|$/), text: line.trim() }))
      .filter((line) => line.text !== "---" && line.text !== "...");
  }

  document(): Yaml {
    const value = this.value(0);
    this.skip();
    if (this.at < this.lines.length) throw this.problem();
    return value;
  }

  private problem(): Error {
    return new Error(`Line ${this.at + 1} is not read here: ${this.lines[this.at]?.text}`);
  }

  private skip(): void {
    while (this.at < this.lines.length && /^(?:#.*)?$/.test(this.lines[this.at]!.text)) this.at++;
  }

  /** Read what is indented by at least so much. */
  private value(least: number): Yaml {
    this.skip();
    const line = this.lines[this.at];
    if (!line || line.indent < least) return null;
    if (++this.depth > DEEPEST) throw new Error("It is nested too deeply.");
    const value = this.block(line);
    this.depth--;
    return value;
  }

  private block(line: Line): Yaml {
    if (/^-(?:\s|$)/.test(line.text)) return this.list(line.indent);
    if (KEY.test(line.text)) return this.map(line.indent);
    this.at++;
    return this.scalar(line.text, line.indent);
  }

  private list(indent: number): Yaml[] {
    const items: Yaml[] = [];
    for (this.skip(); ; this.skip()) {
      const line = this.lines[this.at];
      if (line?.indent !== indent || !/^-(?:\s|$)/.test(line.text)) return items;
      const rest = line.text.slice(1).trimStart();
      if (!rest) {
        this.at++;
        items.push(this.value(indent + 1));
      } else {
        // What follows the dash is a block of its own, indented by what is before it.
        const inner = indent + line.text.length - rest.length;
        this.lines[this.at] = { indent: inner, text: rest };
        items.push(this.value(inner));
      }
    }
  }

  private map(indent: number): Map<string, Yaml> {
    const map = new Map<string, Yaml>();
    for (this.skip(); ; this.skip()) {
      const line = this.lines[this.at];
      const found = line?.indent === indent ? KEY.exec(line.text) : null;
      if (!found) {
        if (line && line.indent > indent) throw this.problem();
        return map;
      }
      this.at++;
      const [, key = "", rest = ""] = found;
      map.set(String(plain(key)), this.entry(rest, indent));
    }
  }

  private entry(rest: string, indent: number): Yaml {
    if (rest && !rest.startsWith("#")) return this.scalar(rest, indent + 1);
    this.skip();
    const next = this.lines[this.at];
    const isList = next?.indent === indent && /^-(?:\s|$)/.test(next.text);
    return isList ? this.list(indent) : this.value(indent + 1);
  }

  private scalar(first: string, least: number): Yaml {
    if (/^[|>][+-]?\d?$/.test(first)) return this.literal(first, least);
    if (/^[&*!]/.test(first)) throw new Error("Anchors and tags are not read here.");
    let text = first;
    while (!isWhole(text) && this.at < this.lines.length) text += this.next(text);
    while (isPlain(text) && (this.lines[this.at]?.indent ?? -1) >= least && this.isMore()) {
      text += ` ${this.lines[this.at++]!.text}`;
    }
    return plain(text);
  }

  private next(before: string): string {
    const { text } = this.lines[this.at++]!;
    if (before.endsWith("\\")) return text;
    return text ? ` ${text}` : "\n";
  }

  private isMore(): boolean {
    const { text } = this.lines[this.at]!;
    return text !== "" && !text.startsWith("#") && !KEY.test(text) && !/^-(?:\s|$)/.test(text);
  }

  private literal(mark: string, least: number): string {
    const lines: string[] = [];
    const first = this.lines[this.at]?.indent ?? 0;
    while (this.at < this.lines.length) {
      const line = this.lines[this.at]!;
      if (line.text && line.indent < least) break;
      lines.push(line.text ? " ".repeat(Math.max(0, line.indent - first)) + line.text : "");
      this.at++;
    }
    const text = lines.join(mark.startsWith("|") ? "\n" : " ").trimEnd();
    return mark.includes("-") ? text : `${text}\n`;
  }
}

/** Whether the quotes and brackets of a scalar are closed. */
function isWhole(text: string): boolean {
  if (text.startsWith('"')) return /^"(?:[^"\\]|\\.)*"/s.test(text);
  if (text.startsWith("'")) return /^'(?:[^']|'')*'(?!')/s.test(text);
  if (!/^[[{]/.test(text)) return true;
  const bare = text.replace(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/g, "");
  return (bare.match(/[[{]/g)?.length ?? 0) <= (bare.match(/[\]}]/g)?.length ?? 0);
}

const isPlain = (text: string): boolean => !/^["'[{]/.test(text);

function plain(source: string): Yaml {
  const text = isPlain(source) ? source.replace(/\s+#.*$/, "") : source;
  if (text.startsWith('"'))
    return JSON.parse(/^"(?:[^"\\]|\\.)*"/s.exec(text)![0].replace(/\\\s/g, " ")) as string;
  if (text.startsWith("'")) return text.slice(1, text.lastIndexOf("'")).replaceAll("''", "'");
  if (/^[[{]/.test(text)) return flow(text);
  if (/^(?:null|~|)$/i.test(text)) return null;
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === "true";
  if (/^[-+]?(?:\d+|\d*\.\d+|\d+\.\d*)(?:e[-+]?\d+)?$/i.test(text)) return Number(text);
  return text;
}

/** Return a list or a map in one line: JSON, or a list of plain words. */
function flow(text: string): Yaml {
  try {
    return fromJson(JSON.parse(text));
  } catch {
    const inner = /^\[([^[\]{}]*)\]$/.exec(text)?.[1];
    if (inner === undefined) throw new Error(`This is not read here: ${text.slice(0, 80)}`);
    return inner.split(",").flatMap((one) => (one.trim() ? [plain(one.trim())] : []));
  }
}

/** Return a value of JSON as one of YAML. */
export function fromJson(value: unknown): Yaml {
  if (Array.isArray(value)) return value.map(fromJson);
  if (value === null || typeof value !== "object") return value as Yaml;
  return new Map(Object.entries(value).map(([key, one]) => [key, fromJson(one)]));
}

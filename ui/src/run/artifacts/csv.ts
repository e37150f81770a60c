/** Reads CSV as it arrives: quoted fields with separators, quotes and line ends in them. */

const QUOTE = 34;
const NEWLINE = 10;
const RETURN = 13;

/** The most columns that are read; a line of separators alone could make millions. */
export const MOST_COLUMNS = 5_000;

/** Rows from parts of a text; a part may end anywhere. */
export class CsvReader {
  readonly rows: string[][] = [];
  private row: string[] = [];
  private field = "";
  private isQuoted = false;
  /** Whether a quote in quotes was the last character: the end, or the first of two. */
  private isPending = false;
  private readonly separator: number;

  constructor(separator: string) {
    this.separator = separator.charCodeAt(0);
  }

  /** Read the next part. */
  feed(text: string): void {
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (this.isPending) {
        this.isPending = false;
        if (code === QUOTE) {
          this.field += '"';
          start = at + 1;
          continue;
        }
        this.isQuoted = false;
        start = at;
      }
      if (this.isQuoted) {
        if (code !== QUOTE) continue;
        this.field += text.slice(start, at);
        this.isPending = true;
        start = at + 1;
      } else if (code === this.separator) {
        this.field += text.slice(start, at);
        this.endField();
        start = at + 1;
      } else if (code === NEWLINE) {
        this.field += text.slice(start, at);
        this.endRow();
        start = at + 1;
      } else if (code === QUOTE && !this.field && start === at) {
        this.isQuoted = true;
        start = at + 1;
      }
    }
    if (!this.isPending) this.field += text.slice(start);
  }

  /** Take what is left as the last row. */
  finish(): void {
    if (this.field || this.row.length) this.endRow();
  }

  private endField(): void {
    if (this.row.length < MOST_COLUMNS) this.row.push(this.field);
    this.field = "";
  }

  private endRow(): void {
    const { length } = this.field;
    if (this.field.charCodeAt(length - 1) === RETURN) this.field = this.field.slice(0, -1);
    const isBlank = !this.row.length && !this.field;
    this.endField();
    if (!isBlank) this.rows.push(this.row);
    this.row = [];
    this.isQuoted = false;
  }
}

/** Return the character that separates the fields of a text. */
export function separatorOf(text: string, suffix: string): string {
  if (suffix === "tsv") return "\t";
  const line = text
    .slice(0, 20_000)
    .split("\n", 1)[0]!
    .replace(/"[^"]*"/g, "");
  const counts = [",", ";", "\t", "|"].map((one) => ({ one, count: line.split(one).length }));
  return counts.reduce((best, next) => (next.count > best.count ? next : best)).one;
}

/** Return names for columns, all different. */
export function namesOf(head: readonly string[], width: number): string[] {
  const seen = new Map<string, number>();
  return Array.from({ length: width }, (_, at) => {
    const name = head[at]?.trim() || `column ${at + 1}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count > 1 ? `${name} (${count})` : name;
  });
}

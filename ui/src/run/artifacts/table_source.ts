/** Where a table's rows come from: memory, or a file that is read by ranges. */

export interface SourceColumn {
  readonly name: string;
  readonly type: string;
  readonly isNumber: boolean;
}

/** A table whose rows may have to be loaded. */
export interface TableSource {
  readonly columns: readonly SourceColumn[];
  readonly count: number;
  /** Return a row if it is loaded. */
  row(index: number): readonly unknown[] | undefined;
  /** Load rows; undefined if all are there. */
  load(indexes: readonly number[]): Promise<void> | undefined;
  /** Read all values of a column, to sort and filter by it. */
  column(index: number): Promise<ArrayLike<unknown>>;
}

/** Return a table of rows in memory. */
export function sourceOf(
  columns: readonly SourceColumn[],
  rows: readonly (readonly unknown[])[],
): TableSource {
  return {
    columns,
    count: rows.length,
    row: (index) => rows[index],
    load: () => undefined,
    column: (index) => Promise.resolve(rows.map((row) => toValue(columns[index]!, row[index]))),
  };
}

/** Return columns with the types that their first values have. */
export function columnsOf(
  names: readonly string[],
  rows: readonly (readonly unknown[])[],
): SourceColumn[] {
  const sample = rows.slice(0, 200);
  return names.map((name, at) => {
    const values = sample.map((row) => row[at]).filter((one) => !isMissing(one));
    const isNumber = values.length > 0 && values.every(isNumeric);
    return { name, type: isNumber ? "number" : "text", isNumber };
  });
}

/** Whether there is no value: nothing, or an empty text. */
export function isMissing(value: unknown): boolean {
  return value === null || value === undefined || value === "";
}

const NUMBER =
  /^\s*[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+(?:[eE][-+]?\d+)?|inf|infinity|nan)\s*$/i;

function isNumeric(value: unknown): boolean {
  if (typeof value === "number" || typeof value === "bigint") return true;
  return typeof value === "string" && value.length < 60 && NUMBER.test(value);
}

/** Return a value by which its column is sorted and filtered. */
function toValue(column: SourceColumn, value: unknown): unknown {
  if (!column.isNumber || typeof value !== "string") return value;
  if (!value) return null;
  const text = value
    .trim()
    .toLowerCase()
    .replace(/^([-+]?)inf(inity)?$/, "$1Infinity");
  return Number(text);
}

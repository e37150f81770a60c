/** Reads a Parquet file by ranges: the rows in view, and whole columns to sort by. */

import {
  parquetMetadataAsync,
  parquetRead,
  parquetSchema,
  type AsyncBuffer,
  type FileMetaData,
} from "hyparquet";
import { columnOf } from "@/run/artifacts/parquet_types";
import type { SourceColumn, TableSource } from "@/run/artifacts/table_source";

/** Rows that are read, by column. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly columns: readonly (readonly unknown[])[];
}

/** From where to where rows are read at once, and the row group that they are in. */
interface Unit {
  readonly start: number;
  readonly end: number;
  readonly group: number;
}

const WHOLE = 65_536; // rows of a group that is read at once
const PART = 8_192; // rows of larger groups that are read at once
const FEW = 3; // parts of a group that are read one by one
const MOST_COLUMNS = 200; // that are read for the rows in view

/** Open a Parquet file. */
export async function openParquet(file: AsyncBuffer): Promise<ParquetTable> {
  const metadata = await parquetMetadataAsync(file, { initialFetchSize: 1 << 17 });
  const table = new ParquetTable(file, metadata);
  if (table.count) await table.load([0]); // columns are as wide as the first rows
  return table;
}

/** A Parquet file as a table. */
export class ParquetTable implements TableSource {
  readonly columns: readonly SourceColumn[];
  readonly count: number;
  private readonly names: readonly string[];
  private readonly units: readonly Unit[];
  private readonly groups: readonly Unit[];
  private readonly spans: Span[] = [];
  private readonly loading = new Map<string, Promise<void>>();
  private readonly whole = new Map<number, Promise<readonly unknown[]>>();

  constructor(
    private readonly file: AsyncBuffer,
    readonly metadata: FileMetaData,
  ) {
    this.columns = parquetSchema(metadata).children.slice(0, MOST_COLUMNS).map(columnOf);
    this.names = this.columns.map((one) => one.name);
    this.count = Number(metadata.num_rows);
    this.groups = groupsOf(metadata);
    this.units = this.groups.flatMap(partsOf);
  }

  row(index: number): unknown[] | undefined {
    const span = this.spanAt(index);
    return span && span.columns.map((one) => one[index - span.start]);
  }

  load(indexes: readonly number[]): Promise<void> | undefined {
    const missing = new Set<Unit>();
    for (const index of indexes) {
      const unit = this.spanAt(index) ? undefined : this.unitAt(index);
      if (unit) missing.add(unit);
    }
    if (!missing.size) return undefined;
    const waits = this.joined([...missing]).map((one) => this.loadUnit(one));
    return Promise.all(waits).then(() => undefined);
  }

  column(index: number): Promise<readonly unknown[]> {
    const name = this.names[index]!;
    const read = async (): Promise<readonly unknown[]> => {
      const span = await this.read([name], 0, this.count);
      return span.columns[0]!;
    };
    if (!this.whole.has(index)) this.whole.set(index, read());
    return this.whole.get(index)!;
  }

  private spanAt(index: number): Span | undefined {
    return this.spans.find((one) => one.start <= index && index < one.end);
  }

  private unitAt(index: number): Unit | undefined {
    let [low, high] = [0, this.units.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.units[middle]!.end <= index) low = middle + 1;
      else high = middle;
    }
    return this.units[low];
  }

  /** Return whole groups in place of many of their parts: each is decoded from its start. */
  private joined(units: readonly Unit[]): Unit[] {
    return this.groups.flatMap((group) => {
      const parts = units.filter((one) => one.group === group.group);
      return parts.length > FEW ? [group] : parts;
    });
  }

  private loadUnit({ start, end }: Unit): Promise<void> {
    const key = `${start}-${end}`;
    const load = async (): Promise<void> => {
      this.spans.unshift(await this.read(this.names, start, end));
    };
    const found = this.loading.get(key) ?? load();
    this.loading.set(key, found);
    found.catch(() => this.loading.delete(key));
    return found;
  }

  private async read(names: readonly string[], start: number, end: number): Promise<Span> {
    const columns = names.map(() => new Array<unknown>(end - start));
    const places = new Map(names.map((name, at) => [name, at]));
    await parquetRead({
      file: this.file,
      metadata: this.metadata,
      columns: [...names],
      rowStart: start,
      rowEnd: end,
      onChunk: ({ columnName, columnData, rowStart }) => {
        const column = columns[places.get(columnName)!]!;
        const last = Math.min(columnData.length, end - rowStart);
        for (let at = Math.max(0, start - rowStart); at < last; at++) {
          column[rowStart + at - start] = columnData[at];
        }
      },
    });
    return { start, end, columns };
  }
}

function groupsOf(metadata: FileMetaData): Unit[] {
  let start = 0;
  return metadata.row_groups.map((one, group) => {
    const end = start + Number(one.num_rows);
    const unit = { start, end, group };
    start = end;
    return unit;
  });
}

function partsOf(group: Unit): Unit[] {
  if (group.end - group.start <= WHOLE) return [group];
  const parts: Unit[] = [];
  for (let { start } = group; start < group.end; start += PART) {
    parts.push({ start, end: Math.min(group.end, start + PART), group: group.group });
  }
  return parts;
}

/** A Parquet file: its rows, and its schema. */

import { ApiError } from "@/api/client";
import { formatSize } from "@/parts/format";
import { useLoad } from "@/parts/load";
import { Problem, Skeleton } from "@/parts/problem";
import { DataTable } from "@/run/artifacts/data_table";
import { modeOf, Modes, type Mode } from "@/run/artifacts/modes";
import { bufferOf } from "@/run/artifacts/parquet_buffer";
import { openParquet, type ParquetTable } from "@/run/artifacts/parquet_source";
import type { PreviewProps } from "@/run/artifacts/preview";

const MODES: readonly Mode<"table" | "schema">[] = [
  { id: "table", title: "Table" },
  { id: "schema", title: "Schema" },
];

/** A table that is read by ranges. */
export function ParquetView({ run, file }: PreviewProps) {
  const { value, error } = useLoad(() => openParquet(bufferOf(run, file)), [run, file.digest]);
  if (error) return <Problem error={readable(error)} />;
  if (!value) return <Skeleton lines={8} />;
  const more = (
    <>
      <span class="space" />
      <Modes modes={MODES} />
    </>
  );
  if (modeOf(MODES) === "table") return <DataTable source={value} label={file.path} more={more} />;
  return (
    <div class="data-table">
      <div class="preview-bar">{more}</div>
      <Schema table={value} />
    </div>
  );
}

/** Return an error that says what to do. */
function readable(error: unknown): unknown {
  const codec = /compression codec: (\w+)/.exec(String(error))?.[1];
  if (!codec) return error;
  const hint = 'Download it, or write it with compression="snappy" to see it here.';
  return new ApiError(0, "Unreadable", `Browsers cannot read ${codec} compression.`, hint);
}

function Schema({ table }: { table: ParquetTable }) {
  const { metadata } = table;
  const stats = sizesOf(table);
  return (
    <div class="preview-scroll" tabIndex={0}>
      <p class="muted preview-note">
        {table.count.toLocaleString("en")} rows in {metadata.row_groups.length} row groups
        {metadata.created_by ? `, written by ${metadata.created_by}` : ""}
      </p>
      <table class="plain-table">
        <thead>
          <tr>
            <th>Column</th>
            <th>Type</th>
            <th>Compression</th>
            <th class="number">Stored</th>
          </tr>
        </thead>
        <tbody>
          {table.columns.map((one) => (
            <tr key={one.name}>
              <td>{one.name}</td>
              <td>{one.type}</td>
              <td>{stats.get(one.name)?.codec}</td>
              <td class="number">{formatSize(stats.get(one.name)?.size ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Return the codec and the stored bytes of each column. */
function sizesOf({ metadata }: ParquetTable): Map<string, { codec: string; size: number }> {
  const sizes = new Map<string, { codec: string; size: number }>();
  for (const group of metadata.row_groups) {
    for (const { meta_data: one } of group.columns) {
      if (!one) continue;
      const name = one.path_in_schema[0] ?? "";
      const size = (sizes.get(name)?.size ?? 0) + Number(one.total_compressed_size);
      sizes.set(name, { codec: one.codec.toLowerCase(), size });
    }
  }
  return sizes;
}

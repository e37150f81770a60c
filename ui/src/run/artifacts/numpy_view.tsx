/** An array of NumPy: its type and shape, and its values as a table. */

import { useMemo } from "preact/hooks";
import { BLOCK } from "@/api/artifacts";
import { Code } from "@/parts/code";
import { Problem, Skeleton } from "@/parts/problem";
import { DataTable } from "@/run/artifacts/data_table";
import { readHead, readValues, rowsOf, type NpyHead } from "@/run/artifacts/npy";
import { useBytes, type PreviewProps } from "@/run/artifacts/preview";
import { pythonFor } from "@/run/artifacts/python";
import { sourceOf } from "@/run/artifacts/table_source";

/** An array, of which the first 8 MiB are read. */
export function NumpyView(props: PreviewProps) {
  const { value, error } = useBytes(props, BLOCK);
  const opened = useMemo(() => (value ? open(value) : null), [value]);
  if (error) return <Problem error={error} />;
  if (!opened) return <Skeleton lines={6} />;
  if ("problem" in opened) return <Problem error={opened.problem} />;
  const { head, source } = opened;
  return (
    <div class="numpy">
      <dl class="artifact-facts">
        <dt>Type</dt>
        <dd>
          <code>{head.dtype}</code>
        </dd>
        <dt>Shape</dt>
        <dd>{head.shape.length ? head.shape.join(" × ") : "a single value"}</dd>
        <dt>Order</dt>
        <dd>
          {head.isFortran
            ? "Fortran: the first axis varies fastest"
            : "C: the last axis varies fastest"}
        </dd>
      </dl>
      {source ? (
        <DataTable source={source} label={props.file.path} />
      ) : (
        <Code text={pythonFor(props.run, props.file.path).trimEnd()} language="python" />
      )}
    </div>
  );
}

function open(bytes: ArrayBuffer) {
  try {
    const head = readHead(bytes);
    return { head, source: tableOf(bytes, head) };
  } catch (problem) {
    return { problem };
  }
}

function tableOf(bytes: ArrayBuffer, head: NpyHead) {
  const values = readValues(bytes, head);
  if (!values) return null;
  const rows = rowsOf(values, head).filter((row) => row[0] !== undefined);
  const type = head.dtype.slice(1);
  const names = head.shape.length > 1 ? (rows[0] ?? []).map((_, at) => String(at)) : ["value"];
  return sourceOf(
    names.map((name) => ({ name, type, isNumber: true })),
    rows,
  );
}

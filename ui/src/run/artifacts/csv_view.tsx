/** A table as text: CSV, or separated by tabs. */

import { useMemo, useRef } from "preact/hooks";
import { Problem, Skeleton } from "@/parts/problem";
import { CodeView } from "@/run/artifacts/code_view";
import { CsvReader, namesOf, separatorOf } from "@/run/artifacts/csv";
import { DataTable } from "@/run/artifacts/data_table";
import { useGrowing } from "@/run/artifacts/growing";
import { suffixOf } from "@/run/artifacts/kinds";
import { LoadMore } from "@/run/artifacts/load_more";
import { modeOf, Modes, type Mode } from "@/run/artifacts/modes";
import type { PreviewProps } from "@/run/artifacts/preview";
import { columnsOf, sourceOf, type TableSource } from "@/run/artifacts/table_source";

const MODES: readonly Mode<"table" | "text">[] = [
  { id: "table", title: "Table" },
  { id: "text", title: "Text" },
];

/** A table, or its text. */
export function CsvView(props: PreviewProps) {
  const growing = useGrowing(props);
  const source = useRows(growing.text, growing.rest === 0, suffixOf(props.file.path));
  if (growing.error) return <Problem error={growing.error} />;
  if (growing.text === undefined || !source) return <Skeleton lines={8} />;
  const more = (
    <>
      <LoadMore of={growing} />
      <span class="space" />
      <Modes modes={MODES} />
    </>
  );
  if (modeOf(MODES) === "text") return <CodeView text={growing.text} language="csv" more={more} />;
  return <DataTable source={source} label={props.file.path} more={more} />;
}

/** Read the rows of a text that grows; only what is new is read again. */
function useRows(text: string | undefined, isWhole: boolean, suffix: string): TableSource | null {
  const held = useRef<{ reader: CsvReader; length: number } | null>(null);
  return useMemo(() => {
    if (text === undefined) return null;
    held.current ??= { reader: new CsvReader(separatorOf(text, suffix)), length: 0 };
    const { reader, length } = held.current;
    reader.feed(text.slice(length));
    held.current.length = text.length;
    if (isWhole) reader.finish();
    const [head = [], ...rows] = reader.rows;
    const width = rows
      .slice(0, 1_000)
      .reduce((most, row) => Math.max(most, row.length), head.length);
    return sourceOf(columnsOf(namesOf(head, width), rows), rows);
  }, [text, isWhole]);
}

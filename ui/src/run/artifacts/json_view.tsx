/** JSON: as a figure or a table if it is one, as a tree, and as text. */

import { useMemo } from "preact/hooks";
import { Problem, Skeleton } from "@/parts/problem";
import { CodeView } from "@/run/artifacts/code_view";
import { DataTable } from "@/run/artifacts/data_table";
import { Figure, type FigureKind, type FigureProps } from "@/run/artifacts/figure";
import { isPlotly, isVega, parseJson, parseLines, tableIn } from "@/run/artifacts/json";
import { suffixOf } from "@/run/artifacts/kinds";
import { modeOf, Modes, type Mode } from "@/run/artifacts/modes";
import { textOf, useBytes, type PreviewProps } from "@/run/artifacts/preview";
import type { TableSource } from "@/run/artifacts/table_source";
import { TextView } from "@/run/artifacts/text_view";
import { ValueTree } from "@/run/artifacts/value_tree";

/** The most bytes that are read as a document; larger ones are shown as text. */
const MOST = 32 * 1024 * 1024;

type Shape = "figure" | "table" | "tree" | "text";

interface Opened {
  readonly value: unknown;
  readonly table: TableSource | null;
  readonly figure: FigureKind | null;
  readonly problem: unknown;
}

/** A JSON file. */
export function JsonView(props: PreviewProps) {
  const { file } = props;
  const isLines = /^(?:jsonl|ndjson)$/.test(suffixOf(file.path));
  if (file.size > MOST && !isLines) return <TextView {...props} />;
  return <Document {...props} isLines={isLines} />;
}

function Document(props: PreviewProps & { isLines: boolean }) {
  const { file, isLines } = props;
  const { value: bytes, error } = useBytes(props, MOST);
  const opened = useMemo(
    () => (bytes ? open(textOf(bytes), isLines, file.size <= MOST) : null),
    [bytes],
  );
  if (error) return <Problem error={error} />;
  if (!opened || !bytes) return <Skeleton lines={8} />;
  if (opened.problem) {
    const why = <span class="muted">Not valid JSON: {String(opened.problem)}</span>;
    return <CodeView text={textOf(bytes)} language="json" more={why} />;
  }
  return <Shown opened={opened} bytes={bytes} path={file.path} />;
}

function open(text: string, isLines: boolean, isWhole: boolean): Opened {
  try {
    const value = isLines ? parseLines(text, isWhole) : parseJson(text);
    const figure = isPlotly(value) ? "plotly" : isVega(value) ? "vega" : null;
    return { value, table: figure ? null : tableIn(value), figure, problem: null };
  } catch (problem) {
    return { value: null, table: null, figure: null, problem };
  }
}

function modesOf({ figure, table }: Opened): Mode<Shape>[] {
  return [
    ...(figure ? [{ id: "figure" as const, title: "Figure" }] : []),
    ...(table ? [{ id: "table" as const, title: "Table" }] : []),
    { id: "tree", title: "Tree" },
    { id: "text", title: "Text" },
  ];
}

function Shown({ opened, bytes, path }: { opened: Opened; bytes: ArrayBuffer; path: string }) {
  const modes = modesOf(opened);
  const mode = modeOf(modes);
  const more = <Modes modes={modes} />;
  if (mode === "figure" && opened.figure) {
    return (
      <div class="figure">
        <div class="preview-bar">
          <span class="space" />
          {more}
        </div>
        <Figure kind={opened.figure} spec={opened.value as FigureProps["spec"]} />
      </div>
    );
  }
  const aside = (
    <>
      <span class="space" />
      {more}
    </>
  );
  if (mode === "table" && opened.table) {
    return <DataTable source={opened.table} label={path} more={aside} />;
  }
  if (mode === "text") return <CodeView text={pretty(bytes)} language="json" more={aside} />;
  return <ValueTree value={opened.value} label={path} more={more} />;
}

/** Return the text of a document, over several lines if the file has it in one. */
function pretty(bytes: ArrayBuffer): string {
  const text = textOf(bytes);
  const isOneLine = !text.trimEnd().includes("\n");
  if (!isOneLine || text.length > 2_000_000) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Export of the runs of the table: all that match, or those selected, with the columns shown. */

import { readRows } from "@/api/runs";
import { list, shownColumns } from "@/runs/list";
import { contentOfRuns, type Format } from "@/runs/export";
import { formatCount } from "@/parts/format";
import { MenuItem } from "@/parts/popover";
import { notify, notifyError } from "@/parts/toast";
import type { Held } from "@/runs/data";
import { ATTRIBUTES } from "@/runs/fields";

const BLOCK = 1000;
const NAMES = { csv: "CSV", json: "JSON", parquet: "Parquet" } as const;

async function readAll(keys: readonly number[], ids: readonly string[]): Promise<Held[]> {
  const columns = ids.filter((id) => !Object.hasOwn(ATTRIBUTES, id) && !id.startsWith("curve("));
  const held: Held[] = [];
  for (let at = 0; at < keys.length; at += BLOCK) {
    const table = await readRows(keys.slice(at, at + BLOCK), columns);
    table.rows.forEach((run, row) => {
      const cells = columns.map((id, column) => [id, table.cells[column]?.[row] ?? null] as const);
      held.push({ run, cells: new Map(cells) });
    });
  }
  return held;
}

/** Save a content as a file of the user. */
function download(content: string | ArrayBuffer, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content]));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

async function exportRuns(format: Format): Promise<void> {
  const chosen = list.selection.keys.value;
  const keys = list.shown.value.filter((key) => !chosen.size || chosen.has(key));
  try {
    const held = await readAll(keys, shownColumns.value);
    const content = await contentOfRuns(held, shownColumns.value, format);
    download(content, `runs.${format}`);
    notify(`Exported ${formatCount(held.length, "run")}`);
  } catch (error) {
    notifyError(error);
  }
}

/** The entries of the menu. */
export function ExportMenu({ close }: { close: () => void }) {
  const what = list.selection.size ? "selected runs" : "runs";
  return (
    <>
      {(["csv", "json", "parquet"] as const).map((format) => (
        <MenuItem
          key={format}
          onSelect={() => {
            void exportRuns(format);
            close();
          }}
        >
          Export {what} as {NAMES[format]}
        </MenuItem>
      ))}
    </>
  );
}

/** One row of a table with its values in full. */

import { Dialog } from "@/parts/dialog";
import { fullText } from "@/run/artifacts/cell_text";
import type { TableSource } from "@/run/artifacts/table_source";

interface Props {
  readonly source: TableSource;
  readonly row: { readonly index: number; readonly cells: readonly unknown[] };
  readonly onClose: () => void;
}

const MOST = 500; // columns
const LONGEST = 20_000;

/** A row as a list of names and values. */
export function RowDialog({ source, row, onClose }: Props) {
  return (
    <Dialog title={`Row ${(row.index + 1).toLocaleString("en")}`} onClose={onClose}>
      <dl class="artifact-facts row-facts">
        {source.columns.slice(0, MOST).map((column, at) => (
          <div key={at}>
            <dt title={column.type}>{column.name}</dt>
            <dd>{fullText(row.cells[at]).slice(0, LONGEST)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

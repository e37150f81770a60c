/** The records in an exported page, as `treadle.interop.html_page` writes them. */

import type { LogLine, MediaSeries, Outline, RunDetails } from "@/api/types";

/** A run with all that the page shows of it. */
export interface ExportedRun {
  readonly details: RunDetails;
  /** The lines of its log, the last ones if there are very many. */
  readonly log: readonly LogLine[];
  readonly media: readonly MediaSeries[];
  readonly outlines: readonly Outline[];
  /** The contents of files by their paths, in base64. */
  readonly files: Readonly<Record<string, string>>;
}

/** All records of the file. */
export interface Exported {
  readonly version: string;
  /** When the file was written, in seconds. */
  readonly made: number;
  readonly runs: readonly ExportedRun[];
}

/** Read the records of the document. */
export function readRecords(): Exported {
  const text = document.getElementById("records")?.textContent ?? "";
  return JSON.parse(text) as Exported;
}

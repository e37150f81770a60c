/** The start of an exported page: the same page, on the records in its own file. */

import { render } from "preact";
import { setSource } from "@/api/source";
import { Shell } from "@/app/shell";
import { applyTheme } from "@/app/theme";
import { go, linkTo } from "@/parts/location";
import { loadMe } from "@/parts/session";
import { notifyError } from "@/parts/toast";
import { answerBy } from "@/single/answers";
import { readRecords, type Exported } from "@/single/records";
import "@/app/style.css";
import "@/parts/parts.css";
import "@/table/table.css";
import "@/runs/runs.css";

function open(records: Exported): void {
  setSource(answerBy(records));
  applyTheme();
  loadMe().catch(notifyError);
  const ids = records.runs.map(({ details }) => details.run.id);
  const first =
    ids.length === 1 ? linkTo(["runs", ids[0]!]) : linkTo(["compare"], { runs: ids.join() });
  if (!window.location.hash) go(first, { replace: true });
  document.body.className = "page";
  render(<Shell />, document.getElementById("app")!);
}

open(readRecords());

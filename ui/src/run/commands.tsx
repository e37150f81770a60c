/** The commands that do in a terminal what the page shows of a run. */

import type { RunRecord } from "@/api/types";
import { location } from "@/parts/location";
import { Command } from "@/parts/copy";
import { Popover } from "@/parts/popover";
import { shortId } from "@/run/short";
import { currentTab, type TabName } from "@/run/tabs";

interface Line {
  readonly text: string;
  readonly what: string;
}

const REPEATABLE = ["pipeline", "script", "project"];

/** Return the commands for a run, those of the tab that is open first. */
export function commandsOf(run: RunRecord, tab: TabName, baseline: string): Line[] {
  const id = shortId(run.id);
  const lines: Line[] = [...ofTab(run, tab)];
  if (baseline) {
    const only = tab === "code" ? " --only code" : "";
    lines.push({ text: `treadle diff ${shortId(baseline)} ${id}${only}`, what: "What differs" });
  }
  lines.push({ text: `treadle runs show ${id}`, what: "Everything recorded" });
  if (REPEATABLE.includes(run.kind)) {
    lines.push({ text: `treadle reproduce ${id}`, what: "Rebuild it, and run it again" });
    if (run.kind === "pipeline" && ["failed", "killed", "lost"].includes(run.status)) {
      lines.push({ text: `treadle resume ${id}`, what: "Continue where it stopped" });
    }
  }
  const where = `experiment = '${run.experiment.replace(/(['\\])/g, "\\$1")}'`;
  lines.push({ text: `treadle runs --where ${quote(where)}`, what: "Runs of the experiment" });
  return lines;
}

function ofTab(run: RunRecord, tab: TabName): Line[] {
  const id = shortId(run.id);
  if (tab === "output") return [{ text: `treadle runs logs ${id}`, what: "The output" }];
  if (tab === "artifacts") {
    return [{ text: `treadle runs download ${id}`, what: "Download all artifacts" }];
  }
  if (tab === "data") return [{ text: `treadle runs show ${id} --lineage`, what: "The lineage" }];
  return [];
}

/** Return a text as one word of a shell. */
function quote(text: string): string {
  return `"${text.replace(/(["\\$`])/g, "\\$1")}"`;
}

/** A button that opens the commands. */
export function Commands({ run }: { run: RunRecord }) {
  const baseline = location.value.query.get("baseline") ?? "";
  return (
    <Popover label="Commands" icon="command">
      {() => (
        <div class="command-list">
          {commandsOf(run, currentTab(), baseline).map((line) => (
            <div key={line.text}>
              <small>{line.what}</small>
              <Command text={line.text} />
            </div>
          ))}
        </div>
      )}
    </Popover>
  );
}

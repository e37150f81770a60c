/** The params of a run: searched, as a tree, and beside those of the baseline. */

import { useMemo, useState } from "preact/hooks";
import type { RunDetails } from "@/api/types";
import type { Scalar } from "@/run/params/scalar";
import { formatCount } from "@/parts/format";
import { Empty } from "@/parts/problem";
import { BaselinePicker, useBaseline } from "@/run/baseline";
import { Check, chosen, FindField, Segments } from "@/run/find";
import { linesOf, type ParamLine } from "@/run/params/tree";
import { Cell, Rows } from "@/run/rows";

const MANY = 200; // params up to which all groups are open at first

/** The tab of params. */
export function ParamsTab({ details }: { details: RunDetails }) {
  const count = Object.keys(details.run.params).length;
  const baseline = useBaseline(details.run);
  const before = baseline.other?.run.params;
  const { lines, toggle } = useLines(details.run.params, before);
  const isNarrowed = chosen("find") !== "" || chosen("only") !== "";
  return (
    <div class="tab-page">
      <div class="tab-bar">
        <FindField label="Find params" />
        <Segments
          name="view"
          label="View"
          options={[
            ["tree", "Tree"],
            ["flat", "Flat"],
          ]}
        />
        <Check name="only" value="differing" disabled={!before}>
          only what differs
        </Check>
        <span class="space" />
        <BaselinePicker run={details.run} baseline={baseline} />
      </div>
      <div class="tab-body">
        {lines.length ? (
          <ParamRows lines={lines} hasBefore={before !== undefined} onToggle={toggle} />
        ) : (
          <Nothing count={count} isNarrowed={isNarrowed} />
        )}
      </div>
    </div>
  );
}

type Params = RunDetails["run"]["params"];

/** Return the lines to show, and how to open or close a group of them. */
function useLines(now: Params, before: Params | undefined) {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [find, only, view] = [chosen("find"), chosen("only"), chosen("view")];
  const isOpenAtFirst = Object.keys(now).length <= MANY;
  const lines = useMemo(
    () =>
      linesOf(now, before, {
        find,
        onlyDiffering: only === "differing",
        isTree: view !== "flat",
        isOpen: (path) => isOpenAtFirst !== toggled.has(path),
      }),
    [now, before, find, only, view, toggled],
  );
  const toggle = (path: string): void => {
    const next = new Set(toggled);
    if (!next.delete(path)) next.add(path);
    setToggled(next);
  };
  return { lines, toggle };
}

interface RowsProps {
  readonly lines: readonly ParamLine[];
  readonly hasBefore: boolean;
  readonly onToggle: (path: string) => void;
}

function ParamRows({ lines, hasBefore, onToggle }: RowsProps) {
  return (
    <Rows
      label="Params"
      count={lines.length}
      columns={
        hasBefore ? "minmax(0,2fr) minmax(0,2fr) minmax(0,2fr)" : "minmax(0,1fr) minmax(0,2fr)"
      }
      head={
        <>
          <Cell isHead>name</Cell>
          <Cell isHead>value</Cell>
          {hasBefore && <Cell isHead>compared run</Cell>}
        </>
      }
      row={(at) => <Line line={lines[at]!} hasBefore={hasBefore} onToggle={onToggle} />}
    />
  );
}

interface LineProps {
  readonly line: ParamLine;
  readonly hasBefore: boolean;
  readonly onToggle: (path: string) => void;
}

function Line({ line, hasBefore, onToggle }: LineProps) {
  const indent = { paddingLeft: `${line.depth * 16}px` };
  if (line.count) {
    return (
      <Cell>
        <button
          type="button"
          class="group-line"
          style={indent}
          aria-expanded={line.isOpen}
          onClick={() => onToggle(line.path)}
        >
          <i aria-hidden="true">{line.isOpen ? "▾" : "▸"}</i>
          {line.name} <small class="muted">{line.count}</small>
        </button>
      </Cell>
    );
  }
  const differs = hasBefore && line.value !== line.before;
  return (
    <>
      <Cell title={line.path}>
        <span class="leaf-line" style={indent}>
          {line.name}
        </span>
      </Cell>
      <Cell class={differs ? "mono run-differs" : "mono"} title={textOf(line.value)}>
        {textOf(line.value)}
      </Cell>
      {hasBefore && <Cell class="mono muted">{differs ? textOf(line.before) : "="}</Cell>}
    </>
  );
}

/** Return a param as it was logged, with all its digits. */
function textOf(value: Scalar | undefined): string {
  if (value === undefined) return "–";
  return value === null ? "None" : value === "" ? '""' : String(value);
}

function Nothing({ count, isNarrowed }: { count: number; isNarrowed: boolean }) {
  if (isNarrowed) return <Empty title={`None of ${formatCount(count, "param")}`} />;
  return (
    <Empty title="No params">
      <pre>{'treadle.log_params({"depth": 6})'}</pre>
    </Empty>
  );
}

/** A text of any length with numbered lines, highlighting and search; only rows in view exist. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Button } from "@/parts/button";
import { languageOf } from "@/parts/code_grammar";
import { Highlighter } from "@/parts/code_tokens";
import { CopyButton } from "@/parts/copy";
import { formatCount } from "@/parts/format";
import { readKept, writeKept } from "@/parts/kept";
import { change, location } from "@/parts/location";
import { px } from "@/table/px";
import { useVirtual } from "@/table/virtual";
import { piecesOf } from "@/run/artifacts/code_pieces";
import { rowsOf, WIDEST, type CodeRow, type CodeRows } from "@/run/artifacts/code_rows";
import { byLine, findAll, MOST_MATCHES, type Match } from "@/run/artifacts/code_search";
import "@/parts/code.css";

interface Props {
  readonly text: string;
  readonly language: string;
  /** Further controls at the end of the bar. */
  readonly more?: preact.ComponentChildren;
}

const ROW = 18;
const CHARACTER = 7.25; // the width of one in 12 px monospace, at most

/** A text with its bar: search, wrap, copy. */
export function CodeView({ text, language, more }: Props) {
  const lines = useMemo(() => text.split(/\r?\n/), [text]);
  const [isWrapped, setWrapped] = useState(() => readKept("wrap", false));
  const query = location.value.query.get("find") ?? "";
  const matches = useMemo(() => findAll(lines, query), [lines, query]);
  const [current, setCurrent] = useState(0);
  useEffect(() => setCurrent(0), [query]);
  const wrap = (): void => {
    writeKept("wrap", !isWrapped);
    setWrapped(!isWrapped);
  };
  return (
    <div class="code-view">
      <div class="preview-bar">
        <FindBox query={query} matches={matches} current={current} onMove={setCurrent} />
        <Button aria-pressed={isWrapped} onClick={wrap}>
          Wrap
        </Button>
        <CopyButton text={text} label="Copy all" />
        <span class="muted">{formatCount(lines.length, "line")}</span>
        {more}
      </div>
      <CodeRowsView {...{ lines, language, isWrapped, matches }} current={matches[current]} />
    </div>
  );
}

interface FindProps {
  readonly query: string;
  readonly matches: readonly Match[];
  readonly current: number;
  readonly onMove: (index: number) => void;
}

function FindBox({ query, matches, current, onMove }: FindProps) {
  const count = matches.length;
  const move = (step: number): void => onMove(count ? (current + step + count) % count : 0);
  const press = (event: KeyboardEvent): void => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    move(event.shiftKey ? -1 : 1);
  };
  const shown = count >= MOST_MATCHES ? `${MOST_MATCHES}+` : String(count);
  return (
    <span class="code-find" role="search">
      <input
        type="search"
        placeholder="Find in the file"
        aria-label="Find in the file"
        value={query}
        onInput={(event) => change({ find: event.currentTarget.value }, { replace: true })}
        onKeyDown={press}
      />
      {query && (
        <>
          <span class="muted" aria-live="polite">
            {count ? `${current + 1} of ${shown}` : "not found"}
          </span>
          <Button icon="up" label="Previous match" disabled={!count} onClick={() => move(-1)} />
          <Button icon="down" label="Next match" disabled={!count} onClick={() => move(1)} />
        </>
      )}
    </span>
  );
}

interface RowsProps {
  readonly lines: readonly string[];
  readonly language: string;
  readonly isWrapped: boolean;
  readonly matches: readonly Match[];
  readonly current: Match | undefined;
}

function CodeRowsView({ lines, language, isWrapped, matches, current }: RowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const digits = String(lines.length).length;
  const gutter = digits * 8 + 24;
  const width = useColumns(scroller, isWrapped, gutter);
  const rows = useMemo(() => rowsOf(lines, width), [lines, width]);
  const tokens = useMemo(() => new Highlighter(lines, languageOf(language)), [lines, language]);
  const inLine = useMemo(() => byLine(matches), [matches]);
  const list = useVirtual({ scroller, count: rows.count, size: () => ROW, overscan: 12 });
  useEffect(() => {
    if (current) showMatch(scroller.current, rows, current);
  }, [current, rows]);
  return (
    <div
      class="code-rows"
      ref={scroller}
      tabIndex={0}
      role="region"
      aria-label="Content of the file"
    >
      <div style={{ height: px(list.total) }}>
        {list.items.map((item) => {
          const row = rows.at(item.index);
          return (
            row && (
              <div
                key={item.index}
                class="code-row"
                style={{ top: px(item.start), height: px(ROW) }}
              >
                <i style={{ width: px(gutter) }}>{row.from ? "" : row.line + 1}</i>
                <RowText {...{ row, tokens, current }} matches={inLine.get(row.line) ?? []} />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

/** Return how many characters a row holds. */
function useColumns(
  scroller: { current: HTMLDivElement | null },
  isWrapped: boolean,
  gutter: number,
): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = scroller.current;
    if (!element || !isWrapped || typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    return () => observer.disconnect();
  }, [isWrapped]);
  if (!isWrapped || !width) return WIDEST;
  return Math.max(20, Math.floor((width - gutter - 32) / CHARACTER));
}

/** Scroll so that a match is in the middle of the view. */
function showMatch(scroller: HTMLElement | null, rows: CodeRows, match: Match): void {
  if (!scroller) return;
  const index = rows.indexOf(match.line, match.from);
  const top = index * ROW;
  if (top < scroller.scrollTop || top > scroller.scrollTop + scroller.clientHeight - 2 * ROW) {
    scroller.scrollTop = Math.max(0, top - scroller.clientHeight / 2);
  }
  const from = rows.at(index)?.from ?? 0;
  const left = (match.from - from) * CHARACTER;
  const isBeside =
    left < scroller.scrollLeft || left > scroller.scrollLeft + scroller.clientWidth - 120;
  if (isBeside) scroller.scrollLeft = Math.max(0, left - scroller.clientWidth / 2);
}

interface RowTextProps {
  readonly row: CodeRow;
  readonly tokens: Highlighter;
  readonly matches: readonly Match[];
  readonly current: Match | undefined;
}

function RowText({ row, tokens, matches, current }: RowTextProps) {
  const pieces = piecesOf(tokens.tokensOf(row.line), row, matches);
  return (
    <code>
      {pieces.map((one, at) => {
        const kind = one.kind ? `tok-${one.kind}` : undefined;
        if (!one.match)
          return kind ? (
            <span key={at} class={kind}>
              {one.text}
            </span>
          ) : (
            one.text
          );
        return (
          <mark key={at} class={one.match === current ? "current" : undefined}>
            {one.text}
          </mark>
        );
      })}
    </code>
  );
}

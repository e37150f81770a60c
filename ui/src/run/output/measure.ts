/** How high lines of a log are, known without drawing them: their letters are all of one width. */

import { useLayoutEffect, useState } from "preact/hooks";
import { plainOf } from "@/parts/ansi_codes";

/** The height of one line in pixels. */
export const LINE = 18;
const LETTER = 12; // size of the letters in pixels
const GUTTER = 96; // width of the time and the margins

const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/g;

/** Return the height of a text that is broken after a number of letters; 0 for no breaks. */
export function heightOf(text: string, columns: number): number {
  if (!columns || text.length <= columns / 2) return LINE;
  const plain = plainOf(text);
  const tabs = plain.length - plain.replaceAll("\t", "").length;
  const letters = plain.length + 3 * tabs + (plain.match(WIDE)?.length ?? 0);
  return LINE * Math.max(1, Math.ceil(letters / columns));
}

/** Return where a line begins. */
export function offsetOf(
  texts: readonly { text: string }[],
  index: number,
  columns: number,
): number {
  if (!columns) return index * LINE;
  let offset = 0;
  for (let at = 0; at < index; at++) offset += heightOf(texts[at]!.text, columns);
  return offset;
}

/** Return how many letters are beside each other in a box; it follows the size of the box. */
export function useWidth(box: { current: HTMLElement | null }): number {
  const [columns, setColumns] = useState(0);
  useLayoutEffect(() => {
    const letter = letterWidth(box.current!);
    const watch = new ResizeObserver(() => {
      const room = (box.current?.clientWidth ?? 0) - GUTTER;
      setColumns(Math.max(10, Math.floor(room / letter)));
    });
    watch.observe(box.current!);
    return () => watch.disconnect();
  }, []);
  return columns;
}

function letterWidth(box: HTMLElement): number {
  const probe = document.createElement("span");
  probe.className = "log-probe";
  probe.textContent = "0".repeat(100);
  box.append(probe);
  const width = probe.getBoundingClientRect().width / 100;
  probe.remove();
  return width || LETTER * 0.6;
}

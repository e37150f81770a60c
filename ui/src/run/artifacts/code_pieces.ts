/** The pieces of a row: its tokens, cut where a match of the search begins or ends. */

import type { TokenKind } from "@/parts/code_grammar";
import type { Token } from "@/parts/code_tokens";
import type { CodeRow } from "@/run/artifacts/code_rows";
import type { Match } from "@/run/artifacts/code_search";

export interface Piece {
  readonly kind: TokenKind;
  readonly text: string;
  /** The match that it is part of. */
  readonly match: Match | null;
}

/** Return the pieces of a row from the tokens of its line. */
export function piecesOf(
  tokens: readonly Token[],
  row: CodeRow,
  matches: readonly Match[],
): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  for (const { kind, text } of tokens) {
    const stop = start + text.length;
    let at = Math.max(start, row.from);
    const end = Math.min(stop, row.to);
    while (at < end) {
      const match = matches.find((one) => one.to > at) ?? null;
      const isIn = match !== null && match.from <= at;
      const next = match === null ? end : Math.min(end, isIn ? match.to : match.from);
      pieces.push({ kind, text: text.slice(at - start, next - start), match: isIn ? match : null });
      at = next;
    }
    start = stop;
    if (start >= row.to) break;
  }
  return pieces;
}

/** The colours of the lines of a patch, as far as its hunks tell what is open where. */

import { languageOf } from "@/parts/code_grammar";
import { START, tokenize, type CodeState, type Token } from "@/parts/code_tokens";
import type { PatchFile } from "@/parts/patch";

/** Return the tokens of each line of a file; those of hunks and notes are plain. */
export function tokensOf(file: PatchFile, most: number): Token[][] {
  const language = languageOf(file.path.split(/[./]/).at(-1) ?? "");
  let [before, after]: CodeState[] = [START, START];
  return file.lines.slice(0, most).map(({ kind, text }) => {
    if (kind === "hunk" || kind === "note") {
      before = after = START;
      return [{ kind: "", text }];
    }
    const found = tokenize(text, language, kind === "removed" ? before : after);
    if (kind !== "added") before = found.state;
    if (kind !== "removed") after = found.state;
    return found.tokens;
  });
}

/** Short texts in a language, with highlighting; long ones are drawn by the preview of files. */

import { useMemo } from "preact/hooks";
import { languageOf, type Language } from "@/parts/code_grammar";
import { Highlighter, type Token } from "@/parts/code_tokens";
import "@/parts/code.css";

/** The tokens of a line, as spans. */
export function Tokens({ tokens }: { tokens: readonly Token[] }) {
  return (
    <>
      {tokens.map((one, at) =>
        one.kind ? (
          <span key={at} class={`tok-${one.kind}`}>
            {one.text}
          </span>
        ) : (
          one.text
        ),
      )}
    </>
  );
}

const MOST = 2_000; // lines; more would be slow to draw at once

/** A text with highlighting; its language is a name, such as `python` or a suffix. */
export function Code({ text, language }: { text: string; language: string }) {
  const known: Language = languageOf(language);
  const lines = useMemo(() => text.split(/\r?\n/), [text]);
  const tokens = useMemo(() => new Highlighter(lines, known), [lines, known]);
  return (
    <pre class="code" tabIndex={0}>
      <code>
        {lines.slice(0, MOST).map((_, at) => (
          <span key={at}>
            <Tokens tokens={tokens.tokensOf(at)} />
            {"\n"}
          </span>
        ))}
        {lines.length > MOST && `… ${lines.length - MOST} more lines`}
      </code>
    </pre>
  );
}

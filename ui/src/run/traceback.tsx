/** A traceback of Python, folded; lines of installed packages step back. */

import { Ansi } from "@/parts/ansi";

const FILE = /^\s*File "(.+)", line \d+/;
const INSTALLED =
  /site-packages|dist-packages|\/lib\/python3|<frozen|\/treadle\/(?:engine|pipelines)\//;

interface Line {
  readonly text: string;
  readonly isForeign: boolean;
}

/** Return the lines of a traceback, and which of them are of installed packages. */
export function linesOf(text: string): Line[] {
  let isForeign = false;
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const file = FILE.exec(line);
      if (file) isForeign = INSTALLED.test(file[1]!);
      else if (!line.startsWith(" ")) isForeign = false;
      return { text: line, isForeign };
    });
}

/** A traceback that unfolds. */
export function Traceback({ text, isOpen = false }: { text: string; isOpen?: boolean }) {
  return (
    <details class="traceback" open={isOpen}>
      <summary>Traceback</summary>
      <pre tabIndex={0}>
        {linesOf(text).map((line, at) => (
          <span key={at} class={line.isForeign ? "muted" : undefined}>
            <Ansi text={line.text} />
            {"\n"}
          </span>
        ))}
      </pre>
    </details>
  );
}

/** Markdown as a page, or as text. */

import { Markdown } from "@/parts/markdown";
import { Problem, Skeleton } from "@/parts/problem";
import { CodeView } from "@/run/artifacts/code_view";
import { modeOf, Modes, type Mode } from "@/run/artifacts/modes";
import { textOf, useBytes, type PreviewProps } from "@/run/artifacts/preview";
import { TextView } from "@/run/artifacts/text_view";

const MOST = 1024 * 1024;
const MODES: readonly Mode<"page" | "text">[] = [
  { id: "page", title: "Page" },
  { id: "text", title: "Text" },
];

/** A Markdown file; one too long to read as a page is text. */
export function MarkdownView(props: PreviewProps) {
  return props.file.size > MOST ? <TextView {...props} /> : <Document {...props} />;
}

function Document(props: PreviewProps) {
  const { value: bytes, error } = useBytes(props, MOST);
  if (error) return <Problem error={error} />;
  if (!bytes) return <Skeleton lines={8} />;
  const more = (
    <>
      <span class="space" />
      <Modes modes={MODES} />
    </>
  );
  const text = textOf(bytes);
  if (modeOf(MODES) === "text") return <CodeView text={text} language="md" more={more} />;
  return (
    <div class="markdown-view">
      <div class="preview-bar">{more}</div>
      <div class="preview-scroll markdown-page" tabIndex={0}>
        <Markdown text={text} />
      </div>
    </div>
  );
}

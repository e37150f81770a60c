/** A file without a preview: its first bytes, and how to load it. */

import { CopyButton } from "@/parts/copy";
import { Problem, Skeleton } from "@/parts/problem";
import { Code } from "@/parts/code";
import { hexOf, looksLikeText } from "@/run/artifacts/hex";
import { useBytes, type PreviewProps } from "@/run/artifacts/preview";
import { pythonFor } from "@/run/artifacts/python";
import { TextView } from "@/run/artifacts/text_view";

const SHOWN = 512;

/** A file as text if it looks like it, else its first bytes. */
export function BytesView(props: PreviewProps) {
  const { value, error } = useBytes(props, SHOWN);
  if (error) return <Problem error={error} />;
  if (!value) return <Skeleton lines={6} />;
  if (looksLikeText(new Uint8Array(value))) return <TextView {...props} />;
  const { run, file } = props;
  const code = pythonFor(run, file.path);
  return (
    <div class="bytes">
      <dl class="artifact-facts">
        <dt>Size</dt>
        <dd>{file.size.toLocaleString("en")} bytes</dd>
        <dt>Digest</dt>
        <dd>
          <code>{file.digest}</code> <CopyButton text={file.digest} label="Copy the digest" />
        </dd>
      </dl>
      <section>
        <h3>
          Load it <CopyButton text={code} label="Copy the code" />
        </h3>
        <Code text={code.trimEnd()} language="python" />
      </section>
      <section>
        <h3>{file.size > SHOWN ? `The first ${SHOWN} bytes` : "Its bytes"}</h3>
        <pre class="hex" tabIndex={0}>
          {hexOf(new Uint8Array(value))}
        </pre>
      </section>
    </div>
  );
}

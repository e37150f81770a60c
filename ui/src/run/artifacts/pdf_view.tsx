/** A PDF in the browser's own viewer. */

import { downloadAddress } from "@/api/artifacts";
import { Empty, Problem, Skeleton } from "@/parts/problem";
import { useBlobAddress } from "@/run/artifacts/blob";
import type { PreviewProps } from "@/run/artifacts/preview";

/** A PDF, or its download where the browser shows none. */
export function PdfView(props: PreviewProps) {
  const { address, error } = useBlobAddress(props, "application/pdf");
  if (navigator.pdfViewerEnabled === false) {
    return (
      <Empty title="This browser shows no PDF">
        <a class="button" href={downloadAddress(props.run, props.file.path)} download>
          Download it
        </a>
      </Empty>
    );
  }
  if (error) return <Problem error={error} />;
  if (!address) return <Skeleton lines={8} />;
  return <iframe class="frame" src={address} title={props.file.path} />;
}

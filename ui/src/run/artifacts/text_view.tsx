/** A text or a program. */

import { Problem, Skeleton } from "@/parts/problem";
import { CodeView } from "@/run/artifacts/code_view";
import { useGrowing } from "@/run/artifacts/growing";
import { suffixOf } from "@/run/artifacts/kinds";
import { LoadMore } from "@/run/artifacts/load_more";
import type { PreviewProps } from "@/run/artifacts/preview";

/** A text file with highlighting by its suffix. */
export function TextView(props: PreviewProps) {
  const growing = useGrowing(props);
  if (growing.error) return <Problem error={growing.error} />;
  if (growing.text === undefined) return <Skeleton lines={8} />;
  const language = suffixOf(props.file.path);
  return <CodeView text={growing.text} language={language} more={<LoadMore of={growing} />} />;
}

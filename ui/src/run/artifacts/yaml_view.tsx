/** YAML as text with highlighting, and as a tree where it can be read. */

import { useMemo } from "preact/hooks";
import { Problem, Skeleton } from "@/parts/problem";
import { CodeView } from "@/run/artifacts/code_view";
import { modeOf, Modes, type Mode } from "@/run/artifacts/modes";
import { textOf, useBytes, type PreviewProps } from "@/run/artifacts/preview";
import { TextView } from "@/run/artifacts/text_view";
import { ValueTree } from "@/run/artifacts/value_tree";
import { parseYaml, type Yaml } from "@/run/artifacts/yaml";

const MOST = 2 * 1024 * 1024;
const MODES: readonly Mode<"text" | "tree">[] = [
  { id: "text", title: "Text" },
  { id: "tree", title: "Tree" },
];

/** A YAML file. */
export function YamlView(props: PreviewProps) {
  return props.file.size > MOST ? <TextView {...props} /> : <Document {...props} />;
}

function Document(props: PreviewProps) {
  const { value: bytes, error } = useBytes(props, MOST);
  const value = useMemo(() => (bytes ? read(textOf(bytes)) : undefined), [bytes]);
  if (error) return <Problem error={error} />;
  if (!bytes) return <Skeleton lines={8} />;
  const isTree = typeof value === "object" && value !== null;
  const modes = isTree ? MODES : MODES.slice(0, 1);
  const more = <Modes modes={modes} />;
  if (modeOf(modes) === "tree")
    return <ValueTree value={value} label={props.file.path} more={more} />;
  const aside = (
    <>
      <span class="space" />
      {more}
    </>
  );
  return <CodeView text={textOf(bytes)} language="yaml" more={aside} />;
}

function read(text: string): Yaml | undefined {
  try {
    return parseYaml(text);
  } catch {
    return undefined;
  }
}

/** Small labels of models: aliases, tags, stages. */

import { Link } from "@/parts/link";
import { linkTo } from "@/parts/location";

/** An alias, which leads to its version. */
export function Alias({
  model,
  alias,
  version,
}: {
  model: string;
  alias: string;
  version: number;
}) {
  return (
    <Link class="label alias" to={linkTo(["models", model, String(version)])}>
      {`@${alias} `}
      <span class="muted">{`v${version}`}</span>
    </Link>
  );
}

/** Tags as labels; those that clients keep for themselves are left out. */
export function Tags({ tags }: { tags: Readonly<Record<string, string>> }) {
  return (
    <>
      {Object.entries(tags)
        .filter(([key]) => !key.startsWith("mlflow."))
        .map(([key, value]) => (
          <span key={key} class="label" title={`${key}: ${value}`}>
            {key}
            {value && <span class="muted">{`: ${value}`}</span>}
          </span>
        ))}
    </>
  );
}

/** The stage of a version, if it has one. */
export function Stage({ stage }: { stage: string }) {
  return stage === "None" ? null : <span class="label stage">{stage}</span>;
}

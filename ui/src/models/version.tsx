/** A version of a registered model. */

import { readModel } from "@/api/models";
import type { ModelVersionRecord } from "@/api/types";
import { Code } from "@/parts/code";
import { CopyButton } from "@/parts/copy";
import { formatMoment } from "@/parts/format";
import { Link } from "@/parts/link";
import { useLoad } from "@/parts/load";
import { linkTo } from "@/parts/location";
import { Markdown } from "@/parts/markdown";
import { Empty, Problem, Skeleton } from "@/parts/problem";
import { Crumbs, Facts, RunLink, type Fact } from "@/models/facts";
import { Stage, Tags } from "@/models/labels";

/** The page of a version. */
export function VersionPage({ name, version }: { name: string; version: number }) {
  const { value, error } = useLoad((signal) => readModel(name, signal), [name]);
  if (error) return <Problem error={error} />;
  if (!value) return <Skeleton lines={8} />;
  const found = value.versions.find((one) => one.version === version);
  return (
    <main class="models">
      <Crumbs
        path={[
          ["Models", linkTo(["models"])],
          [name, linkTo(["models", name])],
        ]}
      />
      {found ? <Version version={found} /> : <Missing name={name} />}
    </main>
  );
}

function Missing({ name }: { name: string }) {
  return (
    <Empty title="There is no such version">
      <Link to={linkTo(["models", name])}>{`All versions of ${name}`}</Link>
    </Empty>
  );
}

function Version({ version }: { version: ModelVersionRecord }) {
  const path = JSON.stringify(`models:/${version.name}/${version.version}`);
  const code = `import mlflow\n\nmodel = mlflow.pyfunc.load_model(${path})\n`;
  return (
    <>
      <h1>
        {version.name} <span class="muted">{`v${version.version}`}</span>
      </h1>
      <Facts facts={factsOf(version)} />
      {version.description && <Markdown text={version.description} />}
      <section class="models-part">
        <h2>
          Load it <CopyButton text={code} label="Copy the code" />
        </h2>
        <Code text={code.trimEnd()} language="python" />
      </section>
    </>
  );
}

function factsOf(version: ModelVersionRecord): Fact[] {
  const logged = version.logged_model;
  const hasTags = Object.keys(version.tags).length > 0;
  return [
    ["Stage", version.stage === "None" ? "" : <Stage stage={version.stage} />],
    ["Aliases", version.aliases.length ? version.aliases.map((one) => `@${one}`).join(", ") : ""],
    ["Created", formatMoment(version.created)],
    ["By", version.user],
    ["Run", version.run ? <RunLink run={version.run} /> : ""],
    ["Files", filesOf(version)],
    ["Logged model", logged && <Link to={linkTo(["models", "logged", logged])}>{logged}</Link>],
    ["Source", version.source && <code>{version.source}</code>],
    ["Tags", hasTags ? <Tags tags={version.tags} /> : ""],
  ];
}

/** Return a link to the files of a version, where they are files of its run. */
function filesOf({ source, run }: ModelVersionRecord) {
  const found = /^runs:\/([^/]+)\/(.+)$/.exec(source);
  const id = found?.[1] ?? run;
  const path = found?.[2];
  if (!id || !path) return "";
  return <Link to={linkTo(["runs", id, "artifacts"], { file: path })}>{path}</Link>;
}

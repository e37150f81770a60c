/** A registered model with its versions. */

import { readModel } from "@/api/models";
import type { ModelVersionRecord, RegisteredModelRecord } from "@/api/types";
import { formatAge, formatMoment } from "@/parts/format";
import { Link } from "@/parts/link";
import { useLoad } from "@/parts/load";
import { linkTo } from "@/parts/location";
import { Markdown } from "@/parts/markdown";
import { Problem, Skeleton } from "@/parts/problem";
import { Crumbs, Facts, RunLink } from "@/models/facts";
import { Alias, Stage, Tags } from "@/models/labels";

/** The page of a model. */
export function ModelPage({ name }: { name: string }) {
  const { value, error } = useLoad((signal) => readModel(name, signal), [name]);
  if (error) return <Problem error={error} />;
  if (!value) return <Skeleton lines={8} />;
  return (
    <main class="models">
      <Crumbs path={[["Models", linkTo(["models"])]]} />
      <h1>{name}</h1>
      <Head model={value.model} />
      <section class="models-part">
        <h2>
          Versions <span class="muted">{value.versions.length}</span>
        </h2>
        <Versions versions={value.versions} />
      </section>
    </main>
  );
}

function Head({ model }: { model: RegisteredModelRecord }) {
  const aliases = Object.entries(model.aliases);
  const hasTags = Object.keys(model.tags).length > 0;
  return (
    <>
      <Facts
        facts={[
          ["Created", formatMoment(model.created)],
          ["Changed", formatMoment(model.updated)],
          [
            "Aliases",
            aliases.length === 0
              ? ""
              : aliases.map(([alias, version]) => (
                  <Alias key={alias} model={model.name} alias={alias} version={version} />
                )),
          ],
          ["Tags", hasTags ? <Tags tags={model.tags} /> : ""],
        ]}
      />
      {model.description && <Markdown text={model.description} />}
    </>
  );
}

function Versions({ versions }: { versions: readonly ModelVersionRecord[] }) {
  if (!versions.length) return <p class="muted">It has no versions.</p>;
  return (
    <div class="models-scroll">
      <table class="models-table">
        <thead>
          <tr>
            <th>Version</th>
            <th>Aliases</th>
            <th>Run</th>
            <th>Tags</th>
            <th>Description</th>
            <th>By</th>
            <th>Created</th>
          </tr>
        </thead>
        <tbody>
          {versions.map((one) => (
            <VersionRow key={one.version} version={one} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function VersionRow({ version }: { version: ModelVersionRecord }) {
  const { name } = version;
  return (
    <tr>
      <th scope="row">
        <Link to={linkTo(["models", name, String(version.version)])}>{`v${version.version}`}</Link>
      </th>
      <td>
        <Stage stage={version.stage} />
        {version.aliases.map((alias) => (
          <span key={alias} class="label alias">
            @{alias}
          </span>
        ))}
      </td>
      <td>
        <RunLink run={version.run} />
      </td>
      <td>
        <Tags tags={version.tags} />
      </td>
      <td class="models-text" title={version.description ?? ""}>
        {version.description}
      </td>
      <td>{version.user}</td>
      <td class="muted" title={formatMoment(version.created)}>
        {formatAge(version.created)}
      </td>
    </tr>
  );
}

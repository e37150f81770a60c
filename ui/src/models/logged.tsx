/** A model that a run logged, whether or not it is registered. */

import { readLoggedModel } from "@/api/models";
import type { LoggedModelMetric, LoggedModelRecord } from "@/api/types";
import { formatMoment, formatNumber, toNumber } from "@/parts/format";
import { useLoad } from "@/parts/load";
import { linkTo } from "@/parts/location";
import { Problem, Skeleton } from "@/parts/problem";
import { Crumbs, Facts, RunLink } from "@/models/facts";
import { Tags } from "@/models/labels";

/** The page of a logged model. */
export function LoggedModelPage({ id }: { id: string }) {
  const { value, error } = useLoad((signal) => readLoggedModel(id, signal), [id]);
  if (error) return <Problem error={error} />;
  if (!value) return <Skeleton lines={8} />;
  return (
    <main class="models">
      <Crumbs path={[["Models", linkTo(["models"])]]} />
      <Logged model={value} />
    </main>
  );
}

function Logged({ model }: { model: LoggedModelRecord }) {
  const hasTags = Object.keys(model.tags).some((key) => !key.startsWith("mlflow."));
  const params = Object.entries(model.params);
  return (
    <>
      <h1>
        {model.name || model.id} {model.deleted !== null && <span class="label">deleted</span>}
      </h1>
      <Facts
        facts={[
          ["Id", <code key="id">{model.id}</code>],
          ["Type", model.type],
          ["Status", model.status],
          ["Run", model.source_run ? <RunLink run={model.source_run} /> : ""],
          ["Created", formatMoment(model.created)],
          ["Tags", hasTags ? <Tags tags={model.tags} /> : ""],
        ]}
      />
      {model.metrics.length > 0 && <Metrics metrics={model.metrics} />}
      {params.length > 0 && <Params params={params} />}
    </>
  );
}

function Metrics({ metrics }: { metrics: readonly LoggedModelMetric[] }) {
  return (
    <section class="models-part">
      <h2>
        Metrics <span class="muted">{metrics.length}</span>
      </h2>
      <div class="models-scroll">
        <table class="models-table">
          <thead>
            <tr>
              <th>Metric</th>
              <th class="number">Value</th>
              <th class="number">Step</th>
              <th>Dataset</th>
              <th>Run</th>
            </tr>
          </thead>
          <tbody>
            {metrics.slice(0, 2_000).map((one, at) => (
              <tr key={at}>
                <th scope="row">{one.key}</th>
                <td class="number">{formatNumber(toNumber(one.value) ?? NaN)}</td>
                <td class="number">{one.step}</td>
                <td title={one.dataset_digest}>{one.dataset_name}</td>
                <td>
                  <RunLink run={one.run} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Params({ params }: { params: readonly (readonly [string, string])[] }) {
  return (
    <section class="models-part">
      <h2>
        Params <span class="muted">{params.length}</span>
      </h2>
      <div class="models-scroll">
        <table class="models-table">
          <tbody>
            {params.slice(0, 2_000).map(([key, value]) => (
              <tr key={key}>
                <th scope="row">{key}</th>
                <td class="models-text" title={value}>
                  {value}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

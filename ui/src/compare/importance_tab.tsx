/** The tab that says which params matter for a metric. */

import { useMemo } from "preact/hooks";
import { data } from "@/compare/data";
import { differing, mainMetric } from "@/compare/defaults";
import { parseField } from "@/compare/fields";
import { FieldSelect } from "@/compare/field_select";
import { FEWEST, influencesOf, type Influence, type Influences } from "@/compare/importance";
import { useFields } from "@/compare/points";
import { compare } from "@/compare/sort_runs";
import { state, update } from "@/compare/state";
import { Icon } from "@/parts/icon";
import { Link } from "@/parts/link";
import { linkTo, location } from "@/parts/location";
import { Empty } from "@/parts/problem";

const MOST = 200; // params

/** The tab. */
export function ImportanceTab() {
  const metric = state.value.metric || mainMetric();
  const params = differing("params", MOST);
  const fields = useFields([metric, ...params.map((field) => field.id)]);
  const isReady = fields.every((field) => data.isRead(field));
  const found = useMemo(
    () =>
      isReady && metric
        ? influencesOf(params, (field) => data.values(field), data.values(parseField(metric)))
        : null,
    [isReady, metric, data.runs.value, fields],
  );
  return (
    <>
      <div class="tools">
        <FieldSelect
          label="what explains"
          families={["metrics"]}
          chosen={metric ? [metric] : []}
          onChoose={(id) => update({ metric: id })}
        />
        <span class="space" />
        {found && <Summary found={found} />}
      </div>
      {!metric && <Empty title="These runs have no metric that differs" />}
      {found && <Result found={found} metric={metric} />}
    </>
  );
}

function Summary({ found }: { found: Influences }) {
  if (found.score === null) return null;
  return (
    <output class="muted">
      Together they explain {Math.round(found.score * 100)} % of the differences between{" "}
      {found.runs} runs
    </output>
  );
}

function Result({ found, metric }: { found: Influences; metric: string }) {
  if (found.runs < FEWEST) {
    return (
      <Empty title="Too few runs">
        <p>
          {found.runs} of the compared runs have this metric; it takes at least {FEWEST} to say
          which params matter. Add some with <b>Runs</b>.
        </p>
      </Empty>
    );
  }
  if (!found.rows.length) return <Empty title="No param differs between these runs" />;
  return <Table rows={found.rows} metric={metric} />;
}

const HEADS = [
  ["importance", "Part in a random forest that predicts the metric from all params"],
  ["spearman", "Rank correlation: 1 if the metric grows with the param, −1 if it falls"],
  ["pearson", "Linear correlation"],
] as const;

function Table({ rows, metric }: { rows: readonly Influence[]; metric: string }) {
  const key = (HEADS.find(([name]) => name === state.value.sort) ?? HEADS[0])[0];
  const sorted = [...rows].sort((one, other) =>
    compare(sizeOf(one[key]), sizeOf(other[key]), true),
  );
  return (
    <div class="sheet">
      <table class="facts importance">
        <thead>
          <tr>
            <th scope="col">param</th>
            {HEADS.map(([name, hint]) => (
              <th key={name} scope="col" aria-sort={name === key ? "descending" : "none"}>
                <button
                  type="button"
                  class="head"
                  title={hint}
                  onClick={() => update({ sort: name })}
                >
                  <span>
                    {name} {name === key && <Icon name="down" />}
                  </span>
                </button>
              </th>
            ))}
            <th scope="col" class="number">
              runs
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <Row key={row.field.id} row={row} metric={metric} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const sizeOf = (value: number | null): number | null => (value === null ? null : Math.abs(value));

function Row({ row, metric }: { row: Influence; metric: string }) {
  const query = new URLSearchParams(location.value.query);
  for (const [name, value] of [
    ["tab", "scatter"],
    ["x", row.field.id],
    ["y", metric],
  ] as const) {
    query.set(name, value);
  }
  return (
    <tr>
      <th scope="row">
        <Link to={linkTo(["compare"], query)} title="Draw the metric by this param">
          {row.field.key}
        </Link>
      </th>
      <td>
        <Bar value={row.importance} text={`${(row.importance * 100).toFixed(1)} %`} />
      </td>
      <td>
        <Signed value={row.spearman} />
      </td>
      <td>
        <Signed value={row.pearson} />
      </td>
      <td class="number">{row.count || <span class="absent">–</span>}</td>
    </tr>
  );
}

function Bar({ value, text }: { value: number; text: string }) {
  return (
    <span class="bar-cell">
      <span class="track">
        <i style={{ width: `${value * 100}%` }} />
      </span>
      <span class="number">{text}</span>
    </span>
  );
}

/** A correlation: to the right if it is positive, to the left if it is negative. */
function Signed({ value }: { value: number | null }) {
  if (value === null) return <span class="absent">–</span>;
  const half = Math.abs(value) * 50;
  const text = `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
  return (
    <span class="bar-cell">
      <span class="track signed">
        <i
          class={value < 0 ? "negative" : ""}
          style={{ width: `${half}%`, left: `${value < 0 ? 50 - half : 50}%` }}
        />
      </span>
      <span class="number">{text}</span>
    </span>
  );
}

/** The registered models, by name. */

import { useEffect, useState } from "preact/hooks";
import { isAborted } from "@/api/client";
import { listModels } from "@/api/models";
import type { RegisteredModelRecord } from "@/api/types";
import { Button } from "@/parts/button";
import { formatAge, formatMoment } from "@/parts/format";
import { Link } from "@/parts/link";
import { change, linkTo, location } from "@/parts/location";
import { Empty, Problem, Skeleton } from "@/parts/problem";
import { Alias, Tags } from "@/models/labels";

/** The list, with its search in the address as `text`. */
export function ModelList() {
  const text = location.value.query.get("text") ?? "";
  const { models, next, error, more } = useModels(text);
  return (
    <main class="models">
      <header class="models-head">
        <h1>Models</h1>
        <input
          type="search"
          placeholder="Find by name"
          aria-label="Find models by name"
          value={text}
          onInput={(event) => change({ text: event.currentTarget.value }, { replace: true })}
        />
      </header>
      {error ? <Problem error={error} /> : null}
      {models === null ? (
        <Skeleton lines={6} />
      ) : models.length ? (
        <Table models={models} />
      ) : (
        <NoModels text={text} />
      )}
      {next && <Button onClick={more}>Show more</Button>}
    </main>
  );
}

interface Found {
  readonly models: readonly RegisteredModelRecord[] | null;
  readonly next: string;
  readonly error: unknown;
}

const PAUSE = 150; // milliseconds after a key before the list is asked for

function useModels(text: string): Found & { more: () => void } {
  const [found, setFound] = useState<Found>({ models: null, next: "", error: null });
  const fail = (error: unknown): void => {
    if (!isAborted(error)) setFound((now) => ({ ...now, models: now.models ?? [], error }));
  };
  useEffect(() => {
    const control = new AbortController();
    const ask = (): void => {
      listModels(text, "", control.signal).then((page) => setFound({ ...page, error: null }), fail);
    };
    const timer = setTimeout(ask, text ? PAUSE : 0);
    return () => {
      clearTimeout(timer);
      control.abort();
    };
  }, [text]);
  const more = (): void => {
    listModels(text, found.next).then(
      (page) =>
        setFound((now) => ({
          ...page,
          models: [...(now.models ?? []), ...page.models],
          error: null,
        })),
      fail,
    );
  };
  return { ...found, more };
}

function Table({ models }: { models: readonly RegisteredModelRecord[] }) {
  return (
    <div class="models-scroll">
      <table class="models-table">
        <thead>
          <tr>
            <th>Name</th>
            <th>Latest</th>
            <th>Aliases</th>
            <th>Tags</th>
            <th>Changed</th>
          </tr>
        </thead>
        <tbody>
          {models.map((one) => (
            <ModelRow key={one.name} model={one} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function ModelRow({ model }: { model: RegisteredModelRecord }) {
  const { name } = model;
  const latest = Math.max(0, ...model.latest.map((one) => one.version));
  return (
    <tr>
      <th scope="row">
        <Link to={linkTo(["models", name])}>{name}</Link>
      </th>
      <td>
        {latest > 0 && <Link to={linkTo(["models", name, String(latest)])}>{`v${latest}`}</Link>}
      </td>
      <td>
        {Object.entries(model.aliases).map(([alias, version]) => (
          <Alias key={alias} model={name} alias={alias} version={version} />
        ))}
      </td>
      <td>
        <Tags tags={model.tags} />
      </td>
      <td class="muted" title={formatMoment(model.updated)}>
        {formatAge(model.updated)}
      </td>
    </tr>
  );
}

function NoModels({ text }: { text: string }) {
  if (text) {
    return (
      <Empty title="No model has this in its name">
        <Button onClick={() => change({ text: "" })}>Show all models</Button>
      </Empty>
    );
  }
  const here = new URL(".", document.baseURI).href.replace(/\/$/, "");
  const code = [
    "import mlflow",
    "",
    `mlflow.set_tracking_uri("${here}")`,
    'mlflow.sklearn.log_model(model, name="model", registered_model_name="prices")',
  ];
  return (
    <Empty title="No models yet">
      <p>Register one with MLflow's client, and it is here:</p>
      <pre>{code.join("\n")}</pre>
    </Empty>
  );
}

/** A model folder: how to load it, its signature, and what it needs. */

import { useMemo } from "preact/hooks";
import { readRange } from "@/api/artifacts";
import { Code } from "@/parts/code";
import { CopyButton } from "@/parts/copy";
import { formatSize } from "@/parts/format";
import { Link } from "@/parts/link";
import { useLoad } from "@/parts/load";
import { linkTo } from "@/parts/location";
import { Problem, Skeleton } from "@/parts/problem";
import { readCard, type Field, type ModelCard } from "@/run/artifacts/model_card";
import { modeOf, Modes, type Mode } from "@/run/artifacts/modes";
import { textOf, useBytes, type PreviewProps } from "@/run/artifacts/preview";
import { literal } from "@/run/artifacts/python";
import { TextView } from "@/run/artifacts/text_view";

const MOST = 1024 * 1024;
const MODES: readonly Mode<"summary" | "text">[] = [
  { id: "summary", title: "Summary" },
  { id: "text", title: "Text" },
];

/** The MLmodel file itself, as a summary or as text. */
export function ModelFileView(props: PreviewProps) {
  const isText = modeOf(MODES) === "text";
  return (
    <div class="model-file">
      <div class="preview-bar">
        <span class="space" />
        <Modes modes={MODES} />
      </div>
      {isText ? <TextView {...props} /> : <ModelView {...props} />}
    </div>
  );
}

/** The summary of a model, with its requirements where they are known to be there. */
export function ModelView(props: PreviewProps & { requirements?: string | undefined }) {
  const { value: bytes, error } = useBytes(props, MOST);
  const card = useMemo(() => (bytes ? read(textOf(bytes)) : null), [bytes]);
  if (error) return <Problem error={error} />;
  if (!card) return <Skeleton lines={6} />;
  if (card instanceof Error) return <Problem error={card} />;
  const folder = props.file.path.split("/").slice(0, -1).join("/");
  return (
    <section class="model" aria-label="Model">
      <Facts card={card} />
      <Loading run={props.run} folder={folder} card={card} />
      <Signature card={card} />
      {props.requirements && <Requirements run={props.run} path={props.requirements} />}
    </section>
  );
}

function read(text: string): ModelCard | Error {
  try {
    return readCard(text);
  } catch (error) {
    return error as Error;
  }
}

function Facts({ card }: { card: ModelCard }) {
  const facts: [string, preact.ComponentChildren][] = [
    ["Flavors", card.flavors.map((one) => `${one.name} ${one.version}`.trim()).join(", ")],
    ["Created", card.created && `${card.created.slice(0, 19)} UTC`],
    ["Size", card.size && formatSize(card.size)],
    ["Python", card.python],
    ["MLflow", card.mlflow],
    [
      "Logged model",
      card.modelId && <Link to={linkTo(["models", "logged", card.modelId])}>{card.modelId}</Link>,
    ],
  ];
  return (
    <dl class="artifact-facts">
      {facts.map(([name, value]) => value && [<dt key={name}>{name}</dt>, <dd>{value}</dd>])}
    </dl>
  );
}

function Loading({ run, folder, card }: { run: string; folder: string; card: ModelCard }) {
  const own = card.flavors.find((one) => one.name !== "python_function")?.name ?? "pyfunc";
  const name = /^\w+$/.test(own) ? own : "pyfunc";
  const address = literal(`runs:/${run}/${folder}`);
  const code = `import mlflow\n\nmodel = mlflow.${name}.load_model(${address})\n`;
  return (
    <section>
      <h3>
        Load it <CopyButton text={code} label="Copy the code" />
      </h3>
      <Code text={code.trimEnd()} language="python" />
    </section>
  );
}

function Signature({ card }: { card: ModelCard }) {
  const parts: [string, readonly Field[]][] = [
    ["Inputs", card.inputs],
    ["Outputs", card.outputs],
    ["Params", card.params],
  ];
  return (
    <div class="model-signature">
      {parts.map(
        ([title, fields]) => fields.length > 0 && <Fields key={title} {...{ title, fields }} />,
      )}
    </div>
  );
}

function Fields({ title, fields }: { title: string; fields: readonly Field[] }) {
  return (
    <section>
      <h3>
        {title} <span class="muted">{fields.length}</span>
      </h3>
      <div class="model-fields" tabIndex={0}>
        <table class="plain-table">
          <tbody>
            {fields.slice(0, 1_000).map((one, at) => (
              <tr key={at}>
                <td>{one.name}</td>
                <td>
                  <code>{one.type}</code>
                </td>
                <td class="muted">{one.isRequired ? "" : "optional"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Requirements({ run, path }: { run: string; path: string }) {
  const { value } = useLoad((signal) => readRange(run, path, 0, MOST, signal), [run, path]);
  if (!value) return null;
  return (
    <section>
      <h3>
        Requirements <CopyButton text={textOf(value)} label="Copy the requirements" />
      </h3>
      <Code text={textOf(value).trimEnd()} language="plain" />
    </section>
  );
}

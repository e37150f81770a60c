/** What an MLmodel file says about a model. */

import { parseYaml, type Yaml } from "@/run/artifacts/yaml";

/** A column or a tensor of a signature. */
export interface Field {
  readonly name: string;
  readonly type: string;
  readonly isRequired: boolean;
}

/** A way to load a model. */
export interface Flavor {
  readonly name: string;
  readonly version: string;
  readonly loader: string;
}

export interface ModelCard {
  readonly flavors: readonly Flavor[];
  readonly inputs: readonly Field[];
  readonly outputs: readonly Field[];
  readonly params: readonly Field[];
  readonly created: string;
  readonly size: number | null;
  readonly modelId: string;
  readonly mlflow: string;
  readonly python: string;
}

type Map_ = ReadonlyMap<string, Yaml>;
const NONE: Map_ = new Map();

const mapIn = (value: Yaml | undefined): Map_ => (value instanceof Map ? value : NONE);

function textIn(map: Map_, key: string): string {
  const value = map.get(key);
  return value === null || value === undefined || typeof value === "object" ? "" : String(value);
}

/** Return what a text says; throw if it is not read. */
export function readCard(text: string): ModelCard {
  const root = mapIn(parseYaml(text));
  const flavors = mapIn(root.get("flavors"));
  const signature = mapIn(root.get("signature"));
  const size = Number(textIn(root, "model_size_bytes"));
  return {
    flavors: [...flavors].map(([name, value]) => flavorOf(name, mapIn(value))),
    inputs: fieldsIn(signature.get("inputs")),
    outputs: fieldsIn(signature.get("outputs")),
    params: fieldsIn(signature.get("params")),
    created: textIn(root, "utc_time_created"),
    size: size > 0 ? size : null,
    modelId: textIn(root, "model_id"),
    mlflow: textIn(root, "mlflow_version"),
    python: textIn(mapIn(flavors.get("python_function")), "python_version"),
  };
}

function flavorOf(name: string, map: Map_): Flavor {
  const version = [...map.keys()].find((key) => key === `${name}_version` || key === "version");
  return {
    name,
    version: version ? textIn(map, version) : "",
    loader: textIn(map, "loader_module"),
  };
}

/** Return the fields of a part of a signature, which is JSON in a text. */
function fieldsIn(value: Yaml | undefined): Field[] {
  if (typeof value !== "string") return [];
  try {
    const found: unknown = JSON.parse(value);
    return Array.isArray(found) ? found.map(fieldOf) : [];
  } catch {
    return [];
  }
}

function fieldOf(value: Record<string, unknown>, at: number): Field {
  const name = typeof value["name"] === "string" ? value["name"] : `[${at}]`;
  return { name, type: typeOf(value), isRequired: value["required"] !== false };
}

function typeOf(value: Record<string, unknown>): string {
  const tensor = value["tensor-spec"] as { dtype?: string; shape?: unknown[] } | undefined;
  if (tensor) return `${tensor.dtype ?? "tensor"} (${(tensor.shape ?? []).join(", ")})`;
  const type = String(value["type"] ?? value["dtype"] ?? "");
  if (type === "array" && value["items"]) return `array of ${typeOf(value["items"] as never)}`;
  if (type === "object" && value["properties"]) {
    return `object (${Object.keys(value["properties"]).join(", ")})`;
  }
  return type;
}

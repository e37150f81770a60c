/** Calls for models: those that are registered, and those that runs logged. */

import { get } from "@/api/client";
import type { LoggedModelRecord, ModelDetails, ModelPage } from "@/api/types";

/** List registered models whose name has a text, by name. */
export function listModels(text: string, after: string, signal?: AbortSignal): Promise<ModelPage> {
  return get("models", { text, after, limit: 100 }, signal);
}

/** Read a registered model with its versions. */
export function readModel(name: string, signal?: AbortSignal): Promise<ModelDetails> {
  return get("model", { name }, signal);
}

/** Read a model that a run logged. */
export function readLoggedModel(id: string, signal?: AbortSignal): Promise<LoggedModelRecord> {
  return get("logged-model", { id }, signal);
}

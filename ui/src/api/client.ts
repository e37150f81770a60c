/** Calls of Treadle's native API, below the path that the server has behind a proxy. */

import { ask, locate } from "@/api/source";

const PAGE = globalThis.document; // none in a worker
const ROOT = PAGE?.getElementById("app")?.dataset["root"] ?? "";

/** An error response: what happened, and what to do. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly kind: string,
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

export type Query = Record<string, string | number | boolean | string[] | null | undefined>;

/** Return the address of a call. */
export function addressOf(path: string, query: Query = {}): string {
  const url = new URL(path, new URL(`${ROOT}/api/v1/`, PAGE?.baseURI ?? "http://localhost/"));
  for (const [key, value] of Object.entries(query)) {
    if (value === null || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) {
      url.searchParams.append(key, String(one));
    }
  }
  return locate(url) ?? url.href;
}

/** Read by GET. */
export function get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
  return send<T>(addressOf(path, query), { signal: signal ?? null });
}

/** Ask or change by POST. */
export function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return send<T>(addressOf(path), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
}

async function send<T>(address: string, options: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await ask(address, { credentials: "same-origin", ...options });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "Unreachable", "The server does not answer.", "Is it still running?");
  }
  if (!response.ok) throw await readError(response);
  return (await response.json()) as T;
}

/** Return the error of a response that is not OK. */
export async function readError(response: Response): Promise<ApiError> {
  try {
    const problem = (await response.json()) as Record<string, string | undefined>;
    const kind = problem["error"] ?? problem["error_code"] ?? "Error";
    return new ApiError(response.status, kind, problem["message"] ?? "", problem["hint"] ?? "");
  } catch {
    return new ApiError(response.status, "Error", `The server answered ${response.status}.`, "");
  }
}

/** Whether an error only says that a request is no longer wanted. */
export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

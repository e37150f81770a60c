/** Calls on saved views. */

import { get, post } from "@/api/client";

export type PageName = "runs" | "run" | "compare";

export interface View {
  readonly id: string;
  readonly page: PageName;
  readonly name: string;
  /** The id of its experiment; empty for all. */
  readonly experiment: string;
  readonly state: string;
  readonly is_default: boolean;
  readonly owner: string;
}

/** Return the query of an address as the state of a view. */
export function stateOf(query: URLSearchParams): string {
  return JSON.stringify(Object.fromEntries(query));
}

/** Return the query of the address for the state of a view. */
export function queryOf(state: string): URLSearchParams {
  return new URLSearchParams(JSON.parse(state) as Record<string, string>);
}

/** List the views of a page and an experiment. */
export function listViews(page: PageName, experiment = "", signal?: AbortSignal): Promise<View[]> {
  return get("views", { page, experiment }, signal);
}

export interface NewView {
  readonly id?: string;
  readonly page: PageName;
  readonly name: string;
  readonly experiment: string;
  readonly state: string;
  readonly is_default: boolean;
}

/** Save a view; with an id it replaces that one. */
export function saveView(view: NewView): Promise<View> {
  return post("view/save", view);
}

export function deleteView(id: string): Promise<unknown> {
  return post("view/delete", { id });
}

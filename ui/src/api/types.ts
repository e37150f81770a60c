/* Replaced by the generator. */
export type Scalar = string | number | boolean | null;
export interface Column { field: string; family: string; key: string; summary: string; step: number | null; kind: "number" | "text" }
export interface RunRow { key: number; id: string; name: string; experiment: string; experiment_id: string; status: string; started: number; ended: number | null; user: string; kind: string; parent: string; children: number; deleted: number | null }
export interface RunTable { columns: Column[]; rows: RunRow[]; cells: Scalar[][] }
export interface RunOrder { total: number; keys: number[] }
export interface RunKey { family: string; name: string; kind: "number" | "text"; count: number; min: number | null; max: number | null }
export interface KeyPage { keys: RunKey[]; total: number; next: string }
export interface GroupCell { count: number; mean: number | null; median: number | null; deviation: number | null; min: number | null; max: number | null }
export interface RunGroup { values: Scalar[]; count: number; cells: (GroupCell | null)[] }
export interface RunGroups { columns: Column[]; groups: RunGroup[]; total: number; next: string }

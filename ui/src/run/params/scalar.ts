import type { RunRecord } from "@/api/types";

/** The value of a param. */
export type Scalar = RunRecord["params"][string];

/** What the kernel sends to the widget; see `treadle.interop.notebook`. */

/** A run as the widget shows it. */
export interface ShownRun {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly started: number;
}

/** A metric of a run, as the sample of its points that the kernel sent. */
export interface ShownSeries {
  readonly run: string;
  readonly key: string;
  readonly count: number;
  readonly steps: readonly number[];
  readonly times: readonly number[];
  readonly values: readonly (number | string)[];
}

/** All that is shown. */
export interface Shown {
  readonly runs: readonly ShownRun[];
  readonly series: readonly ShownSeries[];
  /** The number of metrics that are not shown. */
  readonly more: number;
}

/** The widget's state in the kernel, as anywidget has it. */
export interface Model {
  get(name: "shown"): Shown;
  on(event: "change:shown", act: () => void): void;
  off(event: "change:shown", act: () => void): void;
}

/** The series of a line chart. */

import type { LineStyle } from "@/charts/palette";
import type { Range } from "@/charts/options";
import type { Points } from "@/charts/points";

/** A curve of a chart: a metric of a run, or a mean of several with its band. */
export interface ChartSeries extends LineStyle {
  /** Different for each series of a chart, and the same when it is drawn again. */
  readonly id: string;
  /** The id of its run; empty for one of several runs. */
  readonly run: string;
  readonly key: string;
  readonly label: string;
  /** The heading of the legend that it belongs to, such as its run or its group. */
  readonly group?: string;
  readonly points: Points;
  /** The number of points that were logged, if `points` may be fewer. */
  readonly count?: number | undefined;
  /** Its first and last step, where `points` are only a part of it. */
  readonly extent?: Range | undefined;
  /** When its run started, in seconds; by default the time of its first point. */
  readonly started?: number | undefined;
  /** The metric along x, where the chart has one. */
  readonly along?: Points | undefined;
  /** The lower and upper edge of its band, for each point. */
  readonly band?: { readonly low: Float64Array; readonly high: Float64Array } | undefined;
}

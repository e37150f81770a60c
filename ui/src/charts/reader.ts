/** Reading of the series of a chart: at first all of each, then what is new, or finer a part. */

import { isAborted } from "@/api/client";
import type { SeriesName } from "@/api/series";
import { nameOf, readPoints, type Part } from "@/charts/gather";
import { appended, NO_POINTS, thinned, type Points } from "@/charts/points";
import type { Range } from "@/charts/options";

/** A series to read, with what is known of it: the number of its points grows while it is live. */
export interface Wanted extends SeriesName {
  readonly count?: number | undefined;
}

interface Held {
  readonly part: Part;
  points: Points | null;
  /** The number of points that the series had when it was read. */
  count: number;
  control: AbortController | null;
}

const ROOM = 8; // points per bucket, beyond which a growing series is thinned out

/** The series of one chart; `close` when it goes out of sight. */
export class SeriesReader {
  private whole = new Map<string, Held>();
  private fine = new Map<string, Held>();
  private finePart = "";
  error: unknown = null;

  constructor(private readonly onChange: () => void) {}

  /** Read what is not known yet of some series; all of them, and finer the steps of a range. */
  want(series: readonly Wanted[], buckets: number, steps: Range | null): void {
    this.keep(this.whole, series, { buckets });
    const part = steps ? { buckets, first: steps[0], last: steps[1] } : null;
    const name = part ? `${part.first} ${part.last} ${buckets}` : "";
    if (name !== this.finePart) stopAll(this.fine);
    this.finePart = name;
    if (part) this.keep(this.fine, series, part);
  }

  /** Whether a series has been read. */
  has(name: SeriesName): boolean {
    return Boolean(this.whole.get(nameOf(name))?.points);
  }

  /** Return the points of a whole series, or of the range in sight if they have been read. */
  pointsOf(name: SeriesName, isFine: boolean): Points {
    const fine = isFine ? this.fine.get(nameOf(name))?.points : null;
    return fine ?? this.whole.get(nameOf(name))?.points ?? NO_POINTS;
  }

  close(): void {
    stopAll(this.whole);
    stopAll(this.fine);
  }

  /** Read again what failed. */
  retry(): void {
    this.error = null;
    this.close();
    this.finePart = "";
  }

  private keep(all: Map<string, Held>, series: readonly Wanted[], part: Part): void {
    const names = new Set(series.map(nameOf));
    for (const [name, held] of all) {
      if (names.has(name)) continue;
      held.control?.abort();
      all.delete(name);
    }
    for (const one of series) {
      const held = all.get(nameOf(one));
      const isCoarse = held && held.part.buckets < part.buckets;
      if (!held || isCoarse) void this.read(all, one, part, held?.points ?? null);
      else if (held.points && !held.control && (one.count ?? 0) > held.count) {
        void this.grow(all, one, held);
      }
    }
  }

  private async read(
    all: Map<string, Held>,
    one: Wanted,
    part: Part,
    before: Points | null,
  ): Promise<void> {
    all.get(nameOf(one))?.control?.abort();
    const held: Held = { part, points: before, count: one.count ?? 0, control: null };
    all.set(nameOf(one), held);
    const points = await this.ask(one, held, part);
    if (!points) return;
    held.points = points;
    this.onChange();
  }

  /** Read what came after the last point; all again if points came between the others. */
  private async grow(all: Map<string, Held>, one: Wanted, held: Held): Promise<void> {
    const count = one.count ?? 0;
    const before = held.points!;
    const more = await this.ask(one, held, { ...held.part, first: before.steps.at(-1) });
    if (!more) return;
    const grown = appended(before, more);
    if (grown === before) {
      if (held.part.last === undefined) void this.read(all, one, held.part, before);
      return;
    }
    held.points =
      grown.steps.length > ROOM * held.part.buckets ? thinned(grown, 4 * held.part.buckets) : grown;
    held.count = count;
    this.onChange();
  }

  private async ask(name: SeriesName, held: Held, part: Part): Promise<Points | null> {
    const control = new AbortController();
    held.control = control;
    try {
      const points = await readPoints(name, part, control.signal);
      this.error = null;
      return control.signal.aborted ? null : points;
    } catch (error) {
      if (!isAborted(error) && !control.signal.aborted) {
        this.error = error;
        this.onChange();
      }
      return null;
    } finally {
      if (held.control === control) held.control = null;
    }
  }
}

function stopAll(all: Map<string, Held>): void {
  for (const held of all.values()) held.control?.abort();
  all.clear();
}

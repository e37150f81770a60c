/** A curve in a cell: its shape, without axes. */

interface Props {
  readonly values: readonly number[];
  readonly width: number;
  readonly height: number;
}

/** A line through values at equal distances. */
export function Sparkline({ values, width, height }: Props) {
  const finite = values.filter(Number.isFinite);
  if (finite.length < 2) return null;
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const x = (at: number): number => 1 + (at * (width - 2)) / (values.length - 1);
  const y = (value: number): number =>
    high === low ? height / 2 : 1 + ((high - value) * (height - 2)) / (high - low);
  const points = values.flatMap((value, at) =>
    Number.isFinite(value) ? [`${x(at).toFixed(1)},${y(value).toFixed(1)}`] : [],
  );
  return (
    <svg class="sparkline" width={width} height={height} aria-hidden="true">
      <polyline points={points.join(" ")} />
    </svg>
  );
}

/** Reads NumPy's .npy: the head, and values of the usual types. */

/** What the head of an array says. */
export interface NpyHead {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly isFortran: boolean;
  /** Where its values begin. */
  readonly start: number;
}

/** Return the head of an array; throw if there is none. */
export function readHead(bytes: ArrayBuffer): NpyHead {
  const view = new DataView(bytes);
  const magic =
    bytes.byteLength > 12 && view.getUint8(0) === 0x93 && view.getUint32(1) === 0x4e554d50;
  if (!magic) throw new Error("This is not a file of NumPy.");
  const isLong = view.getUint8(6) >= 2;
  const length = isLong ? view.getUint32(8, true) : view.getUint16(8, true);
  const from = isLong ? 12 : 10;
  const text = new TextDecoder("latin1").decode(bytes.slice(from, from + length));
  const shape = /'shape'\s*:\s*\(([^)]*)\)/.exec(text)?.[1] ?? "";
  const plain = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  return {
    dtype: plain ?? /'descr'\s*:\s*(\[.*?\])\s*,\s*'/.exec(text)?.[1] ?? "?",
    shape: shape.split(",").flatMap((one) => (one.trim() ? [Number(one)] : [])),
    isFortran: /'fortran_order'\s*:\s*True/.test(text),
    start: from + length,
  };
}

type Read = (view: DataView, at: number, little: boolean) => number | bigint | boolean;

const READERS: Record<string, Read> = {
  f8: (view, at, little) => view.getFloat64(at, little),
  f4: (view, at, little) => view.getFloat32(at, little),
  f2: (view, at, little) => half(view.getUint16(at, little)),
  i8: (view, at, little) => view.getBigInt64(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i2: (view, at, little) => view.getInt16(at, little),
  i1: (view, at) => view.getInt8(at),
  u8: (view, at, little) => view.getBigUint64(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u2: (view, at, little) => view.getUint16(at, little),
  u1: (view, at) => view.getUint8(at),
  b1: (view, at) => view.getUint8(at) !== 0,
};

function half(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Return the values that bytes hold, in the order of the file; null if their type is another. */
export function readValues(bytes: ArrayBuffer, head: NpyHead): unknown[] | null {
  const read = READERS[head.dtype.slice(1)];
  if (!read) return null;
  const width = Number(head.dtype.slice(2));
  const view = new DataView(bytes);
  const total = head.shape.reduce((product, one) => product * one, 1);
  const count = Math.min(total, Math.floor((bytes.byteLength - head.start) / width));
  const isLittle = head.dtype[0] !== ">";
  return Array.from({ length: Math.max(0, count) }, (_, at) =>
    read(view, head.start + at * width, isLittle),
  );
}

const MOST_ROWS = 100_000;
const MOST_COLUMNS = 1_000;

/** Return values as rows: the last axis across, all others down. */
export function rowsOf(values: readonly unknown[], head: NpyHead): unknown[][] {
  const { shape, isFortran } = head;
  const width = shape.length > 1 ? shape.at(-1)! : 1;
  const total = shape.reduce((product, one) => product * one, 1);
  const height = width ? Math.min(MOST_ROWS, total / width) : 0;
  const strides = stridesOf(shape, isFortran);
  const place = (row: number, column: number): number => {
    if (!isFortran || shape.length < 2) return row * width + column;
    let [rest, at] = [row, column * strides.at(-1)!];
    for (let axis = shape.length - 2; axis >= 0; axis--) {
      at += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return at;
  };
  return Array.from({ length: height }, (_, row) =>
    Array.from(
      { length: Math.min(width, MOST_COLUMNS) },
      (_, column) => values[place(row, column)],
    ),
  );
}

function stridesOf(shape: readonly number[], isFortran: boolean): number[] {
  const strides = shape.map(() => 1);
  const axes = [...shape.keys()];
  let stride = 1;
  for (const axis of isFortran ? axes : axes.reverse()) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

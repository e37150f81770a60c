/** The colours of terminals: escape codes as pieces of text with their style. */

/** A part of a line in one style. */
export interface Piece {
  readonly text: string;
  /** The classes of its style, such as `ansi-bold ansi-1`. */
  readonly style: string;
  /** Colours beyond the sixteen of every terminal. */
  readonly color?: string | undefined;
  readonly back?: string | undefined;
}

interface Pen {
  flags: Set<string>;
  color: string | undefined;
  back: string | undefined;
}

const CODES = /\u001b(?:\[([0-9;:]*)([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;

const FLAGS: Readonly<Record<number, string>> = {
  1: "ansi-bold",
  2: "ansi-dim",
  3: "ansi-italic",
  4: "ansi-underline",
  7: "ansi-inverse",
  9: "ansi-struck",
};
const OFF: Readonly<Record<number, readonly string[]>> = {
  22: ["ansi-bold", "ansi-dim"],
  23: ["ansi-italic"],
  24: ["ansi-underline"],
  27: ["ansi-inverse"],
  29: ["ansi-struck"],
};

/** Return a line as pieces; codes that are no colours are left out. */
export function piecesOf(line: string): Piece[] {
  if (!line.includes("\u001b")) return [{ text: line, style: "" }];
  const pen: Pen = { flags: new Set(), color: undefined, back: undefined };
  const pieces: Piece[] = [];
  let from = 0;
  const add = (text: string): void => {
    if (text) pieces.push(pieceOf(text, pen));
  };
  for (const match of line.matchAll(CODES)) {
    add(line.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] === "m") draw(pen, (match[1] ?? "").split(/[;:]/).map(Number));
  }
  add(line.slice(from));
  return pieces;
}

/** Return a line without its codes. */
export function plainOf(line: string): string {
  return line.includes("\u001b") ? line.replace(CODES, "") : line;
}

function pieceOf(text: string, pen: Pen): Piece {
  const classes = [...pen.flags];
  const named = (value: string | undefined): boolean => value?.startsWith("ansi-") ?? false;
  if (named(pen.color)) classes.push(pen.color!);
  if (named(pen.back)) classes.push(pen.back!);
  return {
    text,
    style: classes.join(" "),
    color: named(pen.color) ? undefined : pen.color,
    back: named(pen.back) ? undefined : pen.back,
  };
}

function draw(pen: Pen, codes: number[]): void {
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at]!;
    if (code === 38 || code === 48) {
      const [color, used] = extended(codes.slice(at + 1));
      if (code === 38) pen.color = color;
      else pen.back = color;
      at += used;
    } else plainCode(pen, code);
  }
}

function plainCode(pen: Pen, code: number): void {
  if (code === 0) {
    pen.flags.clear();
    pen.color = pen.back = undefined;
  } else if (FLAGS[code]) pen.flags.add(FLAGS[code]);
  else if (OFF[code]) OFF[code].forEach((flag) => pen.flags.delete(flag));
  else if (code === 39) pen.color = undefined;
  else if (code === 49) pen.back = undefined;
  else if (code >= 30 && code <= 37) pen.color = `ansi-${code - 30}`;
  else if (code >= 90 && code <= 97) pen.color = `ansi-${code - 82}`;
  else if (code >= 40 && code <= 47) pen.back = `ansi-back-${code - 40}`;
  else if (code >= 100 && code <= 107) pen.back = `ansi-back-${code - 92}`;
}

/** Return the colour of `5;n` or `2;r;g;b`, and how many codes it has. */
function extended(codes: readonly number[]): [string | undefined, number] {
  const byte = (at: number): number => Math.max(0, Math.min(255, codes[at] || 0));
  if (codes[0] === 2) return [`rgb(${byte(1)} ${byte(2)} ${byte(3)})`, 4];
  if (codes[0] !== 5) return [undefined, 1];
  return [paletteColor(byte(1)), 2];
}

const STEPS = [0, 95, 135, 175, 215, 255];

function paletteColor(index: number): string {
  if (index < 16) return `ansi-${index}`;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const [red, green, blue] = [
    Math.floor((index - 16) / 36),
    Math.floor((index - 16) / 6) % 6,
    (index - 16) % 6,
  ];
  return `rgb(${STEPS[red]} ${STEPS[green]} ${STEPS[blue]})`;
}

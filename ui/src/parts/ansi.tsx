/** Lines of a terminal, with their colours and the places of a searched text. */

import { piecesOf, plainOf, type Piece } from "@/parts/ansi_codes";
import "@/parts/ansi.css";

interface Props {
  readonly text: string;
  /** A text to mark, in any case. */
  readonly find?: string;
}

/** A line of a terminal. */
export function Ansi({ text, find = "" }: Props) {
  const pieces = piecesOf(text);
  if (pieces.length === 1 && !find && !pieces[0]!.style) return <>{pieces[0]!.text}</>;
  const places = placesOf(plainOf(text), find);
  let at = 0;
  return (
    <>
      {pieces.map((piece, index) => {
        const from = at;
        at += piece.text.length;
        return (
          <span
            key={index}
            class={piece.style}
            style={{ color: piece.color, background: piece.back }}
          >
            <Marked piece={piece} from={from} places={places} />
          </span>
        );
      })}
    </>
  );
}

type Place = readonly [first: number, last: number];

/** Return where a text is in a line. */
export function placesOf(line: string, find: string): Place[] {
  if (!find) return [];
  const places: Place[] = [];
  const [low, wanted] = [line.toLowerCase(), find.toLowerCase()];
  for (let at = low.indexOf(wanted); at >= 0; at = low.indexOf(wanted, at + wanted.length)) {
    places.push([at, at + wanted.length]);
  }
  return places;
}

function Marked({ piece, from, places }: { piece: Piece; from: number; places: Place[] }) {
  const end = from + piece.text.length;
  const inside = places.filter(([first, last]) => first < end && last > from);
  if (!inside.length) return <>{piece.text}</>;
  const parts = [];
  let done = from;
  for (const [first, last] of inside) {
    const [begin, stop] = [Math.max(first, from), Math.min(last, end)];
    parts.push(piece.text.slice(done - from, begin - from));
    parts.push(<mark key={begin}>{piece.text.slice(begin - from, stop - from)}</mark>);
    done = stop;
  }
  return (
    <>
      {parts}
      {piece.text.slice(done - from)}
    </>
  );
}

/** The files of an archive of tar, as Python writes it. */

/** A file of an archive. */
export interface TarFile {
  readonly path: string;
  readonly size: number;
  readonly content: Uint8Array;
}

const BLOCK = 512;
const decoder = new TextDecoder();

/** Return the files of an archive, as far as its bytes are there. */
export function readTar(bytes: Uint8Array): TarFile[] {
  const files: TarFile[] = [];
  let longPath = "";
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0;) {
    const head = bytes.subarray(at, at + BLOCK);
    const size = sizeOf(head);
    const begin = at + BLOCK;
    const content = bytes.subarray(begin, begin + size);
    const kind = String.fromCharCode(head[156]!);
    at = begin + Math.ceil(size / BLOCK) * BLOCK;
    if (kind === "x") longPath = pathOfExtension(decoder.decode(content)) ?? longPath;
    else if (kind === "L") longPath = textOf(content, 0, content.length);
    else {
      if (kind === "0" || kind === "\0")
        files.push({ path: longPath || pathOf(head), size, content });
      longPath = "";
    }
  }
  return files;
}

function textOf(bytes: Uint8Array, from: number, length: number): string {
  const part = bytes.subarray(from, from + length);
  const end = part.indexOf(0);
  return decoder.decode(end < 0 ? part : part.subarray(0, end));
}

function pathOf(head: Uint8Array): string {
  const [name, prefix] = [textOf(head, 0, 100), textOf(head, 345, 155)];
  const isPosix = textOf(head, 257, 5) === "ustar";
  return isPosix && prefix ? `${prefix}/${name}` : name;
}

/** Return the size of an entry: octal digits, or bytes of a number where it is large. */
function sizeOf(head: Uint8Array): number {
  if (head[124]! & 0x80) {
    return head.subarray(125, 136).reduce((sum, byte) => sum * 256 + byte, 0);
  }
  return parseInt(textOf(head, 124, 12).trim() || "0", 8) || 0;
}

/** Return the path in the records `LENGTH KEY=VALUE` of an extended header. */
function pathOfExtension(text: string): string | undefined {
  return /(?:^|\n)\d+ path=(.*)\n/.exec(text)?.[1];
}

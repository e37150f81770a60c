/** Patches as git writes them, read file by file. */

/** A line of a patch. */
export interface PatchLine {
  readonly kind: "same" | "added" | "removed" | "hunk" | "note";
  readonly text: string;
  /** The number of the line before and after the change. */
  readonly before: number | null;
  readonly after: number | null;
}

/** What a patch does to a file. */
export interface PatchFile {
  readonly path: string;
  /** Its earlier path, where it was moved. */
  readonly from: string;
  readonly state: "changed" | "added" | "removed" | "moved" | "binary";
  readonly added: number;
  readonly removed: number;
  readonly lines: readonly PatchLine[];
}

interface Draft {
  path: string;
  from: string;
  state: PatchFile["state"];
  lines: PatchLine[];
}

const HUNK = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/;

/** Return the files of a patch. */
export function filesOf(patch: string): PatchFile[] {
  const files: Draft[] = [];
  let before = 0;
  let after = 0;
  let inHunk = false;
  const lines = patch.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (const text of lines) {
    if (text.startsWith("diff --git ")) {
      files.push({ ...pathsOf(text), state: "changed", lines: [] });
      inHunk = false;
      continue;
    }
    const file = files.at(-1);
    if (!file) continue;
    const hunk = HUNK.exec(text);
    if (hunk) {
      [before, after, inHunk] = [Number(hunk[1]), Number(hunk[2]), true];
      file.lines.push({ kind: "hunk", text, before: null, after: null });
    } else if (!inHunk) readHeader(file, text);
    else {
      const line = lineOf(text, before, after);
      if (line.before !== null) before++;
      if (line.after !== null) after++;
      file.lines.push(line);
    }
  }
  return files.map(finish);
}

function lineOf(text: string, before: number, after: number): PatchLine {
  const [sign, rest] = [text[0], text.slice(1)];
  if (sign === "+") return { kind: "added", text: rest, before: null, after };
  if (sign === "-") return { kind: "removed", text: rest, before, after: null };
  if (sign === "\\") return { kind: "note", text: rest.trim(), before: null, after: null };
  return { kind: "same", text: rest, before, after };
}

function readHeader(file: Draft, text: string): void {
  if (text.startsWith("new file")) file.state = "added";
  else if (text.startsWith("deleted file")) file.state = "removed";
  else if (text.startsWith("rename from ")) {
    file.state = "moved";
    file.from = unquote(text.slice(12));
  } else if (text.startsWith("rename to ")) file.path = unquote(text.slice(10));
  else if (text.startsWith("+++ ") && text !== "+++ /dev/null") file.path = bare(text.slice(4));
  else if (text.startsWith("--- ") && text !== "--- /dev/null") file.from = bare(text.slice(4));
  else if (text.startsWith("GIT binary patch") || text.startsWith("Binary files")) {
    file.state = "binary";
  }
}

/** Return the paths of the first line of a file, which are alike unless it was moved. */
function pathsOf(text: string): { path: string; from: string } {
  const names = text.slice("diff --git ".length);
  const half = (names.length - 1) / 2;
  const quoted = /^"((?:[^"\\]|\\.)*)" /.exec(names);
  const first = quoted ? quoted[0].trim() : names.slice(0, half);
  return { path: bare(first), from: bare(first) };
}

function bare(path: string): string {
  return unquote(path.replace(/\t$/, "")).replace(/^[ab]\//, "");
}

/** Return a path that git wrote in quotes, with its bytes as octal numbers. */
function unquote(path: string): string {
  if (!path.startsWith('"')) return path;
  const bytes: number[] = [];
  const inner = path.slice(1, -1);
  for (const match of inner.matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gs)) {
    if (match[1]) bytes.push(parseInt(match[1], 8));
    else bytes.push(...new TextEncoder().encode(match[2] ?? match[3] ?? ""));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

function finish(draft: Draft): PatchFile {
  const count = (kind: PatchLine["kind"]): number =>
    draft.lines.filter((line) => line.kind === kind).length;
  return { ...draft, added: count("added"), removed: count("removed") };
}

/** Highlighting, line by line: what is open at the end of a line is the state of the next. */

import { grammarOf, languageOf } from "@/parts/code_grammar";
import type { Grammar, Language, TokenKind } from "@/parts/code_grammar";

/** A part of a line in one colour. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
}

/** What is open at the start of a line. */
export interface CodeState {
  /** The open block of the grammar, or -1. */
  readonly block: number;
  /** The language of the open fence in Markdown, and what is open there. */
  readonly fence?: Language;
}

export const START: CodeState = { block: -1 };

/** The length beyond which a line is not highlighted: no person reads it. */
const LONGEST = 2_000;

/** Return the tokens of a line, and the state after it. */
export function tokenize(
  line: string,
  language: Language,
  state: CodeState = START,
): { tokens: Token[]; state: CodeState } {
  if (line.length > LONGEST) return { tokens: [{ kind: "", text: line }], state };
  if (language === "markdown") return markdown(line, state);
  const grammar = grammarOf(language);
  if (!grammar) return { tokens: line ? [{ kind: "", text: line }] : [], state: START };
  const scan = new Scan(line, grammar, state.block);
  return { tokens: scan.run(), state: { ...state, block: scan.block } };
}

/** One pass over a line. */
class Scan {
  private readonly tokens: Token[] = [];
  private at = 0;
  private last = "";

  constructor(
    private readonly line: string,
    private readonly grammar: Grammar,
    public block: number,
  ) {}

  run(): Token[] {
    if (this.block >= 0) this.finishBlock(0);
    const { tokens, blocks } = this.grammar;
    while (this.at < this.line.length) {
      tokens.lastIndex = this.at;
      const found = tokens.exec(this.line);
      const opening = this.nextBlock(found ? found.index : this.line.length);
      if (opening) {
        this.push("", this.at, opening.start);
        this.block = blocks.indexOf(opening.block);
        this.at = opening.start;
        this.finishBlock(opening.length);
      } else if (found?.[0]) {
        this.push("", this.at, found.index);
        this.push(this.kindOf(found), found.index, found.index + found[0].length);
      } else break;
    }
    this.push("", this.at, this.line.length);
    return this.tokens;
  }

  /** Return the first block that begins no later than a position. */
  private nextBlock(limit: number) {
    for (let start = this.at; start <= limit && start < this.line.length; start++) {
      for (const block of this.grammar.blocks) {
        block.begin.lastIndex = start;
        const found = block.begin.exec(this.line);
        if (found) return { block, start, length: found[0].length };
      }
    }
    return null;
  }

  private finishBlock(skip: number): void {
    const block = this.grammar.blocks[this.block];
    if (!block) return;
    block.end.lastIndex = this.at + skip;
    const found = block.end.exec(this.line);
    const stop = found ? found.index + found[0].length : this.line.length;
    this.push(block.kind, this.at, stop);
    if (found) this.block = -1;
  }

  private kindOf(found: RegExpExecArray): TokenKind {
    const [group] = Object.entries(found.groups ?? {}).find(([, text]) => text !== undefined) ?? [];
    if (group !== "word") return (group ?? "") as TokenKind;
    const word = this.grammar.foldsCase ? found[0].toLowerCase() : found[0];
    const isNamed = this.last === "def" || this.last === "class" || this.last === "function";
    this.last = word;
    return isNamed ? "name" : (this.grammar.words.get(word) ?? "");
  }

  private push(kind: TokenKind, from: number, to: number): void {
    if (to <= from) return;
    this.at = to;
    const text = this.line.slice(from, to);
    const before = this.tokens.at(-1);
    if (before?.kind === kind)
      this.tokens[this.tokens.length - 1] = { kind, text: before.text + text };
    else this.tokens.push({ kind, text });
  }
}

const FENCE = /^\s*(?:```|~~~)\s*([\w+-]*)/;
const PROSE: readonly (readonly [RegExp, TokenKind])[] = [
  [/^#{1,6}\s.*/y, "strong"],
  [/^\s*(?:[-*+]|\d+\.)\s/y, "keyword"],
  [/^\s*>.*/y, "comment"],
  [/`[^`]+`/y, "string"],
  [/\*\*[^*]+\*\*/y, "strong"],
  [/!?\[[^\]]*\]\([^)]*\)/y, "key"],
];

function markdown(line: string, state: CodeState): { tokens: Token[]; state: CodeState } {
  const fence = FENCE.exec(line);
  if (fence) {
    const next = state.fence ? START : { block: -1, fence: languageOf(fence[1] ?? "") };
    return { tokens: [{ kind: "comment", text: line }], state: next };
  }
  if (state.fence) {
    const inner = tokenize(line, state.fence, { block: state.block });
    return { tokens: inner.tokens, state: { block: inner.state.block, fence: state.fence } };
  }
  return { tokens: prose(line), state: START };
}

function prose(line: string): Token[] {
  const tokens: Token[] = [];
  let plain = "";
  const flush = (): void => {
    if (plain) tokens.push({ kind: "", text: plain });
    plain = "";
  };
  for (let at = 0; at < line.length;) {
    const found = matchProse(line, at);
    if (found) {
      flush();
      tokens.push(found);
      at += found.text.length;
    } else plain += line[at++];
  }
  flush();
  return tokens;
}

function matchProse(line: string, at: number): Token | null {
  for (const [rule, kind] of PROSE) {
    rule.lastIndex = at;
    const text = rule.exec(line)?.[0];
    if (text) return { kind, text };
  }
  return null;
}

const FARTHEST = 20_000; // lines that are read for what is open after them

/** Lines of a text with their tokens, each made when it is first asked for. */
export class Highlighter {
  private readonly states: CodeState[] = [START];

  constructor(
    private readonly lines: readonly string[],
    private readonly language: Language,
  ) {}

  /** Return the tokens of a line. */
  tokensOf(index: number): readonly Token[] {
    const line = this.lines[index] ?? "";
    const gap = index - (this.states.length - 1);
    if (gap > FARTHEST) return tokenize(line, this.language).tokens; // what is open is a guess
    for (let at = this.states.length - 1; at < index; at++) {
      this.states[at + 1] = tokenize(this.lines[at] ?? "", this.language, this.states[at]).state;
    }
    return tokenize(line, this.language, this.states[index]).tokens;
  }
}

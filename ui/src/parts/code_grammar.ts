/** What the words of each language look like, as one expression a language. */

export type TokenKind =
  | ""
  | "comment"
  | "string"
  | "number"
  | "keyword"
  | "builtin"
  | "key"
  | "name"
  | "markup"
  | "strong";

/** A part of a text over several lines, such as a comment. */
export interface Block {
  readonly begin: RegExp;
  readonly end: RegExp;
  readonly kind: TokenKind;
}

/** A language: its tokens by named groups, its words, and its blocks. */
export interface Grammar {
  readonly tokens: RegExp;
  readonly words: ReadonlyMap<string, TokenKind>;
  readonly blocks: readonly Block[];
  /** Whether words are the same in upper case. */
  readonly foldsCase?: boolean;
}

const STRING = String.raw`"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?`;
const DECIMAL = String.raw`\d[\d_]*(?:\.[\d_]*)?(?:[eE][-+]?\d+)?`;
const NUMBER = String.raw`(?<![\w.])[-+]?(?:0[xXbBoO][\da-fA-F_]+|${DECIMAL})(?![\w])`;
const WORD = String.raw`[A-Za-z_$][\w$]*`;

/** Return the expression of groups, the earlier ones first. */
function join(groups: readonly (readonly [string, string])[]): RegExp {
  return new RegExp(groups.map(([name, source]) => `(?<${name}>${source})`).join("|"), "g");
}

function wordsOf(keywords: string, builtins = ""): Map<string, TokenKind> {
  const pair =
    (kind: TokenKind) =>
    (word: string): [string, TokenKind] => [word, kind];
  return new Map([
    ...keywords.split(" ").map(pair("keyword")),
    ...builtins.split(" ").filter(Boolean).map(pair("builtin")),
  ]);
}

const block = (begin: string, end: string, kind: TokenKind): Block => ({
  begin: new RegExp(begin, "y"),
  end: new RegExp(end, "g"),
  kind,
});

const python: Grammar = {
  tokens: join([
    ["comment", "#.*"],
    ["string", `(?<![\\w])[rRbBuUfF]{0,2}(?:${STRING})`],
    ["builtin", String.raw`@[\w.]+`],
    ["number", NUMBER],
    ["word", WORD],
  ]),
  words: wordsOf(
    "and as assert async await break case class continue def del elif else except finally for " +
      "from global if import in is lambda match nonlocal not or pass raise return try type while " +
      "with yield True False None",
    "self cls print len range dict list set tuple str int float bool bytes object super open zip " +
      "enumerate isinstance sorted sum min max abs any all map filter type property staticmethod",
  ),
  blocks: [
    block('[rRbBuUfF]{0,2}"""', '"""', "string"),
    block("[rRbBuUfF]{0,2}'''", "'''", "string"),
  ],
};

const script: Grammar = {
  tokens: join([
    ["comment", "//.*"],
    ["string", STRING],
    ["number", NUMBER],
    ["word", WORD],
  ]),
  words: wordsOf(
    "async await break case catch class const continue default delete do else enum export " +
      "extends finally fn for from func function if impl import in instanceof interface let " +
      "match mut new of package private public pub return static struct super switch this " +
      "throw try type typeof use var void while yield true false null undefined nil int float " +
      "double char bool",
  ),
  blocks: [block(String.raw`/\*`, String.raw`\*/`, "comment"), block("`", "`", "string")],
};

const json: Grammar = {
  tokens: join([
    ["key", String.raw`"(?:[^"\\]|\\.)*"(?=\s*:)`],
    ["string", String.raw`"(?:[^"\\]|\\.)*"?`],
    ["number", NUMBER],
    ["word", WORD],
  ]),
  words: wordsOf("true false null NaN Infinity"),
  blocks: [],
};

const yaml: Grammar = {
  tokens: join([
    ["comment", String.raw`(?:^|(?<=\s))#.*`],
    ["key", String.raw`(?<![\w])[\w.\-/$]+(?=\s*:(?:\s|$))`],
    ["string", String.raw`(?<![\w])(?:${STRING})`],
    ["builtin", String.raw`(?<!\S)[&*!][\w/!-]+`],
    ["number", NUMBER],
    ["word", String.raw`[A-Za-z_~][\w-]*`],
  ]),
  words: wordsOf("true false null yes no on off True False ~"),
  blocks: [],
};

const toml: Grammar = {
  tokens: join([
    ["comment", "#.*"],
    ["name", String.raw`^\s*\[\[?[^\]"']*\]\]?`],
    ["key", String.raw`(?<![\w])[\w.-]+(?=\s*=)`],
    ["string", STRING],
    ["number", NUMBER],
    ["word", WORD],
  ]),
  words: wordsOf("true false inf nan"),
  blocks: [block('"""', '"""', "string"), block("'''", "'''", "string")],
};

const sql: Grammar = {
  tokens: join([
    ["comment", "--.*"],
    ["string", `'(?:[^']|'')*'?`],
    ["key", `"(?:[^"]|"")*"?`],
    ["number", NUMBER],
    ["word", WORD],
  ]),
  words: wordsOf(
    "select from where group by order having limit offset join left right inner outer full cross " +
      "on using as and or not in is null like between exists case when then else end union all " +
      "distinct insert into values update set delete create table view index drop alter with " +
      "over partition asc desc primary key foreign references default true false returning qualify",
    "count sum avg min max coalesce cast row_number rank lag lead date extract",
  ),
  blocks: [block(String.raw`/\*`, String.raw`\*/`, "comment")],
  foldsCase: true,
};

const shell: Grammar = {
  tokens: join([
    ["comment", String.raw`(?:^|(?<=\s))#.*`],
    ["string", STRING],
    ["builtin", String.raw`\$(?:\w+|\{[^}]*\}|[@*#?$!])`],
    ["key", String.raw`(?<=\s)--?[A-Za-z][\w-]*`],
    ["word", String.raw`[A-Za-z_][\w-]*`],
  ]),
  words: wordsOf(
    "if then else elif fi for in do done while until case esac function return export local set",
    "echo cd exit source eval exec read test trap unset",
  ),
  blocks: [],
};

const markup: Grammar = {
  tokens: join([
    ["markup", String.raw`<[/!?]?[\w:-]+|[/?]?>`],
    ["key", String.raw`(?<=\s)[\w:-]+(?==)`],
    ["string", `"[^"]*"?|'[^']*'?`],
    ["builtin", String.raw`&#?\w+;`],
  ]),
  words: new Map(),
  blocks: [block("<!--", "-->", "comment")],
};

const ini: Grammar = {
  tokens: join([
    ["comment", String.raw`^\s*[#;].*`],
    ["name", String.raw`^\s*\[[^\]]*\]`],
    ["key", String.raw`^\s*[\w.-]+(?=\s*[=:])`],
    ["string", STRING],
    ["number", NUMBER],
  ]),
  words: new Map(),
  blocks: [],
};

const GRAMMARS = { python, script, json, yaml, toml, sql, shell, markup, ini };

/** A language that is highlighted. */
export type Language = keyof typeof GRAMMARS | "markdown" | "plain";

const NAMES: Record<Exclude<Language, "plain">, string> = {
  python: "py pyi python py3 pyx",
  script: "js ts jsx tsx mjs javascript typescript java c h cpp hpp rs rust go css kt swift proto",
  json: "json geojson ipynb jsonl ndjson",
  yaml: "yaml yml mlmodel mlproject",
  toml: "toml lock",
  sql: "sql",
  shell: "sh bash zsh shell console dockerfile makefile env",
  markup: "html htm xml svg",
  markdown: "md markdown",
  ini: "ini cfg conf cnf properties",
};

const BY_NAME = new Map(
  Object.entries(NAMES).flatMap(([language, names]) =>
    names.split(" ").map((one): [string, Language] => [one, language as Language]),
  ),
);

/** Return the language that a suffix or the name of a fence stands for. */
export function languageOf(name: string): Language {
  return BY_NAME.get(name.toLowerCase()) ?? "plain";
}

/** Return the grammar of a language; undefined for those without tokens. */
export function grammarOf(language: Language): Grammar | undefined {
  return language === "plain" || language === "markdown" ? undefined : GRAMMARS[language];
}

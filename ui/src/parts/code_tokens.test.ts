import { describe, expect, it } from "vitest";
import { languageOf } from "@/parts/code_grammar";
import { Highlighter, START, tokenize } from "@/parts/code_tokens";

const kinds = (line: string, language: Parameters<typeof tokenize>[1]): string[] =>
  tokenize(line, language)
    .tokens.filter((one) => one.kind)
    .map((one) => `${one.kind}:${one.text}`);

const LINES: Record<string, string> = {
  python: "def fit(x=1.5, *, name='a#b'):  # note",
  json: '{"a": [1, -2.5e3, true, null], "b": "c\\"d"}',
  yaml: "lr: 0.1 # rate",
  toml: "[tool.treadle] # a table",
  sql: "SELECT count(*) FROM runs WHERE name = 'it''s' -- all",
  shell: 'for i in 1; do echo "$i" --out x; done # end',
  markup: '<a href="x">text</a><!-- no -->',
  markdown: "# A title with `code`",
  ini: "key = value",
  script: "const a = `x`; // note",
  plain: "as it is",
};

describe("tokenize", () => {
  it("knows words, strings, numbers and comments", () => {
    expect(kinds(LINES["python"]!, "python")).toEqual([
      "keyword:def",
      "name:fit",
      "number:1.5",
      "string:'a#b'",
      "comment:# note",
    ]);
    expect(kinds(LINES["json"]!, "json")).toEqual([
      'key:"a"',
      "number:1",
      "number:-2.5e3",
      "keyword:true",
      "keyword:null",
      'key:"b"',
      'string:"c\\"d"',
    ]);
    expect(kinds(LINES["yaml"]!, "yaml")).toEqual(["key:lr", "number:0.1", "comment:# rate"]);
    expect(kinds(LINES["sql"]!, "sql")).toContain("string:'it''s'");
  });

  it.each(Object.entries(LINES))("loses no character of %s", (language, line) => {
    const { tokens } = tokenize(line, language as "python");
    expect(tokens.map((one) => one.text).join("")).toBe(line);
  });

  it("carries open strings and comments to the next line", () => {
    const first = tokenize('text = """one', "python");
    const second = tokenize('two""" + x', "python", first.state);
    expect(second.tokens[0]).toEqual({ kind: "string", text: 'two"""' });
    expect(second.state).toEqual(START);
  });

  it("highlights the fences of Markdown in their language", () => {
    const lines = ["```python", "import os", "```", "import os"];
    const all = new Highlighter(lines, "markdown");
    expect(all.tokensOf(1)[0]).toEqual({ kind: "keyword", text: "import" });
    expect(all.tokensOf(3)).toEqual([{ kind: "", text: "import os" }]);
  });

  it("leaves endless lines alone, and ends quickly", () => {
    const line = `"${"\\".repeat(1_999_999)}`;
    expect(tokenize(line, "json").tokens).toEqual([{ kind: "", text: line }]);
    const start = performance.now();
    for (const language of ["yaml", "toml", "json", "markup", "markdown", "python"] as const) {
      for (const one of ["a", "-", '"', "[", "\\", "`", "*", "<"])
        tokenize(one.repeat(1_999), language);
    }
    expect(performance.now() - start).toBeLessThan(4_000);
  });

  it("finds languages by suffix", () => {
    expect(languageOf("PY")).toBe("python");
    expect(languageOf("constructor")).toBe("plain");
  });
});

import { expressionInterpreter } from "vega-interpreter";
import { parse, View } from "vega";
import { describe, expect, it } from "vitest";
import { figureIn } from "@/run/artifacts/figure_html";
import { cleanFigure } from "@/run/artifacts/plotly_spec";
import { refusingLoader } from "@/run/artifacts/vega_loader";

describe("cleanFigure", () => {
  it("takes out links and what is loaded from elsewhere", () => {
    const { data, layout } = cleanFigure({
      data: [
        { text: "<a href='javascript:x()'>a</a> <b>b</b>", x: [1, 2], source: "//evil/x.png" },
      ],
      layout: {
        width: 5,
        images: [{ source: "https://example.org/x.png" }, { source: "data:image/png;x" }],
      },
    });
    expect(data).toEqual([{ text: "a <b>b</b>", x: [1, 2], source: "" }]);
    expect(layout).toEqual({
      autosize: true,
      images: [{ source: "" }, { source: "data:image/png;x" }],
    });
  });

  it("copies no prototype", () => {
    const spec = JSON.parse('{"data": [{"__proto__": {"hacked": 1}}], "layout": {}}') as never;
    const [trace] = cleanFigure(spec).data as [Record<string, unknown>];
    expect(trace["hacked"]).toBeUndefined();
  });
});

describe("refusingLoader", () => {
  it("loads nothing that a specification names", async () => {
    const refused: string[] = [];
    const loader = refusingLoader((address) => refused.push(address));
    const view = new View(
      parse(
        {
          data: [{ name: "a", url: "https://example.org/a.json" }],
          marks: [{ type: "image", encode: { enter: { url: { value: "file:///etc/passwd" } } } }],
        },
        undefined,
        { ast: true },
      ),
      { expr: expressionInterpreter, loader, renderer: "none", logLevel: 0 },
    );
    await view.runAsync();
    expect(refused).toContain("https://example.org/a.json");
    await expect(loader.sanitize("javascript:alert(1)")).rejects.toThrow();
    await expect(loader.sanitize("data:image/svg+xml;,<svg/>")).rejects.toThrow();
    await expect(loader.sanitize("data:image/png;base64,x")).resolves.toBeTruthy();
  });
});

describe("figureIn", () => {
  const page = (call: string): string =>
    `<script src="https://cdn.plot.ly/x.js"></script><script>${call}</script>`;

  it("finds what Plotly draws, whose library is elsewhere", () => {
    const call =
      'Plotly.newPlot( "id", [{"y":[1,2],"name":"a]}\\"\\u003c"}], {"title":{"text":"t"}}, {})';
    expect(figureIn(page(call))).toEqual({
      kind: "plotly",
      spec: { data: [{ y: [1, 2], name: 'a]}"<' }], layout: { title: { text: "t" } } },
    });
  });

  it("finds what Altair draws", () => {
    const schema = "https://vega.github.io/schema/vega-lite/v5.json";
    const call = `var spec = {"$schema": "${schema}", "mark": "bar"}; vegaEmbed("#vis", spec)`;
    expect(figureIn(page(call))).toEqual({ kind: "vega", spec: { $schema: schema, mark: "bar" } });
  });

  it("leaves pages that show more", () => {
    const call = 'Plotly.newPlot("id", [{"y":[1]}], {})';
    expect(figureIn(page(call))).not.toBeNull();
    expect(figureIn(page(`${call};${call}`))).toBeNull();
    expect(figureIn(`<p>${"A report. ".repeat(40)}</p>${page(call)}`)).toBeNull();
    expect(figureIn("<script".repeat(1_000_000) + call)).not.toBeNull();
  });

  it("finds nothing in other pages", () => {
    for (const one of [
      "",
      "Plotly.newPlot(x, y)",
      "Plotly.newPlot(",
      "spec = {a: 1}",
      "spec = {",
    ]) {
      expect(figureIn(page(one))).toBeNull();
    }
    expect(figureIn(`Plotly.newPlot("a", ${"[".repeat(200_000)}`)).toBeNull();
  });
});

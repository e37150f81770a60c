import { describe, expect, test } from "vitest";
import { toHtml } from "@/parts/markdown";

describe("toHtml", () => {
  test("writes tables, code and lists", async () => {
    const html = await toHtml("| a |\n|--|\n| 1 |\n\n- `x`");
    expect(html).toContain("<table>");
    expect(html).toContain("<code>x</code>");
  });

  test.each([
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "<form action=/api><input></form>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<svg onload=alert(1)><style>*{}</style></svg>",
    "<p style='position:fixed' class=bar id=app>x</p>",
  ])("lets %s do nothing", async (text) => {
    const html = await toHtml(text);
    expect(html).not.toMatch(/<script|<iframe|<form|<input|<svg|<style|javascript:/i);
    expect(html).not.toMatch(/onerror=|onload=|style=|class=bar|class="bar|id=/i);
  });

  test("colours code, and keeps no other class", async () => {
    const html = await toHtml("```python\nimport x\n```\n\n<b class='bar'>y</b>");
    expect(html).toContain('<span class="tok-keyword">import</span>');
    expect(html).not.toContain("bar");
  });

  test("opens links elsewhere without telling where they come from", async () => {
    expect(await toHtml("[d](https://example.org)")).toContain('rel="noopener noreferrer"');
    expect(await toHtml("[r](#/runs)")).not.toContain("target");
  });

  test("loads no image of another place", async () => {
    const html = await toHtml("![plot](https://example.org/p.png)");
    expect(html).not.toContain("<img");
    expect(html).toContain(">plot</a>");
  });
});

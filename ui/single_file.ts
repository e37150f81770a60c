/** Writes the page as one HTML file: its script and its styles are in it, and nothing is loaded. */

import type { Plugin } from "vite";

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20' fill='none' " +
  "stroke-linecap='round'%3E%3Cpath stroke='%23828b96' stroke-width='1.6' " +
  "d='M3 5h14M3 10h14M3 15h14'/%3E%3Cpath stroke='%231f5fbf' stroke-width='2.4' " +
  "d='M5 3c4 4 6 10 10 14'/%3E%3C/svg%3E";

/** Put a built page into `single.html`, whose marks `treadle export html` replaces. */
export function singleFile(): Plugin {
  return {
    name: "single-file",
    enforce: "post",
    async generateBundle(_, bundle) {
      let [script, styles] = ["", ""];
      for (const [name, one] of Object.entries(bundle)) {
        if (one.type === "chunk") script += one.code;
        else if (name.endsWith(".css")) styles += String(one.source);
        delete bundle[name];
      }
      const source = await pageOf(inScript(script), styles.replaceAll("</", "<\\/"));
      this.emitFile({ type: "asset", fileName: "single.html", source });
    },
  };
}

/** Return a script without what would end its element; its strings stay the same. */
function inScript(code: string): string {
  return code.replace(/<\/(script)/gi, "<\\/$1").replaceAll("<!--", "\\x3C!--");
}

async function pageOf(script: string, styles: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(script));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  const policy =
    `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; ` +
    "img-src data: blob:; media-src blob:; frame-src blob:; base-uri 'none'; form-action 'none'";
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${policy}">
<title>%PAGE_TITLE%</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="${ICON}">
<style>${styles}</style></head>
<body><div id="app"><noscript>This page needs JavaScript.</noscript></div>
<script type="application/json" id="records">%PAGE_RECORDS%</script>
<script>${script}</script></body></html>
`;
}

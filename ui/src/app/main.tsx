/** The start of the page: draws it in place of what the server shows without a script. */

import { render } from "preact";
import { Shell } from "@/app/shell";
import { applyTheme } from "@/app/theme";
import { loadMe } from "@/parts/session";
import { notifyError } from "@/parts/toast";
import "@/app/style.css";
import "@/parts/parts.css";
import "@/table/table.css";
import "@/runs/runs.css";

applyTheme();
loadMe().catch(notifyError);
const root = document.getElementById("app");
if (root) {
  document.querySelector("head > style")?.remove(); // of the page without a script
  root.replaceChildren();
  document.body.className = "page";
  render(<Shell />, root);
}

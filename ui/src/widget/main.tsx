/** The widget of notebooks, as a module of anywidget: the charts of runs, live. */

import { render as draw } from "preact";
import { Charts } from "@/widget/charts";
import type { Model } from "@/widget/model";
import { followTheme } from "@/widget/theme";
import "@/app/style.css";
import "@/parts/parts.css";
import "@/widget/widget.css";

/** Show the widget in an element of a notebook; return how to end it. */
function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const place = document.createElement("div");
  place.className = "treadle-widget";
  el.append(place);
  const stop = followTheme(place);
  const show = (): void => draw(<Charts shown={model.get("shown")} />, place);
  model.on("change:shown", show);
  show();
  return () => {
    model.off("change:shown", show);
    stop();
    draw(null, place);
    place.remove();
  };
}

export default { render };

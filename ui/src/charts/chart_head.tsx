/** The head of a chart: its title, and what one does with it. */

import type { ComponentChildren } from "preact";
import type { Range } from "@/charts/options";
import type { Plot, Scene } from "@/charts/plot";
import { savePng, saveCsv } from "@/charts/save";
import { saveSvg } from "@/charts/svg";
import type { ChartSeries } from "@/charts/series";
import { Button } from "@/parts/button";
import { MenuItem, Popover } from "@/parts/popover";
import { notifyError } from "@/parts/toast";

interface Props {
  readonly title: string;
  readonly aside: ComponentChildren;
  readonly tools: ComponentChildren;
  readonly zoom: Range | null;
  readonly onZoom: (range: Range | null) => void;
  readonly figure: { readonly current: HTMLElement | null };
  readonly plot: { readonly current: Plot | null };
  readonly scene: Scene;
  readonly readAll: (() => Promise<readonly ChartSeries[]>) | undefined;
}

/** The title, the way back from a zoom, full screen, and the menu that saves. */
export function ChartHead(props: Props) {
  const { title, zoom, onZoom, figure } = props;
  const enlarge = (): void => {
    const leave = document.fullscreenElement === figure.current;
    const done = leave ? document.exitFullscreen() : figure.current!.requestFullscreen();
    done.catch(notifyError);
  };
  return (
    <figcaption class="chart-head">
      <h3 title={title}>{title}</h3>
      <span class="chart-aside">{props.aside}</span>
      {zoom && (
        <button type="button" class="link chart-zoomed" onClick={() => onZoom(null)}>
          Show all
        </button>
      )}
      <span class="space" />
      <span class="chart-tools">
        {props.tools}
        <Button icon="expand" label="Full screen" onClick={enlarge} />
        <SaveMenu {...props} />
      </span>
    </figcaption>
  );
}

function SaveMenu({ title, plot, scene, readAll }: Props) {
  const all = readAll ?? (() => Promise.resolve(scene.curves.map((curve) => curve.series)));
  const act = (close: () => void, save: (plot: Plot) => Promise<void> | void) => (): void => {
    close();
    if (plot.current) Promise.resolve(save(plot.current)).catch(notifyError);
  };
  return (
    <Popover label="Save this chart" icon="download" bare>
      {(close) => (
        <>
          <MenuItem onSelect={act(close, (one) => savePng(one, title, scene))}>
            Picture <small>PNG</small>
          </MenuItem>
          <MenuItem onSelect={act(close, (one) => saveSvg(one, title, scene))}>
            Drawing <small>SVG</small>
          </MenuItem>
          <MenuItem onSelect={act(close, async () => saveCsv(title, await all()))}>
            All points <small>CSV</small>
          </MenuItem>
        </>
      )}
    </Popover>
  );
}

/** In place of the figures of Plotly and Vega, whose libraries would make the file very large. */

import { Empty } from "@/parts/problem";

function Absent({ library }: { library: string }) {
  return (
    <Empty title={`An exported page does not draw figures of ${library}`}>
      <p>Open the run where it is kept, by treadle ui, or look at the text of the figure.</p>
    </Empty>
  );
}

/** In place of a figure of Plotly. */
export function PlotlyFigure() {
  return <Absent library="Plotly" />;
}

/** In place of a figure of Vega. */
export function VegaFigure() {
  return <Absent library="Vega" />;
}

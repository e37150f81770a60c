declare module "plotly.js-strict-dist-min" {
  interface Figure {
    data?: unknown;
    layout?: unknown;
    frames?: unknown;
    config?: Record<string, unknown>;
  }
  const plotly: {
    newPlot(element: HTMLElement, figure: Figure): Promise<void>;
    purge(element: HTMLElement): void;
    Plots: { resize(element: HTMLElement): Promise<void> };
  };
  export default plotly;
}

import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Legend } from "@/charts/legend";
import { NO_POINTS } from "@/charts/points";
import type { ChartSeries } from "@/charts/series";

afterEach(cleanup);

function lines(count: number, group?: string): ChartSeries[] {
  return Array.from({ length: count }, (_, at) => ({
    id: `s${at}`,
    run: "r",
    key: "loss",
    label: `<b>curve ${at}</b>`,
    color: "#000",
    dash: [],
    points: NO_POINTS,
    ...(group ? { group } : {}),
  }));
}

describe("the legend", () => {
  it("shows and hides a curve, or shows one alone", () => {
    const onHide = vi.fn();
    const props = { series: lines(3), onHide, onPoint: () => undefined };
    const { rerender } = render(<Legend {...props} hidden={new Set<string>()} />);
    const buttons = screen.getAllByRole("button");
    expect(buttons[1]!.textContent).toBe("<b>curve 1</b>");
    fireEvent.click(buttons[1]!, { detail: 1 });
    expect(onHide).toHaveBeenLastCalledWith(new Set(["s1"]));
    rerender(<Legend {...props} hidden={new Set(["s1"])} />);
    expect(buttons[1]!.getAttribute("aria-pressed")).toBe("false");
    fireEvent.click(buttons[1]!, { detail: 1 });
    expect(onHide).toHaveBeenLastCalledWith(new Set());
    fireEvent.click(buttons[2]!, { detail: 2 });
    expect(onHide).toHaveBeenLastCalledWith(new Set(["s0", "s1"]));
  });

  it("draws only a part of a long list, under the headings of its groups", () => {
    const props = { hidden: new Set<string>(), onHide: () => undefined, onPoint: () => undefined };
    render(<Legend {...props} series={lines(500, "run a")} />);
    expect(screen.getByText("run a")).toBeTruthy();
    expect(screen.getAllByRole("button").length).toBeLessThan(60);
  });
});

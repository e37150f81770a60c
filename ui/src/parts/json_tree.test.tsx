import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, expect, test } from "vitest";
import { JsonTree } from "@/parts/json_tree";

afterEach(cleanup);

test("draws what is open, and opens by a click", () => {
  render(<JsonTree value={{ model: { depth: 6, name: "" } }} label="Config" depth={0} />);
  expect(screen.queryByText("depth")).toBeNull();
  fireEvent.click(screen.getByRole("button", { name: /model/ }));
  expect(screen.getByText("depth")).toBeTruthy();
  expect(screen.getByText('""')).toBeTruthy();
});

test("draws the first hundred of many entries", () => {
  render(<JsonTree value={Array.from({ length: 5000 }, (_, at) => at)} label="List" />);
  expect(screen.getAllByRole("treeitem")).toHaveLength(101);
  fireEvent.click(screen.getByRole("button", { name: /5,000 entries/ }));
  expect(screen.getAllByRole("treeitem").length).toBeGreaterThan(1000);
});

test("draws markup as text", () => {
  const { container } = render(<JsonTree value={{ "<b>": "<img src=x>" }} label="Hostile" />);
  expect(container.querySelector("img, b")).toBeNull();
});

import { cleanup, render } from "@testing-library/preact";
import { afterEach, expect, test } from "vitest";
import { Ansi, placesOf } from "@/parts/ansi";

afterEach(cleanup);

test("marks a text in any case, across a change of colour", () => {
  const { container } = render(<Ansi text={"lo\u001b[32mss\u001b[0m and Loss"} find="LOSS" />);
  const marked = [...container.querySelectorAll("mark")].map((one) => one.textContent);
  expect(marked).toEqual(["lo", "ss", "Loss"]);
  expect(container.textContent).toBe("loss and Loss");
});

test("draws markup of a line as text", () => {
  const { container } = render(<Ansi text="<img src=x onerror=alert(1)>" find="img" />);
  expect(container.querySelector("img")).toBeNull();
});

test("finds places that do not overlap", () => {
  expect(placesOf("aaaa", "aa")).toEqual([
    [0, 2],
    [2, 4],
  ]);
});

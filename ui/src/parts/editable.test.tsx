import { cleanup, fireEvent, render, screen } from "@testing-library/preact";
import { afterEach, expect, test, vi } from "vitest";
import { Editable } from "@/parts/editable";

afterEach(cleanup);

function open(value: string, extra = {}) {
  const save = vi.fn();
  render(<Editable value={value} label="name" onSave={save} {...extra} />);
  fireEvent.click(screen.getByRole("button"));
  return { save, input: screen.getByRole("textbox") as HTMLInputElement };
}

test("keeps by Enter, once", () => {
  const { save, input } = open("old");
  input.value = " new ";
  fireEvent.keyDown(input, { key: "Enter" });
  fireEvent.blur(input);
  expect(save.mock.calls).toEqual([["new"]]);
});

test("takes back by Escape, and keeps no empty text", () => {
  const first = open("old");
  first.input.value = "new";
  fireEvent.keyDown(first.input, { key: "Escape" });
  expect(first.save).not.toHaveBeenCalled();
});

test("may be emptied only where that is meant", () => {
  const { save, input } = open("old", { mayBeEmpty: true });
  input.value = "";
  fireEvent.keyDown(input, { key: "Enter" });
  expect(save.mock.calls).toEqual([[""]]);
});

test("is no button for those who may not edit", () => {
  render(<Editable value="x" label="name" canEdit={false} onSave={vi.fn()} />);
  expect(screen.queryByRole("button")).toBeNull();
});

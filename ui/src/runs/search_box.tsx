/** The search, with completion, earlier searches, and errors at their place. */

import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "@/api/client";
import { findKeys } from "@/api/runs";
import { expectedAfter, suggestKey, type Suggestion } from "@/runs/grammar";
import { list } from "@/runs/list";
import { state, update } from "@/runs/state";
import { formatCount } from "@/parts/format";
import { Icon } from "@/parts/icon";
import { readKept, writeKept } from "@/parts/kept";

const HISTORY = "searches";
const REMEMBERED = 20;

/** The box; Enter searches. */
export function SearchBox() {
  const { where } = state.value;
  const [text, setText] = useState(where);
  const input = useRef<HTMLInputElement>(null);
  const completion = useCompletion(text, input);
  useEffect(() => setText(where), [where]);
  const submit = (): void => {
    completion.close();
    remember(text);
    update({ where: text });
  };
  const take = (one: Suggestion): void => {
    const next = completion.apply(one);
    setText(next);
    input.current?.focus();
  };
  const press = (event: KeyboardEvent): void => {
    if (completion.press(event, take)) event.preventDefault();
    else if (event.key === "Enter") submit();
  };
  return (
    <div class="search" onFocusOut={(event) => leave(event, completion.close)}>
      <Icon name="search" />
      <input
        ref={input}
        type="text"
        role="combobox"
        {...describedBox(completion.items.length > 0)}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onClick={completion.open}
        onKeyDown={press}
      />
      {text && <Clear onClear={() => update({ where: "" })} />}
      <Completion {...completion} take={take} />
      <SearchError text={text} />
    </div>
  );
}

/** Return what the box says of itself. */
function describedBox(isExpanded: boolean) {
  return {
    spellcheck: false,
    autocomplete: "off",
    "aria-label": "Search runs",
    "aria-expanded": isExpanded,
    "aria-controls": "search-completion",
    "aria-invalid": errorOf() !== null,
    placeholder: 'metrics.r2 > 0.8 and params.model = "ridge"',
  };
}

function Clear({ onClear }: { onClear: () => void }) {
  return (
    <button type="button" class="clear" aria-label="Clear the search" onClick={onClear}>
      <Icon name="close" />
    </button>
  );
}

function leave(event: FocusEvent, close: () => void): void {
  const box = event.currentTarget as HTMLElement;
  if (!box.contains(event.relatedTarget as Node | null)) close();
}

function remember(text: string): void {
  if (!text.trim()) return;
  const earlier = readKept<string[]>(HISTORY, []).filter((one) => one !== text);
  writeKept(HISTORY, [text, ...earlier].slice(0, REMEMBERED));
}

interface Completing {
  readonly items: readonly Suggestion[];
  readonly active: number;
  open(): void;
  close(): void;
  /** Return the text with a suggestion in it. */
  apply(one: Suggestion): string;
  /** Act on a key; return whether it was for the suggestions. */
  press(event: KeyboardEvent, take: (one: Suggestion) => void): boolean;
}

function useCompletion(text: string, input: { current: HTMLInputElement | null }): Completing {
  const [isOpen, setOpen] = useState(false);
  const [active, setActive] = useState(-1);
  const [keys, setKeys] = useState<readonly Suggestion[]>([]);
  const cursor = input.current?.selectionStart ?? text.length;
  const expected = expectedAfter(text.slice(0, cursor));
  const asked = expected.keys ? `${expected.keys.family} ${expected.keys.text}` : "";
  useEffect(() => {
    setActive(-1);
    setKeys([]);
    if (document.activeElement === input.current && text) setOpen(true);
    return expected.keys ? readKeys(expected.keys, setKeys) : undefined;
  }, [asked, text]);
  const items = isOpen ? (text ? [...expected.words, ...keys] : earlierSearches()) : [];
  const close = (): void => setOpen(false);
  return {
    items,
    active,
    close,
    open: () => setOpen(true),
    apply: (one) => text.slice(0, text ? expected.from : 0) + one.text + text.slice(cursor),
    press(event, take) {
      if (event.key === "ArrowDown" && !isOpen) setOpen(true);
      else if (!items.length) return false;
      else if (event.key === "Escape") close();
      else if (event.key === "ArrowDown") setActive((active + 1) % items.length);
      else if (event.key === "ArrowUp")
        setActive(((active + items.length) % (items.length + 1)) - 1);
      else if ((event.key === "Enter" || event.key === "Tab") && items[active]) take(items[active]);
      else return false;
      return true;
    },
  };
}

function earlierSearches(): Suggestion[] {
  return readKept<string[]>(HISTORY, []).map((text) => ({ text, note: "earlier" }));
}

type Asked = NonNullable<ReturnType<typeof expectedAfter>["keys"]>;

function readKeys(asked: Asked, show: (keys: Suggestion[]) => void): () => void {
  const control = new AbortController();
  findKeys(asked.family, asked.text, { limit: 20 }, control.signal).then(
    (page) =>
      show(
        page.keys.map((key) => suggestKey(asked.family, key.name, formatCount(key.count, "run"))),
      ),
    () => undefined,
  );
  return () => control.abort();
}

function Completion(props: Completing & { take: (one: Suggestion) => void }) {
  const { items, active, take } = props;
  if (!items.length) return null;
  return (
    <ul class="completion" id="search-completion" role="listbox">
      {items.slice(0, 30).map((one, at) => (
        <li
          key={one.text}
          role="option"
          aria-selected={at === active}
          onPointerDown={(event) => {
            event.preventDefault();
            take(one);
          }}
        >
          <code>{one.text}</code>
          <small>{one.note}</small>
        </li>
      ))}
    </ul>
  );
}

function errorOf(): ApiError | null {
  const error = list.data.error.value;
  return error instanceof ApiError && error.kind === "SearchError" ? error : null;
}

/** What is wrong with the search; the server's message marks the place. */
function SearchError({ text }: { text: string }) {
  const error = errorOf();
  if (!error || text !== state.value.where) return null;
  return (
    <div class="search-error" role="alert">
      <pre>{error.message}</pre>
      <p class="muted">{error.hint}</p>
    </div>
  );
}

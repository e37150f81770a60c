/** Choosing a field of the compared runs, among thousands by typing. */

import { useState } from "preact/hooks";
import { data } from "@/compare/data";
import { FAMILIES, parseField, type Field, type FieldFamily } from "@/compare/fields";
import { formatCount } from "@/parts/format";
import { MenuItem, Popover } from "@/parts/popover";

const SHOWN = 40; // of each family

interface Props {
  readonly label: string;
  /** The ids of the chosen fields. */
  readonly chosen: readonly string[];
  readonly families?: readonly FieldFamily[];
  /** What stands for no field; there is always one without it. */
  readonly none?: string;
  /** Whether several can be chosen. */
  readonly isMany?: boolean;
  readonly onChoose: (id: string) => void;
}

/** A button that shows the chosen field, and the panel with a search. */
export function FieldSelect(props: Props) {
  const { label, chosen, none, isMany } = props;
  const first = chosen[0] ? parseField(chosen[0]).key : (none ?? "–");
  return (
    <span class="field-select">
      <span class="muted">{label}</span>
      <Popover label={isMany ? formatCount(chosen.length, "field") : first}>
        {(close) => <Chooser {...props} close={close} />}
      </Popover>
    </span>
  );
}

function Chooser(props: Props & { close: () => void }) {
  const { families = FAMILIES, none, close, onChoose, isMany } = props;
  const [text, setText] = useState("");
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (field: Field): boolean =>
    words.every((word) => field.key.toLowerCase().includes(word)) && data.isUsed(field);
  const choose = (id: string): void => {
    onChoose(id);
    if (!isMany) close();
  };
  return (
    <div class="chooser">
      <input
        type="search"
        placeholder={`Find ${families.length === 1 ? families[0] : "params, metrics, tags"}`}
        aria-label={`Find a field for ${props.label}`}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <div class="chooser-list" role="group">
        {none && !text && (
          <MenuItem checked={!props.chosen.length} onSelect={() => choose("")}>
            {none}
          </MenuItem>
        )}
        {families.map((family) => {
          const found = data.fields.value.filter((field) => field.family === family && fits(field));
          return <Family key={family} {...{ family, found, choose }} chosen={props.chosen} />;
        })}
      </div>
    </div>
  );
}

interface FamilyProps {
  readonly family: FieldFamily;
  readonly found: readonly Field[];
  readonly chosen: readonly string[];
  readonly choose: (id: string) => void;
}

function Family({ family, found, chosen, choose }: FamilyProps) {
  if (!found.length) return null;
  return (
    <>
      <h3>{family}</h3>
      {found.slice(0, SHOWN).map((field) => (
        <MenuItem
          key={field.id}
          checked={chosen.includes(field.id)}
          onSelect={() => choose(field.id)}
        >
          <span class="key">{field.key}</span>
        </MenuItem>
      ))}
      {found.length > SHOWN && (
        <p class="muted">{formatCount(found.length - SHOWN, "more key")}: type to find them</p>
      )}
    </>
  );
}

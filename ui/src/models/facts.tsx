/** Facts about a model as a list of names and values. */

import type { ComponentChildren } from "preact";
import { Link } from "@/parts/link";
import { linkTo } from "@/parts/location";

export type Fact = readonly [name: string, value: ComponentChildren];

/** A list of facts; those without a value are left out. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl class="model-facts">
      {facts.map(
        ([name, value]) =>
          value !== "" &&
          value !== null &&
          value !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

/** A link to a run. */
export function RunLink({ run }: { run: string }) {
  return run ? <Link to={linkTo(["runs", run])}>{run.slice(-8)}</Link> : null;
}

/** The way back: links to the pages above. */
export function Crumbs({ path }: { path: readonly (readonly [string, string])[] }) {
  return (
    <nav class="crumbs" aria-label="Above">
      {path.map(([title, link]) => (
        <span key={link}>
          <Link to={link}>{title}</Link>
          <span class="muted"> / </span>
        </span>
      ))}
    </nav>
  );
}

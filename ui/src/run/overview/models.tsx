/** The logged models that a run made or used. */

import type { RunDetails } from "@/api/run";
import { formatCount } from "@/parts/format";
import { Link } from "@/parts/link";
import { linkTo } from "@/parts/location";
import { Section } from "@/run/section";

const MOST = 10;

/** The models, each a link to its page. */
export function Models({ details }: { details: RunDetails }) {
  const { models } = details;
  if (!models.length) return null;
  const more = models.length - MOST;
  return (
    <Section title="Models">
      <ul class="data-list">
        {models.slice(0, MOST).map((one) => (
          <li key={`${one.model} ${one.role}`}>
            <Link to={linkTo(["models", "logged", one.model])}>{one.model}</Link>
            <span class="space" />
            <small class="muted">{one.role === "input" ? "used" : `step ${one.step}`}</small>
          </li>
        ))}
      </ul>
      {more > 0 && <p class="muted">{`and ${formatCount(more, "other")}`}</p>}
    </Section>
  );
}

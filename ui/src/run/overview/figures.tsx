/** The first pictures among the artifacts of a run. */

import { downloadAddress } from "@/api/artifact_text";
import type { RunDetails } from "@/api/run";
import type { ArtifactRecord } from "@/api/types";
import { Link } from "@/parts/link";
import { Section } from "@/run/section";
import { tabLink } from "@/run/tabs";

const PICTURE = /\.(?:png|jpe?g|gif|webp|avif)$/i;
const MOST = 4;
const LARGEST = 8_000_000;

/** Return the pictures to show: not those of steps, of which there are many. */
export function picturesOf(artifacts: readonly ArtifactRecord[]): ArtifactRecord[] {
  return artifacts
    .filter((one) => PICTURE.test(one.path) && one.size < LARGEST)
    .filter((one) => !/^(?:media|images)\//.test(one.path))
    .slice(0, MOST);
}

/** The pictures, each a link to its artifact. */
export function Figures({ details }: { details: RunDetails }) {
  const { run, artifacts } = details;
  const pictures = picturesOf(artifacts);
  if (!pictures.length) return null;
  return (
    <Section title="Figures" actions={<Link to={tabLink(run.id, "artifacts")}>All artifacts</Link>}>
      <div class="figures">
        {pictures.map((one) => (
          <Link key={one.path} to={tabLink(run.id, "artifacts", { file: one.path })}>
            <img src={downloadAddress(run.id, one.path)} alt="" loading="lazy" decoding="async" />
            <small>{one.path}</small>
          </Link>
        ))}
      </div>
    </Section>
  );
}

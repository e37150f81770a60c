/** The pages of models: the list, a model with its versions, a version, a logged model. */

import { location } from "@/parts/location";
import { LoggedModelPage } from "@/models/logged";
import { ModelList } from "@/models/list";
import { ModelPage } from "@/models/model";
import { VersionPage } from "@/models/version";
import "@/models/models.css";

/** The page of models that the address names. */
export function ModelsPage() {
  const [, name, part] = location.value.path;
  if (name === undefined) return <ModelList />;
  if (name === "logged" && part?.startsWith("m-")) return <LoggedModelPage key={part} id={part} />;
  if (part === undefined) return <ModelPage key={name} name={name} />;
  return <VersionPage key={`${name}/${part}`} name={name} version={Number(part)} />;
}

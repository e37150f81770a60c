/** Which page is at which address. Pages but the first are loaded when they are opened. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { RunsPage } from "@/runs/page";
import { linkTo, type Location } from "@/parts/location";
import { Problem, Skeleton } from "@/parts/problem";

type Load = () => Promise<ComponentType>;

const LAZY: Record<string, Load> = {
  run: () => import("@/run/page").then((module) => module.RunPage),
  compare: () => import("@/compare/page").then((module) => module.ComparePage),
  models: () => import("@/models/page").then((module) => module.ModelsPage),
};

/** The page of a location. */
export function Page({ at }: { at: Location }) {
  const [first = "runs", second] = at.path;
  if (first === "runs" && second === undefined) return <RunsPage />;
  if (first === "runs") return <Lazy key={second} name="run" />;
  return first in LAZY ? <Lazy key={first} name={first} /> : <NotFound />;
}

function NotFound() {
  return (
    <main>
      <h1 class="hidden">Nothing is here</h1>
      <Problem error={new Error("There is no page at this address.")} />
      <p>
        <a href={linkTo(["runs"])}>All runs</a>
      </p>
    </main>
  );
}

function Lazy({ name }: { name: string }) {
  const [Found, setFound] = useState<ComponentType | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    LAZY[name]!().then((found) => setFound(() => found), setError);
  }, [name]);
  if (error) return <Problem error={error} />;
  return Found ? <Found /> : <Skeleton lines={6} />;
}

/** Return the location that a link of MLflow's clients stands for; null if it is none. */
export function fromMlflow(path: readonly string[]): string | null {
  const [first, second, third, fourth] = path;
  if (first === "experiments" && second && third === "runs" && fourth) {
    return linkTo(["runs", fourth]);
  }
  if (first === "experiments" && second && third === "models" && fourth) {
    return linkTo(["models", "logged", fourth]);
  }
  if (first === "experiments") return linkTo(["runs"], { experiments: second });
  if (first === "models" && second && third === "versions" && fourth) {
    return linkTo(["models", second, fourth]);
  }
  return null;
}

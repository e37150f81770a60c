/** The page of one run: its head, and the tab at the address. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { CodeTab } from "@/run/code/tab";
import { DataTab } from "@/run/data/tab";
import { EnvironmentTab } from "@/run/environment/tab";
import { Head } from "@/run/head";
import { NodesTab } from "@/run/nodes/tab";
import { OutputTab } from "@/run/output/tab";
import { OverviewTab } from "@/run/overview/tab";
import { ParamsTab } from "@/run/params/tab";
import { currentTab, tabsOf, type TabName } from "@/run/tabs";
import { useRun, type OpenRun } from "@/run/use_run";
import type { RunDetails } from "@/api/types";
import { location } from "@/parts/location";
import { Problem, Skeleton } from "@/parts/problem";
import { Tabs } from "@/parts/tabs";
import "@/run/run.css";
import "@/run/lists.css";

/** The page of the run that the address names. */
export function RunPage() {
  const opened = useRun(location.value.path[1] ?? "");
  const { details, error } = opened;
  useEffect(() => {
    if (details) document.title = `${details.run.name || details.run.id} · Treadle`;
    return () => void (document.title = "Treadle");
  }, [details?.run.name]);
  if (error && !details) return <NotRead error={error} />;
  if (!details) return <Skeleton lines={8} />;
  const tab = currentTab();
  return (
    <main class="run-page">
      <Head opened={opened} details={details} />
      <Tabs tabs={tabsOf(details)} active={tab} label="Parts of the run" />
      <section class="run-tab" aria-label={`${tab} of the run`} key={tab}>
        <Content tab={tab} opened={opened} details={details} />
      </section>
    </main>
  );
}

function NotRead({ error }: { error: unknown }) {
  return (
    <main>
      <h1 class="hidden">Run</h1>
      <Problem error={error} />
    </main>
  );
}

interface ContentProps {
  readonly tab: TabName;
  readonly opened: OpenRun;
  readonly details: RunDetails;
}

function Content({ tab, opened, details }: ContentProps) {
  if (tab === "overview") return <OverviewTab opened={opened} details={details} />;
  if (tab === "params") return <ParamsTab details={details} />;
  if (tab === "nodes") return <NodesTab details={details} />;
  if (tab === "data") return <DataTab details={details} />;
  if (tab === "output") return <OutputTab details={details} />;
  if (tab === "code") return <CodeTab details={details} />;
  if (tab === "environment") return <EnvironmentTab details={details} />;
  return <Lazy name={tab} details={details} />;
}

type RunView = ComponentType<{ run: RunDetails }>;

const LAZY: Readonly<Record<"metrics" | "artifacts", () => Promise<RunView>>> = {
  metrics: () => import("@/run/metrics/tab").then((module) => module.MetricsTab),
  artifacts: () => import("@/run/artifacts/tab").then((module) => module.ArtifactsTab),
};

/** A tab that is loaded when it is opened. */
function Lazy({ name, details }: { name: keyof typeof LAZY; details: RunDetails }) {
  const [Found, setFound] = useState<RunView | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    LAZY[name]().then((found) => setFound(() => found), setError);
  }, [name]);
  if (error) return <Problem error={error} />;
  return Found ? <Found run={details} /> : <Skeleton lines={6} />;
}

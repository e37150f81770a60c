/** What is around every page: the bar with the places, and messages. */

import { useEffect } from "preact/hooks";
import { Page, fromMlflow } from "@/app/routes";
import { Keys, areKeysOpen, useKeys } from "@/app/keys";
import { isPaletteOpen, Palette } from "@/app/palette";
import { toggleTheme } from "@/app/theme";
import { isFile, madeAt } from "@/api/source";
import { Button } from "@/parts/button";
import { formatMoment } from "@/parts/format";
import { Link } from "@/parts/link";
import { go, linkTo, location } from "@/parts/location";
import { Popover } from "@/parts/popover";
import { me } from "@/parts/session";
import { Toasts } from "@/parts/toast";

/** Move to the content; the hash is the address of the page, so the link is not followed. */
function skip(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

interface Place {
  readonly id: string;
  readonly title: string;
}

/** The pages of the bar; those of pipelines, data and settings join them here. */
const PLACES: readonly Place[] = [
  { id: "runs", title: "Runs" },
  { id: "compare", title: "Compare" },
  { id: "models", title: "Models" },
];

/** The whole page. */
export function Shell() {
  const at = location.value;
  const moved = fromMlflow(at.path);
  useKeys();
  useEffect(() => {
    if (moved) go(moved, { replace: true });
    else if (!at.path.length) go(linkTo(["runs"], at.query), { replace: true });
  }, [moved, at]);
  return (
    <>
      <a class="skip" href="#content" onClick={skip}>
        Skip to the content
      </a>
      <Bar current={at.path[0] ?? "runs"} />
      <div id="content" class="content" tabIndex={-1}>
        {moved ? null : <Page at={at} />}
      </div>
      <Toasts />
      <Palette />
      <Keys />
    </>
  );
}

function Bar({ current }: { current: string }) {
  return (
    <header class="bar">
      <Link to={linkTo(["runs"])} class="logo">
        <Mark /> Treadle
      </Link>
      <nav aria-label="Pages">
        {PLACES.filter((one) => one.id !== "models" || !isFile()).map((one) => (
          <Link key={one.id} to={linkTo([one.id])} current={one.id === current}>
            {one.title}
          </Link>
        ))}
      </nav>
      <span class="space" />
      <Made />
      <Button icon="search" label="Find (Ctrl-K)" onClick={() => (isPaletteOpen.value = true)} />
      <Button icon="command" label="Keys (?)" onClick={() => (areKeysOpen.value = true)} />
      <User />
      <Button icon="moon" label="Change between light and dark" onClick={toggleTheme} />
    </header>
  );
}

/** When the page was written, if it is a file of its own. */
function Made() {
  const made = madeAt();
  if (made === null) return null;
  return <span class="muted made">Exported {formatMoment(made)}</span>;
}

/** Who is signed in, with a token for programs and the way out. */
function User() {
  const user = me.value;
  if (!user?.name) return null;
  const root = document.getElementById("app")?.dataset["root"] ?? "";
  return (
    <Popover label={user.name}>
      {() => (
        <form method="post" class="line">
          <span class="muted">{user.role}</span>
          {user.has_sign_out && <button formaction={`${root}/token`}>Make a token</button>}
          {user.has_sign_out && <button formaction={`${root}/sign-out`}>Sign out</button>}
        </form>
      )}
    </Popover>
  );
}

/** Two threads and a shuttle. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 20 20" aria-hidden="true">
      <path d="M3 5h14M3 10h14M3 15h14" />
      <path d="M5 3c4 4 6 10 10 14" class="thread" />
    </svg>
  );
}

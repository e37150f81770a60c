/** Markdown of users, as HTML that can do nothing. */

import { useEffect, useState } from "preact/hooks";
import type { Token } from "@/parts/code_tokens";
import { Problem, Skeleton } from "@/parts/problem";
import "@/parts/code.css";
import "@/parts/markdown.css";

const FORBIDDEN = [
  "style",
  "form",
  "input",
  "button",
  "textarea",
  "select",
  "iframe",
  "video",
  "audio",
];

/** Return safe HTML of a text; what writes it is loaded when it is first needed. */
export async function toHtml(text: string): Promise<string> {
  const [{ marked }, { default: purify }] = await Promise.all([
    import("marked"),
    import("dompurify"),
  ]);
  const raw = await marked.parse(text, { gfm: true, breaks: false });
  const clean = purify.sanitize(withoutHandlers(raw), {
    USE_PROFILES: { html: true },
    FORBID_TAGS: FORBIDDEN,
    FORBID_ATTR: ["style", "id", "name", "srcset"],
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|#|data:image\/(?:png|jpeg|gif|webp);)/i,
    RETURN_DOM_FRAGMENT: true,
  });
  await highlight(clean);
  clean.querySelectorAll("a[href]").forEach(openElsewhere);
  clean.querySelectorAll("img").forEach(linkInstead);
  const box = document.createElement("div");
  box.append(clean);
  return box.innerHTML;
}

/** Colour blocks of code by the language that they name; no other class of a user stays. */
async function highlight(box: DocumentFragment): Promise<void> {
  const [grammar, tokens] = await Promise.all([
    import("@/parts/code_grammar"),
    import("@/parts/code_tokens"),
  ]);
  for (const element of box.querySelectorAll("[class]")) {
    const name = /^language-(\S+)/.exec(element.className)?.[1];
    element.removeAttribute("class");
    if (!name || !element.matches("pre > code")) continue;
    const lines = (element.textContent ?? "").split("\n");
    const found = new tokens.Highlighter(lines, grammar.languageOf(name));
    const parts = lines.flatMap((_, at) => [...found.tokensOf(at).map(spanOf), "\n"]);
    element.replaceChildren(...parts.slice(0, -1));
  }
}

function spanOf({ kind, text }: Token): Node | string {
  if (!kind) return text;
  const span = document.createElement("span");
  span.className = `tok-${kind}`;
  span.textContent = text;
  return span;
}

/** Return HTML without handlers of events: the browser would complain of them while it is read. */
function withoutHandlers(html: string): string {
  return html.replace(/<[^>]*>/g, (tag) => tag.replace(/[\s/]on\w+\s*=/gi, " data-was="));
}

/** Nothing is loaded from elsewhere: an image of another place becomes a link to it. */
function linkInstead(image: Element): void {
  const source = image.getAttribute("src") ?? "";
  if (source.startsWith("data:")) return;
  if (!source) {
    image.replaceWith(image.getAttribute("alt") ?? "");
    return;
  }
  const link = document.createElement("a");
  link.textContent = image.getAttribute("alt") || source;
  link.href = source;
  openElsewhere(link);
  image.replaceWith(link);
}

/** Let links to other places open there, without knowing where they come from. */
function openElsewhere(link: Element): void {
  if (link.getAttribute("href")?.startsWith("#")) return;
  link.setAttribute("target", "_blank");
  link.setAttribute("rel", "noopener noreferrer");
}

/** A text in Markdown. */
export function Markdown({ text }: { text: string }) {
  const [html, setHtml] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    let isWanted = true;
    toHtml(text).then((found) => isWanted && setHtml(found), setError);
    return () => void (isWanted = false);
  }, [text]);
  if (error) return <Problem error={error} />;
  if (html === null) return <Skeleton />;
  return <div class="markdown" dangerouslySetInnerHTML={{ __html: html }} />;
}

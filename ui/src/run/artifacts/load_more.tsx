/** What is left of a long file, and a button that reads on. */

import { Button } from "@/parts/button";
import { formatSize } from "@/parts/format";
import type { Growing } from "@/run/artifacts/growing";

/** A note that a file goes on; nothing once it is read. */
export function LoadMore({ of }: { of: Growing }) {
  if (of.rest <= 0) return null;
  return (
    <span class="load-more">
      <span class="muted">{formatSize(of.rest)} more</span>
      <Button disabled={of.isLoading} onClick={of.more}>
        Load more
      </Button>
    </span>
  );
}

/** The status of a run or a node, as a dot with a word. */

/** A status; its colour never stands alone. */
export function Status({ status }: { status: string }) {
  return (
    <span class={`status ${status}`}>
      <i aria-hidden="true" />
      {status}
    </span>
  );
}

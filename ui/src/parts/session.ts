/** Who uses the page, and what they may do. */

import { signal } from "@preact/signals";
import { get } from "@/api/client";

export interface Me {
  readonly name: string;
  readonly role: string;
  readonly may_edit: boolean;
  readonly version: string;
  readonly store: string;
  readonly has_sign_out: boolean;
}

/** The user, once the server has answered; until then nothing is offered that changes anything. */
export const me = signal<Me | null>(null);

/** Ask who uses the page. */
export async function loadMe(): Promise<void> {
  me.value = await get<Me>("me");
}

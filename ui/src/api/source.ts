/** Where answers come from: a server, or the records in the file of an exported page. */

/** Answers requests in place of a server. */
export interface Source {
  /** Answer a request as the server would. */
  answer(address: URL, options: RequestInit): Promise<Response>;
  /** Return the address of a file as the browser itself reads it; undefined for other requests. */
  locate(address: URL): string | undefined;
  /** When the records were written, in seconds. */
  readonly made: number;
}

let embedded: Source | null = null;

/** Take all answers from records instead of a server. */
export function setSource(source: Source): void {
  embedded = source;
}

/** Whether the page is a file of its own, without a server. */
export function isFile(): boolean {
  return embedded !== null;
}

/** Send a request to the server, or to the records in its place. */
export function ask(address: string, options: RequestInit): Promise<Response> {
  return embedded ? embedded.answer(new URL(address), options) : fetch(address, options);
}

/** Return when the file was written, in seconds; null if there is a server. */
export function madeAt(): number | null {
  return embedded ? embedded.made : null;
}

/** Return the address of a file in the page itself; undefined if the server has it. */
export function locate(address: URL): string | undefined {
  return embedded?.locate(address);
}

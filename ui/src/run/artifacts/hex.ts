/** Bytes as people read them. */

const WIDTH = 16;

/** Return bytes as lines of an offset, hexadecimal digits and printable characters. */
export function hexOf(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += WIDTH) {
    const part = [...bytes.subarray(at, at + WIDTH)];
    const digits = part.map((one) => one.toString(16).padStart(2, "0"));
    const left = digits.slice(0, 8).join(" ").padEnd(23);
    const right = digits.slice(8).join(" ").padEnd(23);
    const text = part.map((one) => (one >= 32 && one < 127 ? String.fromCharCode(one) : "·"));
    lines.push(`${at.toString(16).padStart(6, "0")}  ${left}  ${right}  ${text.join("")}`);
  }
  return lines.join("\n");
}

/** Whether bytes are likely the start of a text in UTF-8. */
export function looksLikeText(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes, { stream: true }); // cut characters are no error
  return ![...text].some((one) => {
    const code = one.codePointAt(0)!;
    return code === 0xfffd || (code < 32 && !"\t\n\r\f\u001b".includes(one));
  });
}

/** Characters of another program's words that are shown at most. */
const longest = 300;

/** What another program said, fit for a condition: one line, without passwords, ids that differ by pod, and Go's wrapping of errors. */
export function quoted(text: string): string {
  const line = text
    .replaceAll(/\s+/gu, " ")
    .replaceAll(/rpc error: code = (?:Unknown|NotFound|DeadlineExceeded|Internal) desc = /gu, "")
    .replaceAll(/ ?"?\b[0-9a-f]{64}\b"?/gu, "")
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@]+@/giu, "$1:***@")
    .replaceAll(/password=\S+/giu, "password=***")
    .trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}

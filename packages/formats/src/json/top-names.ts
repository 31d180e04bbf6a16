/** A record longer than this is not looked at: it would be parsed a second time, and alone takes the place of thousands. */
const longest = 1 << 20

/** Top-level names of the first `records` lines. Called for every file, mostly for one line of it: faster than any scanner of ours. */
export function topNames(text: Uint8Array, records: number): ReadonlySet<string> {
  const bytes = Buffer.from(text.buffer, text.byteOffset, text.length)
  const names = new Set<string>()
  for (let start = 0, seen = 0; seen < records && start < bytes.length; seen++) {
    const newline = bytes.indexOf(10, start)
    const end = newline < 0 ? bytes.length : newline
    if (end - start <= longest) for (const name of namesOf(bytes.toString('utf8', start, end))) names.add(name)
    start = end + 1
  }
  return names
}

function namesOf(line: string): readonly string[] {
  try {
    const record: unknown = JSON.parse(line)
    return record !== null && typeof record === 'object' && !Array.isArray(record) ? Object.keys(record) : []
  } catch {
    return [] // refused or read by the slow path, which says why
  }
}

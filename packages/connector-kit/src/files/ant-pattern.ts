/**
 * Ant path patterns: `?` is one character of a name, `*` any part of a name, `**` any number of folders (also none).
 * A pattern that ends in `/` means everything below (`raw/` is everything below `raw`). Letter case counts.
 */
export type PathMatcher = (path: string) => boolean

/** A list of Ant patterns, separated by commas. Blank entries are left out; no pattern matches nothing. */
export function antMatcher(patterns: string): PathMatcher {
  const compiled = patterns
    .split(',')
    .map((pattern) => bare(pattern.trim()))
    .filter((pattern) => pattern !== '')
    .map((pattern) => segments(pattern.endsWith('/') ? `${pattern}**` : pattern))
  return (path) => {
    const names = segments(bare(path))
    return compiled.some((pattern) => matches(pattern, names))
  }
}

/** Without scheme and leading slash: `s3://bucket/a` and `/bucket/a` are `bucket/a`. */
function bare(path: string): string {
  return path.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '').replace(/^\/+/, '')
}

function segments(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '')
}

/**
 * Greedy with one step back: on a mismatch only the last `**` gives up one more name. Linear in pattern times path, so a
 * hostile pattern with many stars cannot stall a listing.
 */
function matches(pattern: readonly string[], names: readonly string[]): boolean {
  let p = 0
  let n = 0
  let lastStars = -1
  let resume = 0
  while (n < names.length) {
    if (pattern[p] === '**') {
      lastStars = p++
      resume = n
    } else if (p < pattern.length && matchesName(pattern[p] ?? '', names[n] ?? '')) {
      p++
      n++
    } else if (lastStars >= 0) {
      p = lastStars + 1
      n = ++resume
    } else return false
  }
  while (pattern[p] === '**') p++
  return p === pattern.length
}

/** The same algorithm on the characters of one name. */
function matchesName(pattern: string, name: string): boolean {
  let p = 0
  let n = 0
  let lastStar = -1
  let resume = 0
  while (n < name.length) {
    if (pattern[p] === '*') {
      lastStar = p++
      resume = n
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p++
      n++
    } else if (lastStar >= 0) {
      p = lastStar + 1
      n = ++resume
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

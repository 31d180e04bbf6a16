/** Parts joined by single slashes; empty parts are left out. A leading slash of the first part stays. */
export function joinPath(...parts: readonly string[]): string {
  const joined = parts
    .map((part, index) => (index === 0 ? part.replace(/\/+$/, '') : part.replace(/^\/+|\/+$/g, '')))
    .filter((part, index) => part !== '' || (index === 0 && parts[0]?.startsWith('/')))
  return joined.join('/')
}

/** The folder of a path; empty at the root. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return slash < 0 ? '' : path.slice(0, slash)
}

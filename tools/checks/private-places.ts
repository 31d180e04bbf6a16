import { readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { root, sourceFiles, type Check } from './check.ts'

/** What only means something on one machine or in one company. */
const patterns: readonly (readonly [string, RegExp])[] = [
  [
    'a path of one machine',
    /(?<![\w./-])\/(?:work|home\/(?!user\b|you\b|me\b)[a-z]\w*|root|Users\/(?!you\b)\w+)\/[\w.]/,
  ],
  ['a path of one machine', /\b[A-Z]:\\Users\\/],
  ['a download address in the lock file', /"resolved": "https?:/],
  [
    'a package registry',
    /https?:\/\/(?!registry\.npmjs\.org|pypi\.org|proxy\.golang\.org|repo1?\.maven)[\w.-]*(?:registry|artifactory|nexus|verdaccio|devpi)[\w.-]*/,
  ],
]
const largest = 2_000_000
/** Files whose subject is such places. */
const exempt = new Set(['tools/checks/private-places.ts', 'tools/checks/private-places.test.ts'])

/** No tracked file names a machine's folders or a private registry. */
export const privatePlaces: Check = {
  name: 'private places',
  remedy: 'Write paths relative to the repository, and leave registries to npm’s configuration.',
  async run() {
    const lines: string[] = []
    for (const file of await sourceFiles()) {
      if (exempt.has(file)) continue
      const full = path.join(root, file)
      const found = await stat(full).catch(() => null)
      if (found === null || !found.isFile() || found.size > largest) continue
      lines.push(...privatePlacesIn(await readFile(full, 'utf8')).map((each) => `${file}:${each}`))
    }
    return { ok: lines.length === 0, lines }
  },
}

/** `line: what: text` for each finding. */
export function privatePlacesIn(text: string): readonly string[] {
  if (text.includes('\0')) return []
  return text.split('\n').flatMap((line, index) =>
    patterns.flatMap(([what, pattern]) => {
      const match = pattern.exec(line)
      return match === null ? [] : [`${index + 1}: ${what}: ${match[0]}`]
    }),
  )
}

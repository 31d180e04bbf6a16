import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { root, sourceFiles, type Check } from './check.ts'

const page = 'docs/promises.md'
const idShape = /(?:PROMISE-[A-Z0-9]+(?:-[A-Z0-9]+)*|LAW-\d+)/g

/** The page of promises and the names of the tests hold the same ids: `PROMISE-…`, and the laws of connectors as `LAW-n`. */
export const promises: Check = {
  name: 'promises',
  remedy: `Begin the name of the test that keeps the promise with its id, or take the promise out of ${page}; write down what a new test keeps.`,
  async run() {
    const written = idsIn(await readFile(path.join(root, page), 'utf8'))
    const kept = new Set<string>()
    for (const file of await sourceFiles()) {
      const names = testNamesOf(file)
      if (names === null) continue
      for (const id of names(await readFile(path.join(root, file), 'utf8').catch(() => ''))) kept.add(id)
    }
    const lines = [
      ...missing(written, kept).map((id) => `${page}: no test has a name that begins with ${id}`),
      ...missing(kept, written).map((id) => `${id} begins the name of a test and is not in ${page}`),
    ]
    return { ok: lines.length === 0, lines }
  },
}

function missing(from: ReadonlySet<string>, other: ReadonlySet<string>): readonly string[] {
  return [...from].filter((id) => !other.has(id)).toSorted()
}

/** Every id in a text. */
export function idsIn(text: string): ReadonlySet<string> {
  return new Set(text.match(idShape) ?? [])
}

function testNamesOf(file: string): ((text: string) => readonly string[]) | null {
  if (file.endsWith('.test.ts')) return idsOfTests
  if (/(^|\/)test_\w+\.py$/.test(file)) return idsOfPythonTests
  if (/\/conformance\/[\w-]*laws\.ts$/.test(file)) return idsOfLaws
  return null
}

/** Ids with which the names of `test(…)`, `it(…)` and `describe(…)` begin. */
export function idsOfTests(text: string): readonly string[] {
  return [...text.matchAll(/\b(?:test|it|describe)\(\s*['"`](PROMISE-[A-Z0-9-]*[A-Z0-9])/g)].map((match) => match[1]!)
}

/** Ids with which the docstrings of test functions begin. */
export function idsOfPythonTests(text: string): readonly string[] {
  return [...text.matchAll(/^ *def test_\w+\([^)]*\):\n\s+"""(PROMISE-[A-Z0-9-]*[A-Z0-9])/gm)].map((match) => match[1]!)
}

/** The suite names the test of each law after its number. */
function idsOfLaws(text: string): readonly string[] {
  return [...text.matchAll(/^ {2}number: (\d+),$/gm)].map((match) => `LAW-${match[1]}`)
}

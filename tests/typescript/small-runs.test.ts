import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallRuns, type Holdings } from '../../tools/small-runs.ts'

test('PROMISE-NO-LEAKS: small runs in a row leave no memory, file descriptors, temporary files or orphaned segments behind', async (t) => {
  await using runs = await SmallRuns.start(4)
  await runs.run(15) // until pools, caches and compiled code have their size
  const seen: Holdings[] = [await runs.look()]
  for (let round = 0; round < 3; round++) {
    await runs.run(15)
    seen.push(await runs.look())
  }
  t.diagnostic(JSON.stringify(seen))
  const [first, last] = [seen[0]!, seen.at(-1)!]
  assert.equal(last.runs - first.runs, 180)
  // One of either kind for every tenth run would be seen.
  assert.ok(last.descriptors - first.descriptors < 18, `file descriptors: ${shown(seen, 'descriptors')}`)
  assert.ok(last.temporaryFiles - first.temporaryFiles < 18, `temporary files: ${shown(seen, 'temporaryFiles')}`)
  assert.equal(last.orphans, 0, `files in the store that no row knows: ${shown(seen, 'orphans')}`)
  // Half a megabyte a run: a lost DuckDB result or a lost buffer is more.
  assert.ok(last.residentMb - first.residentMb < 90, `resident memory, MB: ${shown(seen, 'residentMb')}`)
})

function shown(seen: readonly Holdings[], what: keyof Holdings): string {
  return seen.map((one) => one[what]).join(' → ')
}

import assert from 'node:assert/strict'
import { test } from 'node:test'

test('the program of a worker does not load DuckDB: that comes with the first job, and reads its settings then', async () => {
  await import('./run-worker.ts')
  const { sharedObjects } = process.report.getReport() as unknown as { sharedObjects: readonly string[] }
  assert.ok(sharedObjects.length > 0)
  assert.deepEqual(
    sharedObjects.filter((path) => path.includes('duckdb')),
    [],
  )
})

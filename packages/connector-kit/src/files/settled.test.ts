import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FileStore, StoredFile } from './file-store.ts'
import { settled } from './settled.ts'

const signal = new AbortController().signal

async function passed(
  files: readonly StoredFile[],
  later: ReadonlyMap<string, StoredFile | null>,
  restMs: number,
): Promise<readonly string[]> {
  const store = { stat: async (path: string) => later.get(path) ?? null } as Partial<FileStore> as FileStore
  async function* listing(): AsyncIterable<StoredFile> {
    yield* files
  }
  return (await Array.fromAsync(settled(store, listing(), restMs, signal))).map((file) => file.path)
}

const young = (path: string, ageMs: number, version = '1'): StoredFile => ({
  path,
  bytes: 1,
  version,
  modifiedAt: Date.now() - ageMs,
})

test('an old file passes at once, a young one that stays the same passes after it', async () => {
  const [old, fresh] = [young('old', 60_000), young('fresh', 40)]
  assert.deepEqual(await passed([fresh, old], new Map([['fresh', fresh]]), 50), ['old', 'fresh'])
})

test('PROMISE-GROWING-FILE: a file that grows while it is waited for is left for the next run, and so is one that goes', async () => {
  const later = new Map([
    ['grows', young('grows', 0, '2')],
    ['goes', null],
  ])
  assert.deepEqual(await passed([young('grows', 40), young('goes', 40)], later, 50), [])
})

test('a file that would have to rest for longer than a second is left for the next run without waiting', async () => {
  const file = young('busy', 100)
  assert.deepEqual(await passed([file], new Map([['busy', file]]), 60_000), [])
})

test('a time in the future, from a clock that differs, does not hold a file back for ever', async () => {
  const file = young('ahead', -3_600_000)
  assert.deepEqual(await passed([file], new Map([['ahead', file]]), 50), ['ahead'])
})

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fillDisks, places, whyNoDisk } from './full-disk.ts'
import { findings } from './judge.ts'

const folder = await mkdtemp(join(tmpdir(), 'leat-disk-'))
const reason = whyNoDisk(folder)
await rm(folder, { recursive: true, force: true })
const skip = reason ?? false

test(
  'PROMISE-FULL-DISK: a full disk of the segment store, a destination, the inbox or PostgreSQL is told, costs nothing, and work goes on when there is room',
  { skip },
  async (t) => {
    const { verdict, said } = await fillDisks(places, 1)
    for (const place of places) t.diagnostic(`${place}: ${said[place]}`)
    assert.deepEqual(findings(verdict), [])
  },
)

test('PROMISE-PLANTED: a store that is full and counts as written is found', { skip }, async () => {
  const { verdict } = await fillDisks(['segment store'], 1, 'full store that counts as written')
  assert.notDeepEqual(findings(verdict), [])
})

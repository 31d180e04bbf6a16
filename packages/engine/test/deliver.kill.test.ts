import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '@leat/connector-kit'
import type { LedgerDeath } from './file-ledger.ts'
import { EngineFlow, ids, orders, upTo } from './engine-fixture.ts'
import { workInProcess } from './killed-process.ts'

/*
 * A delivery of three batches is killed around each step of its second batch; meanwhile the nexset grows, then a new delivery goes on.
 * | 1 write | 2 prepare | 3 stage (ledger) | 4 commit | 5 settle (ledger) |
 */
const sinkOptions = { data_format: 'json' }

interface Death {
  readonly name: string
  readonly failures?: readonly JsonObject[]
  readonly death?: LedgerDeath
  /** Rows that are visible when the process is dead. */
  readonly visible: number
}

const inDestination = (at: string, visible = 4): Death => ({
  name: at,
  failures: [{ at, nth: 2, action: 'exit' }],
  visible,
})
const inLedger = (when: 'before' | 'after', call: 'stage' | 'settle', visible: number): Death => ({
  name: `${when}_${call}`,
  death: { when, call, nth: 2 },
  visible,
})

const deaths: readonly Death[] = [
  inDestination('before_write'),
  inDestination('after_write'),
  inDestination('before_prepare'),
  inDestination('after_prepare'),
  inLedger('before', 'stage', 4),
  inLedger('after', 'stage', 4),
  inDestination('before_commit'),
  inDestination('during_commit'),
  inDestination('after_commit', 8),
  inLedger('before', 'settle', 8),
  inLedger('after', 'settle', 8),
]

for (const { name, failures = [], death, visible } of deaths)
  test(`PROMISE-DELIVERY-STEPS: killed at ${name}, the next delivery makes every row visible exactly once`, async () => {
    await using begun = await EngineFlow.create()
    for (let file = 0; file < 6; file++) await begun.put(`${file}.json`, orders(file * 2, 2))
    await begun.run({ limits: { bytes: 1, sampleBytes: 1 << 16 } })
    const nexset = begun.nexset().head.id
    assert.equal(begun.nexset().segments.length, 6)

    const order = {
      folder: begun.folder,
      work: 'deliver',
      nexset,
      options: sinkOptions,
      stepLimit: 2,
      failures,
    } as const
    const ended = await workInProcess(death === undefined ? order : { ...order, death })
    assert.equal(ended.signal, 'SIGKILL', ended.stderr)
    assert.equal((await begun.deliveredRecords()).length, visible)

    await using flow = await begun.reopened()
    await flow.put('9.json', orders(12, 2))
    await flow.run()
    await flow.deliver(nexset, sinkOptions)
    assert.deepEqual(ids(await flow.deliveredRecords()), upTo(14))
    assert.deepEqual(await flow.leftovers(), { staged: {}, blobs: 0 })
    assert.deepEqual(await flow.ledger.staged(7), [])
    assert.equal(flow.ledger.claims.get('data_sink-7')!.cursor, 7)

    const before = [...(await flow.delivered()).keys()]
    await flow.deliver(nexset, sinkOptions)
    assert.deepEqual([...(await flow.delivered()).keys()], before, 'nothing is left to deliver')
  })

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeBatch } from '../../../tools/fuzz/files.ts'
import { judge } from '../../../tools/fuzz/judge.ts'
import { firstOrders } from '../../../tools/fuzz/orders.ts'
import { EngineFlow, ids } from './engine-fixture.ts'

const seeds = process.env['LEAT_FUZZ_SEEDS']?.split(',').map(Number) ?? Array.from({ length: 40 }, (_, at) => at + 1)
const filesPerSeed = Number(process.env['LEAT_FUZZ_FILES'] ?? 50)
/** Of the files of a seed only this one, to look at it alone. */
const only = process.env['LEAT_FUZZ_ONLY'] ?? ''

for (const seed of seeds)
  test(`PROMISE-BAD-INPUT: of ${filesPerSeed} broken files every good record arrives and every bad one is in quarantine; seed ${seed}`, async () => {
    const options = {
      'schema.drift.policy': 'quarantine',
      'schema.detection.once': true,
      // Records and marks of compression lie across the ends of chunks.
      chunk_bytes: [65_536, 5000, 333][seed % 3]!,
    }
    const again = `Repeat: LEAT_FUZZ_SEEDS=${seed} LEAT_FUZZ_FILES=${filesPerSeed} node --test packages/engine/test/bad-input.test.ts`
    const files = (await makeBatch(seed, filesPerSeed)).files.filter(({ name }) => name.startsWith(only))
    await using flow = await EngineFlow.create()
    await flow.put('a-first.json', firstOrders(30))
    await flow.run({ options })
    for (const file of files) await flow.put(file.name, file.bytes)
    await flow.run({ options })

    const records = await flow.records()
    const refused = await flow.refused()
    const wrong = judge(files, { arrived: ofFiles(records), refused: ofFiles(refused) })
    assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} wrong. ${again}`)
    assert.equal(flow.ledger.nexsets.size, 1, again)
    const all = { read: records.length + refused.length, written: records.length, filtered: 0, refused: refused.length }
    assert.deepEqual(flow.counts(), all, again)
    assert.equal((await flow.lease(options)).length, 0, `Nothing is left to read. ${again}`)

    flow.ledger.metrics.length = 0
    const transform = { version: 1, operations: [{ operation: 'filter', condition: 'id % 3 != 0' }] }
    const child = await flow.derive(flow.nexset().head.id, transform)
    await flow.deliver(child, { data_format: 'json' })
    const kept = ids(records.map(({ record }) => record)).filter((id) => id % 3 !== 0)
    const delivered = ids(await flow.deliveredRecords())
    assert.deepEqual(delivered.toSorted(upward), kept.toSorted(upward), again)
  })

const upward = (a: number, b: number): number => a - b

/** By the name of the file, without those that were read before. */
function ofFiles<T extends { readonly origin: string }>(all: readonly T[]): T[] {
  return all
    .map((one) => ({ ...one, origin: one.origin.slice('in/'.length) }))
    .filter(({ origin }) => origin !== 'a-first.json')
}
